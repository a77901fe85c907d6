"""A safe copy of an old checkpoint: weights that need no unpickling, and an ONNX file that says everything."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bbconvert.convert.bundle.output_folder import bundle_name
from bbconvert.convert.errors import BBConvertError, UsageError
from bbconvert.convert.files.whole_folder import whole_folder
from bbconvert.convert.progress import CallbackProgress, DownloadProgress, Progress, ProgressCallback

if TYPE_CHECKING:
    from bbconvert.convert.manifest import Manifest

WEIGHTS = "policy.safetensors"
REPAIRED = Path("repaired")
"""Where copies go, below the working directory."""


@dataclass(frozen=True)
class Repair:
    """The copy's folder, and what was wrong with the original, a sentence each."""

    folder: Path
    findings: tuple[str, ...]


def repair(
    what: str | Path,
    env: str | None = None,
    *,
    out: str | Path | None = None,
    force: bool = False,
    sandbox: bool = True,
    progress: ProgressCallback | None = None,
) -> Repair:
    """Writes a copy that anybody can read safely: `policy.safetensors`, `policy.onnx` with its statistics, a card.

    Args:
        what: a checkpoint file, or a repository of the Hub.
        env: the environment that a file's policy was trained on; a repository says it.
        out: the copy's folder; None: `repaired/NAME` below the working directory.
        force: replace a copy that is there.
        sandbox: read the original in a child process with limits.
        progress: told each stage.

    Raises:
        BBConvertError: the original cannot be converted, or the copy is not the same policy; nothing was written then.
    """
    path = None if out is None else Path(out)
    return repair_checkpoint(
        str(what), env, out=path, force=force, sandbox=sandbox, progress=CallbackProgress(progress)
    )


def repair_checkpoint(
    what: str, env_id: str | None, *, out: Path | None, force: bool, sandbox: bool, progress: DownloadProgress
) -> Repair:
    """What `repair` does, with any kind of progress display."""
    from bbconvert.convert.bundle.bundle import POLICY, README, open_bundle
    from bbconvert.convert.bundle.proof import proof_files
    from bbconvert.convert.bundle.readme import bundle_readme
    from bbconvert.convert.safety.limits import READING
    from bbconvert.convert.safety.sandbox import run_function

    with tempfile.TemporaryDirectory(prefix="bbconvert-repair-") as scratch:
        made = Path(scratch) / "bundle"
        original = _converted(what, env_id, made, sandbox=sandbox, progress=progress)
        bundle = open_bundle(made)
        folder = out or REPAIRED / bundle_name(what if not Path(what).is_file() else original.stem)
        with whole_folder(folder, force=force, kind="repaired checkpoint", marker=WEIGHTS) as work:
            written = run_function(
                "bbconvert.convert.repair:write_weights",
                original,
                work / WEIGHTS,
                bundle.manifest,
                doing=f"Reading {original.name}",
                limits=READING if sandbox else None,
                progress=progress,
            )
            findings = _findings(original, bundle.manifest, written)
            (work / POLICY).write_bytes(bundle.policy_bytes)
            card = bundle_readme(bundle.manifest)
            (work / README).write_text(_with_findings(card, findings), encoding="utf-8")
            for name, text in proof_files(bundle).items():
                (work / name).write_text(text, encoding="utf-8")
    return Repair(folder, findings)


