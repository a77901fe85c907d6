"""One generator per format: `valid(rng)` makes a small intact file, `hostile(rng)` one that knows the format."""
