"""A bundle on disk: manifest, networks, scene and golden rollout in one folder, whole or absent."""

import json
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.export.onnx_structure import structure_fault
from bbconvert.convert.export.pose_graph import pose_fault
from bbconvert.convert.manifest import FILENAME, FORMAT, VERSION, Manifest
from bbconvert.convert.rollout.rollout import Golden
from bbconvert.convert.safety import limits
from bbconvert.convert.safety.bounded_json import bounded_json
from bbconvert.convert.safety.onnx_file import parse_onnx

MANIFEST = FILENAME
POLICY = "policy.onnx"
POSE = "pose.onnx"
TFJS = "tfjs"
SCENE = "scene.xml"
GOLDEN = "golden.safetensors"
README = "README.md"
LICENSE = "LICENSE.txt"
"""Of a robot's policy and scene, where there was one beside them."""

_LINE = 160
_AGAIN = "Convert or pull the policy again with --force."


@dataclass(frozen=True)
class Bundle:
    """An opened bundle: its manifest is read and validated, the rest is read when asked for."""

    folder: Path
    manifest: Manifest

    @property
    def policy_bytes(self) -> bytes:
        """`policy.onnx` as stored; see `policy`."""
        return self._policy[0]

    @property
    def policy(self) -> onnx.ModelProto:
        """`policy.onnx`, parsed.

        Raises:
            BBConvertError: the file is missing, cut short, not ONNX, or is not the graph that `export_onnx` writes for
                this manifest.
        """
        return self._policy[1]

    @cached_property
    def _policy(self) -> tuple[bytes, onnx.ModelProto]:
        path = self._require(POLICY, most=limits.MAX_ONNX_BYTES)
        content = path.read_bytes()
        model = parse_onnx(str(path), content, _AGAIN)
        fault = structure_fault(model, self.manifest)
        if fault is not None:
            raise BBConvertError(f"{path} does not belong to this bundle.json: {fault}. {_AGAIN}")
        return content, model

    def stage(self, file: str) -> bytes:
        """The policy of an earlier stage of its training, as stored.

        Raises:
            BBConvertError: as `policy`.
        """
        path = self._require(file, most=limits.MAX_ONNX_BYTES)
        content = path.read_bytes()
        fault = structure_fault(parse_onnx(str(path), content, _AGAIN), self.manifest)
        if fault is not None:
            raise BBConvertError(f"{path} does not belong to this bundle.json: {fault}. {_AGAIN}")
        return content

    @cached_property
    def golden(self) -> Golden:
        """The recorded rollout.

        Raises:
            BBConvertError: the file is missing, cut short, lacks a tensor, or one has another shape than the manifest
                says or numbers that are not finite.
        """
        path = self._require(GOLDEN, most=limits.MAX_GOLDEN_BYTES)
        try:
            tensors = load_file(path)
            return _checked_golden({field.name: tensors[field.name] for field in fields(Golden)}, self.manifest)
        # A data type that NumPy lacks is an AttributeError of safetensors'.
        except (SafetensorError, KeyError, OSError, ValueError, AttributeError) as error:
            raise BBConvertError(
                f"{path} is not a golden rollout ({error}). Convert or pull the policy again with --force."
            ) from error

    @cached_property
    def pose_bytes(self) -> bytes:
        """`pose.onnx`, the network that sees, as stored; only where the manifest has an `estimator`.

        Raises:
            BBConvertError: the file is missing, cut short, not ONNX, or is not the graph that `pose_model` writes for
                the lens.
        """
        path = self._require(POSE, most=limits.MAX_POSE_BYTES)
        content = path.read_bytes()
        estimator = self.manifest.estimator
        if estimator is None:
            raise BBConvertError(f"{path} is not named in this bundle.json, which has no estimator. {_AGAIN}")
        fault = pose_fault(parse_onnx(str(path), content, _AGAIN), estimator.lens.width)
        if fault is not None:
            raise BBConvertError(f"{path} does not belong to this bundle.json: {fault}. {_AGAIN}")
        return content

    @property
    def tfjs(self) -> Path:
        """The folder of the TF.js model."""
        return self.folder / TFJS

    def _require(self, name: str, *, most: int) -> Path:
        path = self.folder / name
        if not path.is_file():
            raise BBConvertError(f"{self.folder} has no {name}: the bundle is incomplete. Pull it again with --force.")
        size = path.stat().st_size
        if size > most:
            raise BBConvertError(
                f"{path} has {size / 2**20:.0f} MiB, at most {most // 2**20} are expected. Pull it again with --force."
            )
        return path


