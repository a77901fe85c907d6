"""Every reader of untrusted bytes, with what makes inputs for it."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch

# What readers import when they are first called is imported once, before children are forked.
import bbconvert.convert.checkpoints.brax
import bbconvert.convert.checkpoints.cleanrl_actor
import bbconvert.convert.checkpoints.cleanrl_jax
import bbconvert.convert.checkpoints.flax_file
import bbconvert.convert.checkpoints.onnx_file
import bbconvert.convert.checkpoints.safetensors_file
import bbconvert.convert.checkpoints.sb3
import bbconvert.convert.checkpoints.state_dict
import bbconvert.convert.checkpoints.torchscript
import bbconvert.convert.checkpoints.training_checkpoint  # noqa: F401
from bbconvert.convert.bundle.bundle import open_bundle
from bbconvert.convert.bundle.library import index_json, open_library
from bbconvert.convert.bundle.summary import bundle_summary
from bbconvert.convert.checkpoints import read_checkpoint
from bbconvert.convert.checkpoints.checkpoint import Unsaid
from bbconvert.convert.checkpoints.companions import read_companions
from bbconvert.convert.checkpoints.state_dict import UnsaidError
from bbconvert.convert.checkpoints.vec_normalize import read_vec_normalize
from bbconvert.convert.environments.environment import environment_spec
from bbconvert.convert.export.tfjs_export import read_tfjs
from bbconvert.convert.hub.model_card import read_model_card
from bbconvert.convert.rollout.policy import OnnxPolicy
from bbconvert.convert.shipped import CART_POLE_BUNDLE
from tests.fuzz.expectations import (
    CANARY,
    CANARY_TEXT,
    check_checkpoint,
    check_json,
    check_normalization,
    check_plain,
    check_published,
    require,
)
from tests.fuzz.generate import (
    brax,
    bundle_files,
    card,
    cs285,
    flax,
    hub_answer,
    manifest,
    onnx_graph,
    safetensors_bytes,
    sb3,
    sbx,
    scene,
    torch_file,
    torchscript,
    training,
    vec_normalize,
    yaml_text,
)
from tests.fuzz.hub_client import read_hub_answer

torch.set_num_threads(1)

Generate = Callable[[Random], bytes]


@dataclass(frozen=True)
class Reader:
    """A reader and its inputs.

    Args:
        filename: what the file is called that it reads.
        read: reads it, and raises InvalidResultError where the result breaks a promise.
        valid: a small intact file.
        hostile: one that knows the format.
        prepare: writes what stands beside the file.
    """

    filename: str
    read: Callable[[Path], object]
    valid: Generate
    hostile: Generate
    prepare: Callable[[Path], None]


def _canaries(folder: Path) -> None:
    """Files beside the input and above it, of which nothing may come out."""
    for place, text in ((folder, "beside"), (folder.parent, CANARY_TEXT)):
        (place / onnx_graph.CANARY).write_bytes(np.full(1024, CANARY, np.float32).tobytes())
        xml = f'<mujocoinclude><custom><text name="c" data="{text}"/></custom></mujocoinclude>'
        (place / "canary.xml").write_text(xml)


def _bundle_folder(folder: Path) -> None:
    shutil.copytree(manifest.BUNDLE, folder, dirs_exist_ok=True)
    _canaries(folder)


def _checkpoint(path: Path) -> None:
    try:
        checkpoint = read_checkpoint(path)
    except UnsaidError:
        # A person says then what the file does not.
        checkpoint = read_checkpoint(path, unsaid=Unsaid(activation="tanh", output="clip"))
    check_checkpoint(checkpoint)


def _vec_normalize(path: Path) -> None:
    found = read_vec_normalize(path)
    check_normalization(found.statistics, found.epsilon, found.clip)


def _companions(path: Path) -> None:
    for name in ("config.yml", "env_kwargs.yml"):
        shutil.copyfile(path, path.with_name(name))
    found = read_companions(path.with_name("agent.zip"))
    check_plain([found.env_id, found.env_kwargs, found.normalizes, found.wrappers, found.unreadable])


def _card(path: Path) -> None:
    found = read_model_card(path)
    check_published(found.published)
    check_plain([found.env_id, found.algorithm, found.library, found.license, found.hyperparameters])


def _manifest(path: Path) -> None:
    """The bundle itself, and the list of bundles beside an intact one, which leaves a bad one out."""
    library, _ = open_library([CART_POLE_BUNDLE, path.parent])
    check_json(index_json(library))
    bundle = open_bundle(path.parent)
    check_plain(bundle_summary(bundle.manifest))


def _policy(path: Path) -> None:
    bundle = open_bundle(path.parent)
    require(bundle.policy is not None, "a policy is read")
    policy = OnnxPolicy(bundle.policy_bytes, bundle.manifest.normalization, bundle.manifest.observation.zeroed)
    action = policy(np.zeros(bundle.manifest.observation.size))
    require(CANARY not in action, "nothing of another file is read")


def _golden(path: Path) -> None:
    golden = open_bundle(path.parent).golden
    require(golden.steps >= 0, "a rollout has steps")


def _tfjs(path: Path) -> None:
    (path.parent / "tfjs").mkdir(exist_ok=True)
    shutil.copyfile(path, path.parent / "tfjs" / "model.json")
    read_tfjs(path.parent / "tfjs")


def _scene(path: Path) -> None:
    of_a_stranger: dict[str, Any] = {"own_files": path.parent}
    spec = environment_spec("Hopper-v5", {"xml_file": path.name}, **of_a_stranger)
    require(CANARY_TEXT.encode() not in bytes(spec.model.text_data), "nothing of another file is read")


READERS = {
    "vec-normalize": Reader("vec_normalize.pkl", _vec_normalize, vec_normalize.valid, vec_normalize.hostile, _canaries),
    "torch-zip": Reader("td3.cleanrl_model", _checkpoint, torch_file.valid_zip, torch_file.hostile_zip, _canaries),
    "torch-legacy": Reader("td3.pt", _checkpoint, torch_file.valid_legacy, torch_file.hostile_legacy, _canaries),
    "torchscript": Reader("policy.pt", _checkpoint, torchscript.valid, torchscript.hostile, _canaries),
    "training-checkpoint": Reader("model_1.pt", _checkpoint, training.valid, training.hostile, _canaries),
    "sb3-zip": Reader("agent.zip", _checkpoint, sb3.valid, sb3.hostile, _canaries),
    "sbx-zip": Reader("agent.zip", _checkpoint, sbx.valid, sbx.hostile, _canaries),
    "flax": Reader("td3_jax.cleanrl_model", _checkpoint, flax.valid, flax.hostile, _canaries),
    "cs285": Reader("expert.pkl", _checkpoint, cs285.valid, cs285.hostile, _canaries),
    "brax": Reader("policy.params", _checkpoint, brax.valid, brax.hostile, _canaries),
    "safetensors": Reader(
        "policy.safetensors", _checkpoint, safetensors_bytes.valid, safetensors_bytes.hostile, _canaries
    ),
    "onnx": Reader("policy.onnx", _checkpoint, onnx_graph.valid, onnx_graph.hostile, _canaries),
    "companions": Reader("args.yml", _companions, yaml_text.valid, yaml_text.hostile, _canaries),
    "model-card": Reader("README.md", _card, card.valid, card.hostile, _canaries),
    "hub-answer": Reader("answer.json", read_hub_answer, hub_answer.valid, hub_answer.hostile, _canaries),
    "bundle-manifest": Reader("bundle.json", _manifest, manifest.valid, manifest.hostile, _bundle_folder),
    "bundle-policy": Reader(
        "policy.onnx", _policy, bundle_files.valid_policy, bundle_files.hostile_policy, _bundle_folder
    ),
    "bundle-golden": Reader(
        "golden.safetensors", _golden, bundle_files.valid_golden, bundle_files.hostile_golden, _bundle_folder
    ),
    "bundle-tfjs": Reader("model.json", _tfjs, bundle_files.valid_tfjs, bundle_files.hostile_tfjs, _bundle_folder),
    "scene": Reader("scene.xml", _scene, scene.valid, scene.hostile, _canaries),
}
