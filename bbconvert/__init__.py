"""Play a reinforcement-learning policy in a browser tab, exactly as Gymnasium would run it."""
