"""The registry of environments: observation, reset, reward and termination, by the id of `gymnasium.make`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from gymnasium.envs.mujoco.mujoco_env import MujocoEnv

from bbconvert.mjcf.ant import ant_v4, ant_v5
from bbconvert.mjcf.balance_ball import dynamics as balance_ball
from bbconvert.mjcf.balance_bot import dynamics as balance_bot
from bbconvert.mjcf.cart_pole import dynamics as cart_pole
from bbconvert.mjcf.half_cheetah import half_cheetah
from bbconvert.mjcf.hopper import hopper_v4, hopper_v5
from bbconvert.mjcf.humanoid import humanoid_v4, humanoid_v5
from bbconvert.mjcf.humanoid_balance.dynamics import humanoid_balance
from bbconvert.mjcf.humanoid_standup import humanoid_standup_v4, humanoid_standup_v5
from bbconvert.mjcf.inverted_double_pendulum import inverted_double_pendulum_v4, inverted_double_pendulum_v5
from bbconvert.mjcf.inverted_pendulum import inverted_pendulum_v4, inverted_pendulum_v5
from bbconvert.mjcf.pusher import pusher_v5
from bbconvert.mjcf.reacher import reacher_v4, reacher_v5
from bbconvert.mjcf.reorient.dynamics import reorient
from bbconvert.mjcf.spec import Dynamics
from bbconvert.mjcf.stand.dynamics import stand
from bbconvert.mjcf.swimmer import swimmer
from bbconvert.mjcf.walker2d import walker2d_v4, walker2d_v5
from bbconvert.observation import ant, arm, humanoid, pendulum, planar
from bbconvert.observation.balance_ball import balance_ball as balance_ball_observation
from bbconvert.observation.balance_bot import balance_bot as balance_bot_observation
from bbconvert.observation.cart_pole import cart_pole as cart_pole_observation
from bbconvert.observation.reorient import reorient as reorient_observation
from bbconvert.observation.spec import ObservationTerm
from bbconvert.observation.stand import stand as stand_observation

Arguments = Mapping[str, Any]
"""Of the environment's constructor, by name, the defaults filled in."""

Part = TypeVar("Part")
FromEnvironment = Callable[[MujocoEnv, Arguments], Part]
"""A part of the description that depends on the built environment (read, never stepped) or on its arguments."""


@dataclass(frozen=True)
class Difficulty:
    """A level that a person may choose.

    Args:
        arguments: of the constructor, what makes the level.
        impulse: of the random pushes that go with it, N·s; a dozen a minute.
    """

    arguments: Arguments
    impulse: float


@dataclass(frozen=True)
class Description:
    """What makes a model's XML an environment, as data; `levels` by their numbers, the easiest first."""

    observation: FromEnvironment[list[ObservationTerm]]
    dynamics: FromEnvironment[Dynamics]
    levels: Mapping[int, Difficulty] = field(default_factory=dict)


def _described(
    observation: Callable[[Arguments], list[ObservationTerm]],
    dynamics: FromEnvironment[Dynamics],
    levels: Mapping[int, Difficulty] | None = None,
) -> Description:
    return Description(lambda _, arguments: observation(arguments), dynamics, levels or {})


class _Shoved(Protocol):
    """A level of ours: what `LEVELS` of a body's `dynamics.py` has."""

    @property
    def impulse(self) -> float:
        """Of the strongest shove in training and evaluation, N·s."""


def _levels(levels: Mapping[int, _Shoved]) -> dict[int, Difficulty]:
    """Those of a constructor's `level`."""
    return {number: Difficulty({"level": number}, level.impulse) for number, level in levels.items()}


_HUMANOID_LEVELS = {number: Difficulty({}, impulse) for number, impulse in ((1, 15.0), (2, 25.0), (3, 40.0))}
"""The humanoid's body is the same at each: the pushes are stronger."""


