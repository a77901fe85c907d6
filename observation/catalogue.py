"""Which environments' observations are known, by the id that `gymnasium.make` takes."""

from collections.abc import Callable, Mapping
from typing import Any

from bbconvert.observation.ant import ant_v4, ant_v5
from bbconvert.observation.arm import pusher_v5, reacher_v4, reacher_v5
from bbconvert.observation.balance_bot import balance_bot
from bbconvert.observation.humanoid import humanoid_v4, humanoid_v5
from bbconvert.observation.pendulum import inverted_double_pendulum_v4, inverted_double_pendulum_v5, inverted_pendulum
from bbconvert.observation.planar import half_cheetah, hopper, swimmer, walker2d
from bbconvert.observation.spec import ObservationTerm

OBSERVATIONS: dict[str, Callable[[Mapping[str, Any]], list[ObservationTerm]]] = {
    "Ant-v4": ant_v4,
    "Ant-v5": ant_v5,
    "HalfCheetah-v4": half_cheetah,
    "HalfCheetah-v5": half_cheetah,
    "Hopper-v4": hopper,
    "Hopper-v5": hopper,
    "Humanoid-v4": humanoid_v4,
    "Humanoid-v5": humanoid_v5,
    "HumanoidStandup-v4": humanoid_v4,
    "HumanoidStandup-v5": humanoid_v5,
    "InvertedDoublePendulum-v4": inverted_double_pendulum_v4,
    "InvertedDoublePendulum-v5": inverted_double_pendulum_v5,
    "InvertedPendulum-v4": inverted_pendulum,
    "InvertedPendulum-v5": inverted_pendulum,
    "Pusher-v5": pusher_v5,
    "Reacher-v4": reacher_v4,
    "Reacher-v5": reacher_v5,
    "Swimmer-v4": swimmer,
    "Swimmer-v5": swimmer,
    "Walker2d-v4": walker2d,
    "Walker2d-v5": walker2d,
    "bbconvert/BalanceBot-v0": balance_bot,
    "bbconvert/HumanoidBalance-v0": humanoid_v4,
}
"""Environment id to a function of the constructor's arguments, the defaults filled in."""
