"""Registers our environments with Gymnasium, under the namespace `bbconvert/`, when imported.

Gymnasium 1.x no longer loads the entry points of `gymnasium.envs` by itself (older ones do, through `register_envs`),
so name this module where nothing else imports it: `gymnasium.make("mjcf.registration:bbconvert/HumanoidBalance-v0")`.
"""

import gymnasium

HUMANOID_BALANCE = "bbconvert/HumanoidBalance-v0"


def register_envs() -> None:
    """Registers what is not registered yet."""
    if HUMANOID_BALANCE not in gymnasium.registry:
        gymnasium.register(
            HUMANOID_BALANCE,
            entry_point="mjcf.humanoid_balance.environment:HumanoidBalanceEnv",
            max_episode_steps=1000,
        )


register_envs()
