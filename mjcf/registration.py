"""Registers our environments with Gymnasium, under the namespace `bbconvert/`, when imported.

Gymnasium 1.x no longer loads the entry points of `gymnasium.envs` by itself (older ones do, through `register_envs`),
so name this module where nothing else imports it:
`gymnasium.make("bbconvert.mjcf.registration:bbconvert/HumanoidBalance-v0")`.
"""

import gymnasium

HUMANOID_BALANCE = "bbconvert/HumanoidBalance-v0"
BALANCE_BOT = "bbconvert/BalanceBot-v0"
CART_POLE = "bbconvert/CartPole-v0"
STAND = "bbconvert/Stand-v0"
BALANCE_BALL = "bbconvert/BalanceBall-v0"
REORIENT = "bbconvert/Reorient-v0"

_ENTRY_POINTS = {
    HUMANOID_BALANCE: "bbconvert.mjcf.humanoid_balance.environment:HumanoidBalanceEnv",
    BALANCE_BOT: "bbconvert.mjcf.balance_bot.environment:BalanceBotEnv",
    CART_POLE: "bbconvert.mjcf.cart_pole.environment:CartPoleEnv",
    STAND: "bbconvert.mjcf.stand.environment:StandEnv",
    BALANCE_BALL: "bbconvert.mjcf.balance_ball.environment:BalanceBallEnv",
    REORIENT: "bbconvert.mjcf.reorient.environment:ReorientEnv",
}


def register_envs() -> None:
    """Registers what is not registered yet."""
    for env_id, entry_point in _ENTRY_POINTS.items():
        if env_id not in gymnasium.registry:
            steps = 500 if env_id == REORIENT else 1000
            gymnasium.register(env_id, entry_point=entry_point, max_episode_steps=steps)


register_envs()
