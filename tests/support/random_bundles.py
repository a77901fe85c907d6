"""A bundle for every environment, played by a small seeded random policy: what the interpreters are compared on."""

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import gymnasium.envs.mujoco
import numpy as np
import onnx

from bbconvert.convert.bundle.bundle import POLICY, TFJS, Bundle, write_golden, write_manifest
from bbconvert.convert.environments.environment import (
    Env,
    EnvironmentSpec,
    environment_spec,
    mujoco_env,
    rebuild_environment,
)
from bbconvert.convert.environments.registry import ENVIRONMENTS
from bbconvert.convert.environments.scene_files import copy_scene
from bbconvert.convert.export.onnx_export import export_onnx
from bbconvert.convert.export.tfjs_export import export_tfjs
from bbconvert.convert.manifest import Action, Manifest, Network, Normalization, Source
from bbconvert.convert.network import Dense, PolicyNetwork
from bbconvert.convert.rollout.policy import OnnxPolicy
from bbconvert.convert.rollout.rollout import record_golden
from bbconvert.convert.rollout.steady_golden import STEADY, last_bit_sensitivity
from bbconvert.convert.verify import versions
from tests.support.networks import seeded_policy

RESETS = "resets.json"
"""Beside the manifest: what `env.reset(seed=…)` leads to, `{"seeds": […], "qpos": [[…]], "qvel": [[…]]}`."""
RESET_SEEDS = range(20)
GOLDEN_SEED = 1
HIDDEN = 16

_GYMNASIUM_SCENES = Path(gymnasium.envs.mujoco.__file__).parent / "assets"


@dataclass(frozen=True)
class Case:
    """An environment to compare on; `zeroed` names the source that the policy is given zeros for."""

    env_id: str
    kwargs: dict[str, Any] = field(default_factory=dict)
    time_feature: bool = False
    zeroed: str | None = None


def cases(folder: Path) -> dict[str, Case]:
    """Every environment by the name of its bundle, and some with arguments; `folder` takes a scene of our own."""
    # Their episodes are of 50 and 100 steps: longer ones here, so that each is followed for 300.
    short = ("Reacher", "Pusher")
    plain = {
        env_id.split("/")[-1]: Case(env_id, {"max_episode_steps": 1000} if env_id.startswith(short) else {})
        for env_id in ENVIRONMENTS
    }
    unbounded = {"terminate_when_unhealthy": False, "healthy_state_range": (None, None), "healthy_z_range": (0.9, None)}
    costly = {"contact_cost_weight": 1e-3, "contact_cost_range": (0.05, 2.0), "terminate_when_unhealthy": False}
    wide = {"use_contact_forces": True, "contact_force_range": (-50.0, None), "healthy_z_range": (0.6, None)}
    return plain | {
        "Ant-v3-blind": Case("Ant-v3", time_feature=True, zeroed="cfrc_ext"),
        "Ant-v4-wide": Case("Ant-v4", wide),
        "Hopper-v5-unbounded": Case("Hopper-v5", unbounded),
        "Humanoid-v5-costly": Case("Humanoid-v5", costly),
        "Reacher-v2-short": Case("Reacher-v2"),
        "BalanceBall-v0-level3": Case("bbconvert/BalanceBall-v0", {"level": 3}),
        "BalanceBot-v0-level2": Case("bbconvert/BalanceBot-v0", {"level": 2}),
        "CartPole-v0-level3": Case("bbconvert/CartPole-v0", {"level": 3}),
        "Ant-v5-own-scene": Case("Ant-v5", {"xml_file": str(_scene_with_files(folder)), "main_body": "torso"}),
    }


def write_random_bundles(folder: Path) -> Iterator[Bundle]:
    """Writes a bundle for every case into a folder of its name below `folder`."""
    for name, case in cases(folder / "scenes").items():
        yield write_random_bundle(folder / name, case)