ENVIRONMENTS: dict[str, Description] = {
    "Ant-v4": _described(ant.ant_v4, ant_v4),
    "Ant-v5": _described(ant.ant_v5, ant_v5),
    "HalfCheetah-v4": _described(planar.half_cheetah, half_cheetah),
    "HalfCheetah-v5": _described(planar.half_cheetah, half_cheetah),
    "Hopper-v4": _described(planar.hopper, hopper_v4),
    "Hopper-v5": _described(planar.hopper, hopper_v5),
    "Humanoid-v4": _described(humanoid.humanoid_v4, humanoid_v4),
    "Humanoid-v5": _described(humanoid.humanoid_v5, humanoid_v5),
    "HumanoidStandup-v4": _described(humanoid.humanoid_v4, humanoid_standup_v4),
    "HumanoidStandup-v5": _described(humanoid.humanoid_v5, humanoid_standup_v5),
    "InvertedDoublePendulum-v4": _described(pendulum.inverted_double_pendulum_v4, inverted_double_pendulum_v4),
    "InvertedDoublePendulum-v5": _described(pendulum.inverted_double_pendulum_v5, inverted_double_pendulum_v5),
    "InvertedPendulum-v4": _described(pendulum.inverted_pendulum, inverted_pendulum_v4),
    "InvertedPendulum-v5": _described(pendulum.inverted_pendulum, inverted_pendulum_v5),
    "Pusher-v5": _described(arm.pusher_v5, pusher_v5),
    "Reacher-v4": _described(arm.reacher_v4, reacher_v4),
    "Reacher-v5": _described(arm.reacher_v5, reacher_v5),
    "Swimmer-v4": _described(planar.swimmer, swimmer),
    "Swimmer-v5": _described(planar.swimmer, swimmer),
    "Walker2d-v4": _described(planar.walker2d, walker2d_v4),
    "Walker2d-v5": _described(planar.walker2d, walker2d_v5),
    "bbconvert/BalanceBall-v0": _described(
        balance_ball_observation, balance_ball.balance_ball, _levels(balance_ball.LEVELS)
    ),
    "bbconvert/BalanceBot-v0": _described(
        balance_bot_observation, balance_bot.balance_bot, _levels(balance_bot.LEVELS)
    ),
    "bbconvert/CartPole-v0": _described(cart_pole_observation, cart_pole.cart_pole, _levels(cart_pole.LEVELS)),
    "bbconvert/HumanoidBalance-v0": _described(humanoid.humanoid_v4, humanoid_balance, _HUMANOID_LEVELS),
    "bbconvert/Reorient-v0": _described(reorient_observation, reorient),
    "bbconvert/Stand-v0": _described(stand_observation, stand),
}

OURS = frozenset(ENVIRONMENTS)
"""What every process knows; `register_environment` adds to `ENVIRONMENTS` of this one."""

BUILT_AS: dict[str, tuple[str, dict[str, Any]]] = {
    # v2 and v3 observed the contact forces.
    "Ant-v2": ("Ant-v4", {"use_contact_forces": True}),
    "Ant-v3": ("Ant-v4", {"use_contact_forces": True}),
    "HalfCheetah-v2": ("HalfCheetah-v4", {}),
    "HalfCheetah-v3": ("HalfCheetah-v4", {}),
    "Hopper-v2": ("Hopper-v4", {}),
    "Hopper-v3": ("Hopper-v4", {}),
    "Humanoid-v2": ("Humanoid-v4", {}),
    "Humanoid-v3": ("Humanoid-v4", {}),
    "HumanoidStandup-v2": ("HumanoidStandup-v4", {}),
    "InvertedDoublePendulum-v2": ("InvertedDoublePendulum-v4", {}),
    "InvertedPendulum-v2": ("InvertedPendulum-v4", {}),
    "Reacher-v2": ("Reacher-v4", {}),
    "Swimmer-v2": ("Swimmer-v4", {}),
    "Swimmer-v3": ("Swimmer-v4", {}),
    "Walker2d-v2": ("Walker2d-v4", {}),
    "Walker2d-v3": ("Walker2d-v4", {}),
}
"""An id that Gymnasium no longer builds, to the id and the arguments that observe as it did."""

NOT_BUILT: dict[str, str] = {"Pusher-v2": "Pusher-v5", "Pusher-v4": "Pusher-v5"}
"""An id that Gymnasium builds with no MuJoCo from 3.0 on, to the one that took its place.

Source: https://github.com/Farama-Foundation/Gymnasium/issues/950
"""