def write_weights(original: Path, target: Path, manifest: "Manifest", progress: Progress) -> dict[str, Any]:
    """Writes the policy's tensors with all that a reader has to be told, and reads them back; runs in the sandbox.

    Returns:
        `says_all`: whether bbconvert reads the file without a further word; `notes` of the original's reader.

    Raises:
        BBConvertError: what was read back is not the same network.
    """
    import numpy as np
    from numpy.typing import NDArray
    from safetensors.numpy import save_file

    from bbconvert.convert.checkpoints import read_checkpoint
    from bbconvert.convert.checkpoints.cleanrl_ppo import CLIP, EPSILON

    progress.say(f"Writing {WEIGHTS}")
    checkpoint = read_checkpoint(original)
    network = checkpoint.network
    tensors: dict[str, NDArray[Any]] = {}
    for part, mlp in (("actor", network.actor), ("critic", network.critic)):
        for i, layer in enumerate(mlp.layers if mlp else ()):
            tensors[f"{part}.{2 * i}.weight"] = np.ascontiguousarray(layer.weight)
            tensors[f"{part}.{2 * i}.bias"] = np.ascontiguousarray(layer.bias)
    if network.log_std is not None:
        tensors["actor_logstd"] = network.log_std
    frozen = manifest.normalization
    usual = frozen.mode == "none" or (frozen.mode, frozen.epsilon, frozen.clip) == ("frozen", EPSILON, CLIP)
    if frozen.mode == "frozen" and usual:
        tensors["obs_rms.mean"], tensors["obs_rms.var"] = np.array(frozen.mean), np.array(frozen.var)
        tensors["obs_rms.count"] = np.array([frozen.count or 0.0])
    squash = network.squash
    says_all = network.pre_clip is None and usual and (squash is None or squash.scale is None)
    said = {
        "bbconvert:env": manifest.env.id,
        "bbconvert:activation": network.actor.activation,
        "bbconvert:output": "clip" if squash is None else "tanh",
        "bbconvert:prefix": "actor.",
    }
    save_file(tensors, target, metadata=said if says_all else {"bbconvert:env": manifest.env.id})
    if says_all:
        back = read_checkpoint(target).network.actor
        same = all(
            np.array_equal(a.weight, b.weight) and np.array_equal(a.bias, b.bias)
            for a, b in zip(network.actor.layers, back.layers, strict=True)
        )
        if not same or back.activation != network.actor.activation:
            raise BBConvertError(f"{WEIGHTS} does not hold the network of {original}. Nothing was written.")
    return {"says_all": says_all, "notes": list(checkpoint.notes)}


def _converted(what: str, env_id: str | None, made: Path, *, sandbox: bool, progress: DownloadProgress) -> Path:
    """Makes a bundle of it, whose proof holds; returns the original file."""
    from bbconvert.convert.bundle.bundle import open_bundle
    from bbconvert.convert.local_file import convert_file
    from bbconvert.convert.pull import pull_bundle
    from bbconvert.convert.verify.network import cached_checkpoint

    path = Path(what)
    if path.is_file():
        if env_id is None:
            raise UsageError(f"Name the environment that {path.name} was trained on, with --env. See: bbconvert envs")
        convert_file(path, env_id, out=made, sandbox=sandbox, progress=progress)
        return path
    pull_bundle(what, out=made, sandbox=sandbox, progress=progress)
    source = open_bundle(made).manifest.source
    cached = cached_checkpoint(source)
    if cached is None:
        raise BBConvertError(f"{what} is a bundle already: there is nothing to repair. Pull it: bbconvert pull {what}")
    return cached


def _findings(original: Path, manifest: "Manifest", written: dict[str, Any]) -> tuple[str, ...]:
    """What was wrong with the original."""
    from bbconvert.convert.checkpoints.companions import read_companions
    from bbconvert.convert.checkpoints.file_format import file_format

    kind, name = file_format(original), original.name
    found = []
    if kind in ("torch", "stable-baselines3"):
        found.append(
            f"{name} is a pickle, and what unpickles it may run any code that its author wrote. {WEIGHTS} holds "
            "numbers and names."
        )
    companion = read_companions(original).vec_normalize
    if companion is not None:
        found.append(
            f"The observation statistics stood in {companion.name}, another pickle. policy.onnx has them inside."
        )
    origin = manifest.normalization.origin or ""
    if manifest.normalization.mode == "frozen" and origin.startswith("estimated"):
        found.append(
            f"The policy was trained on normalised observations, and {name} was saved without their mean and variance: "
            f"nobody could play it as it was trained. They are in policy.onnx now, {origin}."
        )
    found.append(
        f"{name} says neither the environment nor what becomes of an output. policy.onnx takes raw observations of "
        f"{manifest.env.id} and gives actions for `env.step`."
    )
    if manifest.source.license is None:
        found.append("It names no licence, so others may not use it. Its author can add one to the card.")
    if not written["says_all"]:
        found.append(f"{WEIGHTS} has the weights alone: how they are normalised and squashed is in policy.onnx.")
    return tuple(found)


def _with_findings(card: str, findings: tuple[str, ...]) -> str:
    """The bundle's card, with what was repaired before what was verified."""
    listed = "\n".join(f"- {finding}" for finding in findings)
    files = (
        f"`{WEIGHTS}` and `policy.onnx` are the policy; `bbconvert convert policy.onnx --env ID` makes a page of it."
    )
    played = "Play it in a browser: `bbconvert play .`, check it: `bbconvert verify .`"
    section = f"{files}\n\n## What was repaired\n\n{listed}\n"
    return card.replace(played, section)
