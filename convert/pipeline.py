"""Wires the stages: checkpoint to network to bundle, verified. Runs in the child process of `safety/sandbox.py`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from bbconvert.convert import __version__
from bbconvert.convert.bundle.bundle import POLICY, README, TFJS, Bundle, write_golden, write_manifest
from bbconvert.convert.bundle.proof import proof_files
from bbconvert.convert.bundle.readme import bundle_readme
from bbconvert.convert.checkpoints import read_checkpoint
from bbconvert.convert.checkpoints.checkpoint import Checkpoint
from bbconvert.convert.checkpoints.contacts import unseen_contacts
from bbconvert.convert.conversion import Conversion, Learned
from bbconvert.convert.environments.environment import NO_FILES, EnvironmentSpec, environment_spec, rebuild_environment
from bbconvert.convert.environments.scene_files import copy_scene
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.export.onnx_export import export_onnx
from bbconvert.convert.export.tfjs_export import export_tfjs
from bbconvert.convert.manifest import (
    Action,
    Manifest,
    Network,
    Normalization,
    NormalizationMode,
    RecurrentLayers,
    Stage,
    Training,
)
from bbconvert.convert.network import PolicyNetwork
from bbconvert.convert.parity import Parity
from bbconvert.convert.progress import Progress
from bbconvert.convert.robots.robot import read_robot
from bbconvert.convert.rollout.calibration import STEPS, estimate_statistics
from bbconvert.convert.rollout.policy import OnnxPolicy
from bbconvert.convert.rollout.steady_golden import SEEDS as STEADY_SEEDS
from bbconvert.convert.rollout.steady_golden import record_steady_golden
from bbconvert.convert.verify import PYTHON_LEVELS, verify_bundle, versions
from bbconvert.convert.verify.closed_loop import SEEDS, play_closed_loop
from bbconvert.convert.verify.original import original_check


def write_bundle(conversion: Conversion, folder: Path, progress: Progress) -> None:
    """Reads the checkpoint, and writes and verifies the bundle in `folder`, which is there.

    Raises:
        BBConvertError: whatever was wrong with the checkpoint or the environment; `folder` is not to be used then.
    """
    path, env_id = conversion.checkpoint, conversion.env_id
    checkpoint = read_checkpoint(path, vec_normalize=conversion.vec_normalize, unsaid=conversion.unsaid)
    for note in checkpoint.notes:
        progress.say(note)
    title = conversion.title
    if conversion.robot is None:
        spec = fitting_environment(checkpoint, env_id, conversion.env_kwargs, path.parent)
        copy_scene(spec.scene, spec.env.assets, folder)
    else:
        spec, loop = read_robot(conversion.robot, folder)
        title = title or loop.title
        for note in loop.notes:
            progress.say(note)
        _require_sizes(checkpoint, spec, loop.title, "Its loop (--loop) is another policy's.")
    zeroed = unseen_contacts(checkpoint, spec)
    if zeroed:
        told = "its statistics tell" if checkpoint.statistics else f"mujoco-py computed none for {env_id}"
        progress.say(f"Training saw no contact forces ({told}): the policy is given zeros for them.")
    action = _action(checkpoint.network, spec)
    normalized = _normalization(checkpoint, action, spec, zeroed, conversion.normalization, folder, progress)
    provenance = {"library": checkpoint.library, "algorithm": checkpoint.algorithm}
    manifest = Manifest(
        version=1 if conversion.robot is None and checkpoint.network.recurrent is None else 2,
        name=conversion.name,
        title=title,
        source=conversion.source.model_copy(update=provenance),
        env=spec.env,
        mujoco_version=versions()["mujoco"],
        observation=spec.observation.model_copy(update={"zeroed": zeroed}),
        normalization=normalized,
        action=action,
        network=_network(checkpoint.network),
        published=conversion.published,
        created_with=f"bbconvert {__version__}",
    )
    if conversion.learned is not None:
        export = _Exporter(spec, zeroed, conversion, folder, progress)
        manifest = manifest.model_copy(update={"training": _training(conversion.learned, manifest, export)})
    bundle = _write(folder, checkpoint, manifest, progress)
    checks = verify_bundle(bundle, PYTHON_LEVELS, lambda level: progress.say(f"Verifying: {level}"), checkpoint.network)
    if checkpoint.library == "onnx":
        checks.append(original_check(bundle, path))
    parity = bundle.manifest.parity.model_copy(update={"checks": checks})
    manifest = bundle.manifest.model_copy(update={"parity": parity})
    failed = [check for check in checks if not check.ok]
    if failed:
        worst = failed[0]
        raise BBConvertError(
            f"The conversion does not hold: {worst.level}, {worst.name}: {worst.metric} is {worst.value:.3g}, at "
            f"most {worst.tolerance:.3g} is allowed ({len(failed)} of {len(checks)} checks failed). "
            "Nothing was written."
        )
    write_manifest(folder, manifest)
    (folder / README).write_text(bundle_readme(manifest), encoding="utf-8")
    for name, text in proof_files(Bundle(folder, manifest)).items():
        (folder / name).write_text(text, encoding="utf-8")


@dataclass(frozen=True)
class _Exporter:
    """Writes the policy of an earlier stage as the bundle's own is written."""

    spec: EnvironmentSpec
    zeroed: list[tuple[int, int]]
    conversion: Conversion
    folder: Path
    progress: Progress

    def write(self, checkpoint: Checkpoint, action: Action, file: str) -> None:
        """`file` in the bundle, behind the statistics of that moment."""
        mode, zeroed = self.conversion.normalization, self.zeroed
        normalized = _normalization(checkpoint, action, self.spec, zeroed, mode, self.folder, self.progress)
        path = self.folder / file
        path.parent.mkdir(exist_ok=True)
        onnx.save(export_onnx(checkpoint.network, normalized, action, {}, zeroed), path)


