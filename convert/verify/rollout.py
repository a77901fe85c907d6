"""Level `rollout`: the golden rollout replayed in Gymnasium, then episodes in closed loop."""

from collections.abc import Callable
from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from bbconvert.convert.bundle.bundle import Bundle
from bbconvert.convert.constants import STATE_TOLERANCE
from bbconvert.convert.environments.environment import rebuild_environment
from bbconvert.convert.parity import Check, Level
from bbconvert.convert.rollout.policy import OnnxPolicy
from bbconvert.convert.rollout.rollout import Golden, play_episode, replay, replay_synchronised
from bbconvert.convert.verify.check import largest_difference, unequal
from bbconvert.convert.verify.closed_loop import Horizons, closed_loop_checks, recorded_episodes

_REPLAYED = [field.name for field in fields(Golden) if field.name not in ("seed", "action")]


def golden_actions(policy: OnnxPolicy, golden: Golden) -> NDArray[np.float32]:
    """What `policy.onnx` answers to the golden observations, [T, m]."""
    policy.begin()
    actions = []
    for observation in golden.observation[:-1]:
        policy.observe(observation)
        actions.append(policy(observation))
    return np.array(actions)


def rollout_checks(bundle: Bundle, announce: Callable[[str], None]) -> list[Check]:
    """Every recorded array to the last bit, every golden action from `policy.onnx`, seeded returns and lengths.

    What a tab recorded is held to Gymnasium one step at a time, within the tolerance of a step in WASM.
    """
    manifest, golden = bundle.manifest, bundle.golden
    recorded = recorded_episodes(bundle)
    policy = OnnxPolicy(bundle.policy_bytes, manifest.normalization, manifest.observation.zeroed)
    in_tab = manifest.parity.recorded == "tab"
    env = rebuild_environment(manifest, bundle.folder)
    try:
        again = (replay_synchronised if in_tab else replay)(env, golden)
        actions = golden_actions(policy, golden)
        episodes = []
        for seed, length in zip(recorded.seeds, recorded.lengths, strict=True):
            policy.reset_statistics()
            # One that goes on is as unequal after a step as it is at its end.
            episodes.append(play_episode(env, policy, seed, limit=length + 1))
    finally:
        env.close()
    compare = _near if in_tab else unequal
    rows = [compare("rollout", f"golden {name}", getattr(again, name), getattr(golden, name)) for name in _REPLAYED]
    rows.append(unequal("rollout", "golden action from policy.onnx", actions, golden.action))
    return rows + closed_loop_checks("rollout", episodes, recorded, Horizons(bundle, announce))


def _near(level: Level, name: str, got: NDArray[np.generic], expected: NDArray[np.generic]) -> Check:
    """Relative, one step from the recorded state; flags are equal."""
    if got.dtype.kind != "f":
        return unequal(level, f"{name}, of the tab", got, expected)
    scale = np.maximum(1.0, np.abs(expected))
    name = f"{name}, of the tab, state-synchronised, relative"
    return largest_difference(level, name, got / scale, expected / scale, STATE_TOLERANCE)