def _checked_golden(tensors: dict[str, Any], manifest: Manifest) -> Golden:
    """The rollout of these tensors; raises ValueError where it does not fit the manifest."""
    golden = Golden(**tensors)
    steps, reset, float64 = golden.steps, manifest.env.reset, np.dtype(np.float64)
    if not 0 < steps <= limits.MAX_GOLDEN_STEPS:
        raise ValueError(f"it has {steps} steps, expected 1 to {limits.MAX_GOLDEN_STEPS}")
    expected = {
        "seed": ((1,), np.dtype(np.int64)),
        "qpos": ((steps + 1, len(reset.init_qpos)), float64),
        "qvel": ((steps + 1, len(reset.init_qvel)), float64),
        "observation": ((steps + 1, manifest.observation.size), float64),
        "action": ((steps, manifest.action.size), np.dtype(np.float32)),
        "reward": ((steps,), float64),
        "terminated": ((steps,), np.dtype(np.uint8)),
        "truncated": ((steps,), np.dtype(np.uint8)),
    }
    for name, (shape, dtype) in expected.items():
        tensor = tensors[name]
        if (tensor.shape, tensor.dtype) != (shape, dtype):
            raise ValueError(f"{name} is {tensor.dtype}{tensor.shape}, expected {dtype}{shape}")
        if not np.all(np.isfinite(tensor)):
            raise ValueError(f"{name} has numbers that are not finite")
    if golden.seed[0] < 0:
        raise ValueError(f"its seed is {golden.seed[0]}")
    return golden


def open_bundle(folder: str | Path) -> Bundle:
    """Opens the bundle in `folder`: reads and checks its manifest; the other files are read when they are asked for.

    Raises:
        BBConvertError: no bundle there, a manifest that cannot be read, does not parse or validate, or is of a newer
            version.
    """
    folder = Path(folder)
    path = folder / MANIFEST
    if not path.is_file():
        raise BBConvertError(
            f"{folder} is not a bundle: it has no {MANIFEST}. Make one with: bbconvert pull OWNER/REPO. "
            "See what there is: bbconvert list"
        )
    try:
        with path.open("rb") as file:
            raw: Any = bounded_json(file.read(limits.MAX_MANIFEST_BYTES + 1), most=limits.MAX_MANIFEST_BYTES)
    except OSError as error:
        raise BBConvertError(f"{path} cannot be read: {error.strerror or error}.") from error
    except ValueError as error:
        raise BBConvertError(
            f"{path} is cut short or no JSON ({error}). Pull or convert the policy again with --force."
        ) from error
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        got = raw.get("format") if isinstance(raw, dict) else type(raw).__name__
        raise BBConvertError(f"{path} is not a bbconvert bundle: expected format {FORMAT!r}, got {repr(got)[:80]}.")
    version = raw.get("version")
    if isinstance(version, int) and version > VERSION:
        raise BBConvertError(
            f"{path} has version {version}, and this bbconvert reads up to {VERSION}. Upgrade: pip install -U bbconvert"
        )
    try:
        return Bundle(folder, Manifest.model_validate(raw))
    except ValidationError as error:
        first = error.errors()[0]
        what = first["msg"].removeprefix("Value error, ")[:400]
        where = ".".join(str(part) for part in first["loc"])[:200] or "the whole"
        raise BBConvertError(f"{path} is not valid: {where}: {what} ({error.error_count()} in all).") from error


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Writes `bundle.json`."""
    (folder / MANIFEST).write_text(manifest_json(manifest), encoding="utf-8", newline="\n")


def manifest_json(manifest: Manifest) -> str:
    """The text of `bundle.json`; floats in full precision (Python's shortest round-trip form)."""
    document = manifest.model_dump(by_alias=True, mode="json")
    # What a term leaves open takes more room than what it says.
    for section, parts in (
        ("env", ("reset", "reward", "termination", "levels")),
        ("observation", ("terms",)),
        ("parity", ("episodes",)),
        ("training", ("stages",)),
    ):
        if document[section] is None:
            continue
        document[section] |= {part: _said(document[section][part]) for part in parts}
    return _lines(document, 0) + "\n"


def _said(value: Any) -> Any:
    """Without the keys that are null, which are the same to every reader as keys that are missing."""
    if isinstance(value, dict):
        return {name: _said(item) for name, item in value.items() if item is not None}
    return [_said(item) for item in value] if isinstance(value, list) else value


def _lines(value: Any, depth: int) -> str:
    """JSON with a line for what fits in one, and for a list of numbers."""
    flat = json.dumps(value, allow_nan=False)
    numbers = isinstance(value, list) and all(isinstance(item, int | float) for item in value)
    if not isinstance(value, dict | list) or numbers or depth + len(flat) <= _LINE:
        return flat
    inner = "\n" + " " * (depth + 1)
    if isinstance(value, dict):
        items = [f"{json.dumps(name)}: {_lines(item, depth + 1)}" for name, item in value.items()]
        return "{" + inner + f",{inner}".join(items) + "\n" + " " * depth + "}"
    return "[" + inner + f",{inner}".join(_lines(item, depth + 1) for item in value) + "\n" + " " * depth + "]"


def write_golden(folder: Path, golden: Golden) -> None:
    """Writes `golden.safetensors`."""
    tensors = {field.name: np.ascontiguousarray(getattr(golden, field.name)) for field in fields(Golden)}
    # Not by safetensors' own save_file: its file is private to its owner, and it hides why the disk takes no more.
    (folder / GOLDEN).write_bytes(save(tensors))
