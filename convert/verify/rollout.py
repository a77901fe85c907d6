"""Level `rollout`: the golden rollout replayed in Gymnasium, then episodes in closed loop."""

from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from convert.bundle import Bundle
from convert.environment import make_environment
from convert.errors import BBConvertError
from convert.manifest import Check
from convert.policy import OnnxPolicy
from convert.rollout import Golden, play_episodes, replay
from convert.verify.check import largest_difference, unequal

RETURN_TOLERANCE = 1e-6
_REPLAYED = [field.name for field in fields(Golden) if field.name not in ("seed", "action")]


def golden_actions(policy: OnnxPolicy, golden: Golden) -> NDArray[np.float32]:
    """What `policy.onnx` answers to the golden observations, [T, m]."""
    actions = []
    for observation in golden.observation[:-1]:
        policy.observe(observation)
        actions.append(policy(observation))
    return np.array(actions)


def rollout_checks(bundle: Bundle) -> list[Check]:
    """Every recorded array to the last bit, every golden action from `policy.onnx`, seeded returns and lengths."""
    manifest, golden = bundle.manifest, bundle.golden
    recorded = manifest.parity.episodes
    if recorded is None:
        raise BBConvertError(
            f"{bundle.folder / 'bundle.json'} has no parity.episodes to compare with. "
            "Pull or convert again with --force."
        )
    policy = OnnxPolicy(bundle.policy_bytes, manifest.normalization)
    env = make_environment(manifest.env.id, manifest.env.kwargs)
    try:
        again = replay(env, golden)
        actions = golden_actions(policy, golden)
        episodes = []
        for seed in recorded.seeds:
            policy.reset_statistics()
            episodes += play_episodes(env, policy, [seed])
    finally:
        env.close()
    rows = [unequal("rollout", f"golden {name}", getattr(again, name), getattr(golden, name)) for name in _REPLAYED]
    rows.append(unequal("rollout", "golden action from policy.onnx", actions, golden.action))
    lengths = np.array([episode.length for episode in episodes])
    returns = np.array([episode.total for episode in episodes])
    rows.append(unequal("rollout", "lengths of closed-loop episodes", lengths, np.array(recorded.lengths)))
    recorded_returns = np.array(recorded.returns)
    rows.append(
        largest_difference("rollout", "returns of closed-loop episodes", returns, recorded_returns, RETURN_TOLERANCE)
    )
    return rows
