"""Which environments' dynamics are known, by the id that `gymnasium.make` takes."""

from collections.abc import Callable, Mapping
from typing import Any

from gymnasium.envs.mujoco.mujoco_env import MujocoEnv

from bbconvert.mjcf.ant import ant_v4, ant_v5
from bbconvert.mjcf.balance_bot.dynamics import balance_bot
from bbconvert.mjcf.half_cheetah import half_cheetah
from bbconvert.mjcf.hopper import hopper_v4, hopper_v5
from bbconvert.mjcf.humanoid import humanoid_v4, humanoid_v5
from bbconvert.mjcf.humanoid_balance.dynamics import humanoid_balance
from bbconvert.mjcf.humanoid_standup import humanoid_standup_v4, humanoid_standup_v5
from bbconvert.mjcf.inverted_double_pendulum import inverted_double_pendulum_v4, inverted_double_pendulum_v5
from bbconvert.mjcf.inverted_pendulum import inverted_pendulum_v4, inverted_pendulum_v5
from bbconvert.mjcf.pusher import pusher_v5
from bbconvert.mjcf.reacher import reacher_v4, reacher_v5
from bbconvert.mjcf.spec import Dynamics
from bbconvert.mjcf.swimmer import swimmer
from bbconvert.mjcf.walker2d import walker2d_v4, walker2d_v5

DYNAMICS: dict[str, Callable[[MujocoEnv, Mapping[str, Any]], Dynamics]] = {
    "Ant-v4": ant_v4,
    "Ant-v5": ant_v5,
    "HalfCheetah-v4": half_cheetah,
    "HalfCheetah-v5": half_cheetah,
    "Hopper-v4": hopper_v4,
    "Hopper-v5": hopper_v5,
    "Humanoid-v4": humanoid_v4,
    "Humanoid-v5": humanoid_v5,
    "HumanoidStandup-v4": humanoid_standup_v4,
    "HumanoidStandup-v5": humanoid_standup_v5,
    "InvertedDoublePendulum-v4": inverted_double_pendulum_v4,
    "InvertedDoublePendulum-v5": inverted_double_pendulum_v5,
    "InvertedPendulum-v4": inverted_pendulum_v4,
    "InvertedPendulum-v5": inverted_pendulum_v5,
    "Pusher-v5": pusher_v5,
    "Reacher-v4": reacher_v4,
    "Reacher-v5": reacher_v5,
    "Swimmer-v4": swimmer,
    "Swimmer-v5": swimmer,
    "Walker2d-v4": walker2d_v4,
    "Walker2d-v5": walker2d_v5,
    "bbconvert/BalanceBot-v0": balance_bot,
    "bbconvert/HumanoidBalance-v0": humanoid_balance,
}
"""Environment id to a function of the built environment (read, never stepped) and of its constructor's arguments, the
defaults filled in."""

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
"""An id that Gymnasium builds no more, to the id and the arguments that observe as it did."""

NOT_BUILT: dict[str, str] = {"Pusher-v2": "Pusher-v5", "Pusher-v4": "Pusher-v5"}
"""An id that Gymnasium builds with no MuJoCo from 3.0 on, to the one that took its place.

Source: https://github.com/Farama-Foundation/Gymnasium/issues/950
"""