def _training(learned: Learned, manifest: Manifest, exporter: _Exporter) -> Training:
    """Writes the stages, and describes them.

    Raises:
        BBConvertError: a stage has another network than the policy.
    """
    stages = []
    for k, stage in enumerate(learned.stages):
        checkpoint = read_checkpoint(stage.checkpoint)
        if _network(checkpoint.network) != manifest.network:
            raise BBConvertError(f"{stage.checkpoint} has another network than the policy that came of it.")
        file = f"stages/{k}.onnx"
        exporter.write(checkpoint, manifest.action, file)
        stages.append(
            Stage(
                file=file,
                steps=stage.steps,
                episode_return=stage.episode_return,
                episode_length=stage.episode_length,
            )
        )
    return Training(stages=stages, steps=learned.steps, curve=list(learned.curve))


def fitting_environment(
    checkpoint: Checkpoint, env_id: str, kwargs: dict[str, Any], files: Path = NO_FILES
) -> EnvironmentSpec:
    """The environment as it was trained on: with the time left, where the policy takes one number more.

    What a file beside the checkpoint says of `xml_file` may name one of `files`, the checkpoint's folder, and no other.
    """
    own_files = None if "xml_file" in kwargs else files
    kwargs = {**checkpoint.env_kwargs, **kwargs}
    spec = environment_spec(env_id, kwargs, time_feature=checkpoint.time_feature is True, own_files=own_files)
    unsaid = checkpoint.library in ("stable-baselines3", "sbx") and checkpoint.time_feature is None
    if unsaid and checkpoint.network.inputs == spec.observation.size + 1:
        spec = environment_spec(env_id, kwargs, time_feature=True, own_files=own_files)
    remedy = "Name the environment it was trained on with --env, or its arguments with --env-arg. See: bbconvert envs"
    _require_sizes(checkpoint, spec, env_id, remedy)
    return spec


def _require_sizes(checkpoint: Checkpoint, spec: EnvironmentSpec, name: str, remedy: str) -> None:
    """Raises BBConvertError where the network maps other sizes than the environment has."""
    got = (checkpoint.network.inputs, checkpoint.network.actor.widths[-1])
    expected = (spec.observation.size, spec.action_low.size)
    if got != expected:
        raise BBConvertError(
            f"The checkpoint does not fit {name}: its policy maps {got[0]} observations to {got[1]} actions, the "
            f"environment has {expected[0]} and {expected[1]}. {remedy}"
        )


