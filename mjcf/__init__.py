"""The simulated worlds: our own scenes, and every environment's reset, reward and termination as data."""