def write_random_bundle(folder: Path, case: Case) -> Bundle:
    """One bundle: a seeded network on observations normalised by running statistics.

    The first seed is taken whose rollout Python itself repeats when the last bits of every state are changed.
    """
    folder.mkdir(parents=True)
    spec = environment_spec(case.env_id, case.kwargs, time_feature=case.time_feature)
    copy_scene(spec.scene, spec.env.assets, folder)
    env = rebuild_environment(spec, folder)
    try:
        for seed in itertools.count():
            bundle = _random_policy(folder, spec, case, seed)
            normalization, zeroed = bundle.manifest.normalization, bundle.manifest.observation.zeroed
            golden = record_golden(env, OnnxPolicy(bundle.policy_bytes, normalization, zeroed), GOLDEN_SEED)
            if last_bit_sensitivity(env, golden) <= STEADY:
                break
        write_golden(folder, golden)
        (folder / RESETS).write_text(json.dumps(_resets(env)))
    finally:
        env.close()
    return bundle


def _random_policy(folder: Path, spec: EnvironmentSpec, case: Case, seed: int) -> Bundle:
    zeroed = _runs(spec, case.zeroed)
    network = _lively(seeded_policy(seed, (spec.observation.size, HIDDEN, spec.action_low.size)))
    manifest = Manifest(
        name=folder.name,
        title=f"{case.env_id}, random",
        source=Source(filename="none", sha256="", library="none", algorithm="random"),
        env=spec.env,
        mujoco_version=versions()["mujoco"],
        observation=spec.observation.model_copy(update={"zeroed": zeroed}),
        normalization=Normalization(mode="running", count=1e-4, clip=10.0),
        action=Action(
            size=spec.action_low.size,
            low=spec.action_low.tolist(),
            high=spec.action_high.tolist(),
            transform="clip",
            names=spec.action_names,
        ),
        network=Network(
            inputs=network.actor.inputs,
            layers=network.actor.widths,
            activation=network.actor.activation,
            parameters=network.actor.parameters,
        ),
        created_with="tests",
    )
    onnx.save(export_onnx(network, manifest.normalization, manifest.action, {}, zeroed), folder / POLICY)
    export_tfjs(network, folder / TFJS)
    write_manifest(folder, manifest)
    return Bundle(folder, manifest)


def _lively(network: PolicyNetwork) -> PolicyNetwork:
    """With louder weights and softer biases, so that the body does not come to rest under constant torques."""
    layers = (Dense(layer.weight * np.float32(2), layer.bias * np.float32(0.25)) for layer in network.actor.layers)
    return replace(network, actor=replace(network.actor, layers=tuple(layers)))


def _resets(env: Env) -> dict[str, list[Any]]:
    data = mujoco_env(env).data
    resets: dict[str, list[Any]] = {"seeds": list(RESET_SEEDS), "qpos": [], "qvel": []}
    for seed in RESET_SEEDS:
        env.reset(seed=seed)
        resets["qpos"].append(data.qpos.tolist())
        resets["qvel"].append(data.qvel.tolist())
    return resets


def _runs(spec: EnvironmentSpec, source: str | None) -> list[tuple[int, int]]:
    stops = np.cumsum(spec.term_sizes).tolist()
    starts = [0, *stops[:-1]]
    terms = zip(spec.observation.terms, starts, stops, strict=True)
    return [(start, stop) for term, start, stop in terms if term.source == source]


def _scene_with_files(folder: Path) -> Path:
    """Gymnasium's ant with a hat: a mesh in a folder of its own, and an included file."""
    (folder / "meshes").mkdir(parents=True)
    corners = ((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1))
    faces = ((1, 3, 2), (1, 2, 4), (1, 4, 3), (2, 3, 4))
    lines = [f"v {x} {y} {z}" for x, y, z in corners] + [f"f {a} {b} {c}" for a, b, c in faces]
    (folder / "meshes" / "hat.obj").write_text("\n".join(lines) + "\n")
    (folder / "hat.xml").write_text(
        '<mujocoinclude><asset><mesh name="hat" file="meshes/hat.obj" scale="0.3 0.3 0.3"/></asset></mujocoinclude>\n'
    )
    scene = (_GYMNASIUM_SCENES / "ant.xml").read_text()
    torso = '<geom name="torso_geom"'
    hat = '<geom name="hat_geom" type="mesh" mesh="hat" pos="0 0 0.2"/>'
    assert torso in scene
    scene = scene.replace(torso, f"{hat}\n      {torso}").replace(
        "<worldbody>", '<include file="hat.xml"/>\n  <worldbody>'
    )
    (folder / "ant_with_hat.xml").write_text(scene)
    return folder / "ant_with_hat.xml"
