"""Level `network`: the checkpoint's network in torch, or in NumPy, against `policy.onnx` in ONNX Runtime."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bbconvert.convert.bundle.bundle import Bundle
from bbconvert.convert.constants import POSE_TOLERANCE
from bbconvert.convert.environments.environment import rebuild_environment
from bbconvert.convert.export.tfjs_export import read_tfjs
from bbconvert.convert.files.digest import sha256_of
from bbconvert.convert.manifest import Action, Normalization, Source
from bbconvert.convert.network import PolicyNetwork
from bbconvert.convert.parity import Check
from bbconvert.convert.rollout.estimator import AttitudeEstimator, noise_pictures
from bbconvert.convert.rollout.policy import OnnxPolicy, onnx_session, outputs_of, with_zeros
from bbconvert.convert.rollout.rollout import record_golden
from bbconvert.convert.verify.check import largest_difference, unequal
from bbconvert.convert.verify.kicked import Kicked
from bbconvert.convert.verify.reference import reference
from bbconvert.observation.normalization import normalize

TOLERANCE = 1e-6
SINGLE_TOLERANCE = 1e-4
"""Float32 throughout, relative to the largest number that goes in or comes out, where that is more than 1."""
ROLLOUTS = 6
"""Rollouts under the policy as long as the golden one, and beside it: 4,507 observations in all."""


def network_checks(bundle: Bundle, network: PolicyNetwork | None, kicked: Callable[[], Kicked]) -> list[Check]:
    """Before the action transform and after it, on kicked states and on the policy's own rollouts.

    torch, or NumPy where torch is not installed, computes in float64 from the observation that was normalised in
    float64 and rounded once to float32, where training rounded; a last row gives the distance to it computing in
    float32 throughout, as training did.
    """
    manifest = bundle.manifest
    network, origin = _network(bundle, network)
    observations = network_observations(bundle, kicked())
    mean, var = normalization_statistics(manifest.normalization, bundle.golden.observation)
    feeds = {"obs_mean": mean, "obs_var": var} if manifest.normalization.mode == "running" else {}
    action, pre_action = outputs_of(onnx_session(bundle.policy_bytes), ["action", "pre_action"], observations, feeds)

    seen = with_zeros(observations, manifest.observation.zeroed)
    normalized = normalized_input(manifest.normalization, seen, mean, var)
    library, single, double = reference(network, normalized)
    origin = f"{origin} in {library}"
    scale = single_scale(normalized, double)
    transformed = transformed_action(manifest.action, double)
    share = float(
        np.mean(
            (action <= np.array(manifest.action.low, np.float32))
            | (action >= np.array(manifest.action.high, np.float32))
        )
    )
    saturated = f"action, {100 * share:.0f}% of it saturated, of {origin}"
    in_single = f"pre-transform action, {library} in float32, relative"
    return [
        largest_difference("network", f"pre-transform action of {origin}", pre_action, double, TOLERANCE),
        largest_difference("network", saturated, action, transformed, TOLERANCE),
        largest_difference("network", in_single, pre_action / scale, single / scale, SINGLE_TOLERANCE),
        _same_weights(network, read_tfjs(bundle.tfjs)),
        *pose_checks(bundle),
        *_stage_checks(bundle),
    ]


def _stage_checks(bundle: Bundle) -> list[Check]:
    """The earlier stages of the training, where there are some: each is the exporter's graph and acts within bounds."""
    training = bundle.manifest.training
    if training is None or not training.stages:
        return []
    action = bundle.manifest.action
    low, high = np.array(action.low, np.float32), np.array(action.high, np.float32)
    observations, feeds = bundle.golden.observation, {}
    if bundle.manifest.normalization.mode == "running":
        mean, var = normalization_statistics(bundle.manifest.normalization, observations)
        feeds = {"obs_mean": mean, "obs_var": var}
    outside = 0
    for stage in training.stages:
        (actions,) = outputs_of(onnx_session(bundle.stage(stage.file)), ["action"], observations, feeds)
        outside += int(np.sum(~((low <= actions) & (actions <= high))))
    name = f"actions of {len(training.stages)} earlier stages of the training"
    n = len(training.stages) * bundle.golden.observation.shape[0] * action.size
    metric = "numbers out of bounds"
    return [Check(level="network", name=name, metric=metric, value=outside, tolerance=0, n=n, ok=outside == 0)]


