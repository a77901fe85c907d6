"""What a policy sees: declarative observation specs, and the NumPy code that evaluates them."""
