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

from convert.errors import BBConvertError
from convert.manifest import FILENAME, FORMAT, VERSION, Manifest
from convert.onnx_export import OPERATORS
from convert.onnx_safety import parse_onnx
from convert.rollout import Golden

MANIFEST = FILENAME
POLICY = "policy.onnx"
TFJS = "tfjs"
SCENE = "scene.xml"
GOLDEN = "golden.safetensors"
README = "README.md"

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
            BBConvertError: the file is missing, cut short, not ONNX, or refers to anything outside of itself.
        """
        return self._policy[1]

    @cached_property
    def _policy(self) -> tuple[bytes, onnx.ModelProto]:
        path = self._require(POLICY)
        content = path.read_bytes()
        model = parse_onnx(str(path), content, _AGAIN, OPERATORS)
        n = self.manifest.observation.size
        inputs = {info.name: info.type.tensor_type for info in model.graph.input}
        outputs = {info.name: info.type.tensor_type.elem_type for info in model.graph.output}
        observation = inputs.get("observation")
        if (
            observation is None
            or observation.elem_type != onnx.TensorProto.DOUBLE
            or [dim.dim_value for dim in observation.shape.dim][1:] != [n]
            or (outputs.get("action"), outputs.get("pre_action")) != (onnx.TensorProto.FLOAT, onnx.TensorProto.DOUBLE)
        ):
            raise BBConvertError(
                f"{path} does not map an `observation` [batch, {n}] float64 to an `action` float32 and a `pre_action` "
                f"float64: it belongs to another bundle. {_AGAIN}"
            )
        return content, model

    @cached_property
    def golden(self) -> Golden:
        """The recorded rollout.

        Raises:
            BBConvertError: the file is missing, cut short, or lacks a tensor.
        """
        path = self._require(GOLDEN)
        try:
            tensors = load_file(path)
            return Golden(**{field.name: tensors[field.name] for field in fields(Golden)})
        except (SafetensorError, KeyError, OSError) as error:
            raise BBConvertError(
                f"{path} is no golden rollout ({error}). Convert or pull the policy again with --force."
            ) from error

    @property
    def tfjs(self) -> Path:
        """The folder of the TF.js model."""
        return self.folder / TFJS

    def _require(self, name: str) -> Path:
        path = self.folder / name
        if not path.is_file():
            raise BBConvertError(f"{self.folder} has no {name}: the bundle is incomplete. Pull it again with --force.")
        return path


def open_bundle(folder: Path) -> Bundle:
    """Opens the bundle in `folder`.

    Raises:
        BBConvertError: no bundle there, a manifest that does not parse or validate, or one of a newer version.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise BBConvertError(
            f"{folder} is no bundle: it has no {MANIFEST}. Make one with: bbconvert pull OWNER/REPO. "
            "See what there is: bbconvert list"
        )
    try:
        raw: Any = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BBConvertError(
            f"{path} is cut short or no JSON ({error}). Pull or convert the policy again with --force."
        ) from error
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        got = raw.get("format") if isinstance(raw, dict) else type(raw).__name__
        raise BBConvertError(f"{path} is no bbconvert bundle: expected format {FORMAT!r}, got {got!r}.")
    version = raw.get("version")
    if isinstance(version, int) and version > VERSION:
        raise BBConvertError(
            f"{path} has version {version}, and this bbconvert reads up to {VERSION}. Upgrade: pip install -U bbconvert"
        )
    try:
        return Bundle(folder, Manifest.model_validate(raw))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BBConvertError(f"{path} is not valid: {where}: {first['msg']} ({error.error_count()} in all).") from error


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Writes `bundle.json`."""
    (folder / MANIFEST).write_text(manifest_json(manifest), encoding="utf-8", newline="\n")


def manifest_json(manifest: Manifest) -> str:
    """The text of `bundle.json`; floats in full precision (Python's shortest round-trip form)."""
    return json.dumps(manifest.model_dump(by_alias=True, mode="json"), indent=1, allow_nan=False) + "\n"


def write_golden(folder: Path, golden: Golden) -> None:
    """Writes `golden.safetensors`."""
    tensors = {field.name: np.ascontiguousarray(getattr(golden, field.name)) for field in fields(Golden)}
    # Not by safetensors' own save_file: its file is private to its owner, and it hides why the disk takes no more.
    (folder / GOLDEN).write_bytes(save(tensors))