def _action(network: PolicyNetwork, spec: EnvironmentSpec) -> Action:
    low, high = spec.action_low, spec.action_high
    scale = bias = None
    if network.squash is not None:  # in float32, as training computes what it does not save
        scale = (high - low) / 2 if network.squash.scale is None else network.squash.scale
        bias = (high + low) / 2 if network.squash.bias is None else network.squash.bias
    return Action(
        size=low.size,
        low=low.tolist(),
        high=high.tolist(),
        transform="clip" if network.squash is None else "tanh",
        scale=None if scale is None else scale.tolist(),
        bias=None if bias is None else bias.tolist(),
        pre_clip=network.pre_clip,
        names=spec.action_names,
    )


def _network(network: PolicyNetwork) -> Network:
    recurrent = network.recurrent
    return Network(
        inputs=network.inputs,
        recurrent=None
        if recurrent is None
        else RecurrentLayers(kind=recurrent.kind, hidden=recurrent.hidden, layers=len(recurrent.layers)),
        layers=network.actor.widths,
        activation=network.actor.activation,
        parameters=network.parameters,
        stochastic=network.log_std is not None,
        critic=network.critic is not None,
    )


def _normalization(
    checkpoint: Checkpoint,
    action: Action,
    spec: EnvironmentSpec,
    zeroed: list[tuple[int, int]],
    mode: NormalizationMode | None,
    folder: Path,
    progress: Progress,
) -> Normalization:
    mode = mode or ("frozen" if checkpoint.normalizes else "none")
    if mode == "none":
        return Normalization(mode="none")
    running = Normalization(mode="running", count=1e-4, epsilon=checkpoint.epsilon, clip=checkpoint.clip)
    if mode == "running":
        return running
    statistics, origin = checkpoint.statistics, "saved in the checkpoint"
    if statistics is None:
        origin = (
            f"estimated: {STEPS} steps of the running-normalised deterministic policy in Gymnasium, first episode "
            "seeded 0 (the checkpoint was saved without its statistics)"
        )
        why = " (CleanRL does not save them)" if checkpoint.library == "cleanrl" else ""
        progress.say(f"The checkpoint has no observation statistics{why}: estimating them.")
        policy = OnnxPolicy(export_onnx(checkpoint.network, running, action, {}, zeroed), running, zeroed)
        env = rebuild_environment(spec, folder)
        try:
            with progress.task("Estimating observation statistics", STEPS) as advance:
                statistics = estimate_statistics(env, policy, advance)
        finally:
            env.close()
    return Normalization(
        mode="frozen",
        mean=statistics.mean.tolist(),
        var=statistics.var.tolist(),
        count=statistics.count,
        epsilon=checkpoint.epsilon,
        clip=checkpoint.clip,
        origin=origin,
    )


def _write(folder: Path, checkpoint: Checkpoint, manifest: Manifest, progress: Progress) -> Bundle:
    """Networks and golden rollout into `folder`, beside the scene; the manifest with the episodes in its parity."""
    metadata = {
        "bbconvert:env": manifest.env.id,
        "bbconvert:normalization": manifest.normalization.mode,
        "bbconvert:source": "/".join(part for part in (manifest.source.repo_id, manifest.source.filename) if part),
        "bbconvert:revision": manifest.source.revision or "",
        "bbconvert:sha256": manifest.source.sha256,
    }
    zeroed = manifest.observation.zeroed
    model = export_onnx(checkpoint.network, manifest.normalization, manifest.action, metadata, zeroed)
    onnx.save(model, folder / POLICY)
    export_tfjs(checkpoint.network, folder / TFJS)
    policy = OnnxPolicy(model, manifest.normalization, zeroed)
    env = rebuild_environment(manifest, folder)
    # Where nothing is drawn, every seed's episode is the same.
    drawn = manifest.env.control is None or bool(manifest.env.reset.draws)
    goldens, seeds = (STEADY_SEEDS, SEEDS) if drawn else (STEADY_SEEDS[:1], SEEDS[:1])
    try:
        with progress.task("Recording the golden rollout", None):
            golden = record_steady_golden(env, policy, goldens)
            write_golden(folder, golden)
        with progress.task("Playing seeded episodes", len(seeds)) as advance:
            episodes = play_closed_loop(env, policy, advance, seeds)
    finally:
        env.close()
    low, high = np.array(manifest.action.low, np.float32), np.array(manifest.action.high, np.float32)
    parity = Parity(
        episodes=episodes,
        saturated_share=float(np.mean((golden.action == low) | (golden.action == high))),
        versions=versions(),
    )
    return Bundle(folder, manifest.model_copy(update={"parity": parity}))
