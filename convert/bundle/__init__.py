"""A bundle: its files, its README, and what its environment is to us."""