def pose_checks(bundle: Bundle) -> list[Check]:
    """The network that sees, where there is one, against what torch made of the same pictures when it was trained."""
    estimator = bundle.manifest.estimator
    if estimator is None:
        return []
    network = AttitudeEstimator(bundle.pose_bytes)
    recorded = np.array(estimator.recorded)
    pictures = noise_pictures(estimator.lens.width, estimator.lens.height, len(recorded))
    found = np.array([network.numbers(picture) for picture in pictures])
    scale = np.maximum(1, np.abs(recorded))
    name = "rotation of pose.onnx against torch, relative"
    return [largest_difference("network", name, found / scale, recorded / scale, POSE_TOLERANCE)]


def _network(bundle: Bundle, network: PolicyNetwork | None) -> tuple[PolicyNetwork, str]:
    if network is not None:
        return network, "the checkpoint"
    path = cached_checkpoint(bundle.manifest.source)
    if path is not None:
        from bbconvert.convert.checkpoints import read_checkpoint

        return read_checkpoint(path).network, "the checkpoint"
    return read_tfjs(bundle.tfjs), "the weights of tfjs/"


def cached_checkpoint(source: Source) -> Path | None:
    """The file that the bundle was made from, where huggingface_hub's cache still has it unchanged."""
    if source.repo_id is None:
        return None
    from huggingface_hub import try_to_load_from_cache

    cached = try_to_load_from_cache(source.repo_id, source.filename, revision=source.revision)
    if not isinstance(cached, str):
        return None
    path = Path(cached)
    return path if sha256_of(path) == source.sha256 else None


def single_scale(seen: NDArray[Any], outputs: NDArray[Any]) -> NDArray[np.float64]:
    """What float32's rounding is relative to: for each row the largest number of both [k, 1], at least 1."""
    largest = np.maximum(np.max(np.abs(seen), axis=1), np.max(np.abs(outputs), axis=1))
    scale: NDArray[np.float64] = np.maximum(1.0, largest.astype(np.float64))[:, None]
    return scale


def network_observations(bundle: Bundle, kicked: Kicked) -> NDArray[np.float64]:
    """Kicked states, the golden rollout and more rollouts of the policy, [k, n]."""
    env = rebuild_environment(bundle.manifest, bundle.folder)
    policy = OnnxPolicy(bundle.policy_bytes, bundle.manifest.normalization, bundle.manifest.observation.zeroed)
    try:
        rollouts = []
        for seed in range(100, 100 + ROLLOUTS):
            policy.reset_statistics()
            rollouts.append(record_golden(env, policy, seed).observation)
        return np.concatenate([kicked.gymnasium, bundle.golden.observation, *rollouts])
    finally:
        env.close()


def normalization_statistics(
    normalization: Normalization, golden: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What to normalise with; in `running` mode the statistics of the golden rollout stand for any."""
    if normalization.mode == "running":
        return golden.mean(axis=0), golden.var(axis=0)
    size = golden.shape[1]
    mean = np.zeros(size) if normalization.mean is None else np.array(normalization.mean)
    var = np.ones(size) if normalization.var is None else np.array(normalization.var)
    return mean, var


def normalized_input(
    normalization: Normalization, observations: NDArray[np.float64], mean: NDArray[np.float64], var: NDArray[np.float64]
) -> NDArray[np.float32]:
    """What the network is given for raw observations [k, n]."""
    if normalization.mode == "none":
        return observations.astype(np.float32)
    return normalize(observations, mean, var, normalization.epsilon, normalization.clip)


def transformed_action(action: Action, value: NDArray[np.float64]) -> NDArray[np.float32]:
    """What `env.step` is given for the network's output [k, m]: bounded, squashed, clipped."""
    if action.pre_clip is not None:
        value = np.clip(value, -action.pre_clip, action.pre_clip)
    if action.transform == "tanh":
        value = np.tanh(value) * np.array(action.scale) + np.array(action.bias)
    return np.clip(value, action.low, action.high).astype(np.float32)


def _same_weights(network: PolicyNetwork, tfjs: PolicyNetwork) -> Check:
    def flat(network: PolicyNetwork) -> NDArray[np.float32]:
        parts = [] if network.recurrent is None else list(network.recurrent.parts.values())
        parts += [part for layer in network.actor.layers for part in (layer.weight, layer.bias)]
        return np.concatenate([part.ravel() for part in parts])

    return unequal("network", "weights in tfjs/weights.bin", flat(tfjs), flat(network))
