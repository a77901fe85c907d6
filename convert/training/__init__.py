"""Training: recipes, Stable-Baselines3's algorithms and GRPO, runs that survive being stopped.

Nothing but `bbconvert train` imports it; it needs the extra `train`.
"""
