"""Plays an episode of a policy that sees again in Gymnasium, from the pictures that the page saved."""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from gymnasium.envs.mujoco.mujoco_env import MujocoEnv
from safetensors import SafetensorError, safe_open

from bbconvert.convert.bundle.bundle import Bundle
from bbconvert.convert.environments.environment import rebuild_environment
from bbconvert.convert.errors import BBConvertError, UsageError
from bbconvert.convert.rollout.estimator import AttitudeEstimator, SeenTerms, degrees_between
from bbconvert.convert.rollout.policy import OnnxPolicy
from bbconvert.convert.safety import limits
from bbconvert.observation.extractor import ObservationExtractor


@dataclass(frozen=True)
class SeenEpisode:
    """An episode in which the policy acted on pictures.

    Args:
        seed: of its reset.
        steps: control steps.
        total: the return in Gymnasium.
        in_tab: the return that the page had.
        action: the largest difference of an action from the page's.
        error: the median angle between seen and true attitude, degrees.
    """

    seed: int
    steps: int
    total: float
    in_tab: float
    action: float
    error: float


def evaluate_pictures(bundle: Bundle, file: Path) -> SeenEpisode:
    """Picture, attitude, observation, action, `env.step`: the page's chain in Python, from its pictures to the return.

    Args:
        bundle: with a network that sees.
        file: a rollout that the page saved while the policy acted on what it saw.

    Raises:
        UsageError: the bundle has no such network.
        BBConvertError: the file is not such a rollout, or it belongs to another bundle.
    """
    manifest = bundle.manifest
    estimator = manifest.estimator
    if estimator is None:
        raise UsageError(f"{manifest.name} has no network that sees, so it has no use for --pictures.")
    tensors = _read(file, estimator.lens.height, estimator.lens.width, manifest.action.size)
    network = AttitudeEstimator(bundle.pose_bytes)
    policy = OnnxPolicy(bundle.policy, manifest.normalization, manifest.observation.zeroed)
    env = rebuild_environment(manifest, bundle.folder)
    try:
        inner = cast("MujocoEnv", env.unwrapped)
        model = inner.model
        body = model.body(estimator.body).id
        terms = manifest.observation.terms
        seen = SeenTerms(estimator, terms, ObservationExtractor(model, manifest.observation).term_sizes)
        seed = int(tensors["seed"][0])
        observation, _ = env.reset(seed=seed)
        policy.begin()
        policy.observe(observation)
        total, differences, errors = 0.0, [], []
        for picture, recorded in zip(tensors["picture"], tensors["action"], strict=True):
            rotation = network.rotation(picture)
            errors.append(degrees_between(rotation, inner.data.xmat[body].reshape(3, 3)))
            action = policy(seen.put(observation, rotation))
            differences.append(np.max(np.abs(action - recorded)))
            observation, reward, _, _, _ = env.step(action)
            policy.observe(observation)
            total += float(reward)
    finally:
        env.close()
    return SeenEpisode(
        seed=seed,
        steps=len(errors),
        total=total,
        in_tab=float(np.sum(tensors["reward"])),
        action=float(np.max(differences)),
        error=float(np.median(errors)),
    )


def _read(file: Path, height: int, width: int, actions: int) -> dict[str, np.ndarray]:
    try:
        if file.stat().st_size > limits.MAX_ROLLOUT_BYTES:
            most = limits.MAX_ROLLOUT_BYTES // 10**6
            raise BBConvertError(f"{file} has more than {most} MB, which is too large for a rollout.")
        with safe_open(file, "numpy") as opened:
            missing = {"seed", "picture", "action", "reward"} - set(opened.keys())
            if missing:
                raise BBConvertError(
                    f"{file} has no {', '.join(sorted(missing))}. Save an episode, from its reset on, in which the "
                    "policy acted on the seen attitude."
                )
            if "disturbed" in opened.keys() or "state" in opened.keys():  # noqa: SIM118  # it has no `in`
                raise BBConvertError(f"{file} was disturbed by hand, or does not begin with a reset: save another one.")
            tensors = {name: opened.get_tensor(name) for name in ("seed", "picture", "action", "reward")}
    except (OSError, SafetensorError) as error:
        raise BBConvertError(f"{file} cannot be read as a saved rollout: {error}.") from error
    steps = len(tensors["reward"])
    expected = {"picture": (steps, height, width, 3), "action": (steps, actions), "seed": (1,)}
    for name, shape in expected.items():
        if tensors[name].shape != shape:
            raise BBConvertError(f"{file}: {name} has the shape {tensors[name].shape}, this bundle's is {shape}.")
    return tensors
