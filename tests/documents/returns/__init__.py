"""`docs/returns.md`: every real checkpoint played by its own library, converted in Gymnasium, and in a tab."""
