"""Every activation in torch, in ONNX Runtime (native and in WASM) and in TensorFlow.js: one network, four runtimes."""

import json
import subprocess
from pathlib import Path
from typing import get_args

import numpy as np
import onnx
import pytest
import torch

from bbconvert.convert.activation import Activation
from bbconvert.convert.export.onnx_export import export_onnx
from bbconvert.convert.export.tfjs_export import export_tfjs, read_tfjs
from bbconvert.convert.manifest import Action, Network, Normalization
from bbconvert.convert.network import MLP, PolicyNetwork
from bbconvert.convert.rollout.policy import onnx_session
from bbconvert.convert.torch_network import torch_module
from tests.support.networks import seeded_mlp
from tests.support.repository import ROOT

ACTIVATIONS: tuple[Activation, ...] = get_args(Activation)
ACTION = Action(size=3, low=[-1.0] * 3, high=[1.0] * 3, transform="clip", names=["a", "b", "c"])
# From the part where every activation is curved to the part where exponentials overflow if written carelessly.
OBSERVATIONS = np.concatenate(
    [np.random.default_rng(0).normal(0, scale, (8, 5)).astype(np.float32) for scale in (0.01, 1, 10, 1000)]
).astype(np.float64)
SOFTPLUS = 3e-9
"""torch's Softplus is x itself beyond 20: off by as much as that."""


def exported(activation: Activation) -> onnx.ModelProto:
    return export_onnx(PolicyNetwork(actor=network(activation)), Normalization(mode="none"), ACTION, {})


def network(activation: Activation) -> MLP:
    return seeded_mlp(11, (5, 16, 16, 3), activation)


def expected(activation: Activation) -> np.ndarray:
    with torch.no_grad():
        outputs: np.ndarray = torch_module(network(activation)).double()(torch.from_numpy(OBSERVATIONS)).numpy()
    return outputs


def relative_difference(got: np.ndarray, activation: Activation) -> float:
    wanted = expected(activation)
    assert got.shape == wanted.shape
    assert np.all(np.isfinite(got))
    return float(np.max(np.abs(got - wanted) / (1 + np.abs(wanted))))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_onnx_runtime_computes_each_activation_in_float64(activation: Activation) -> None:
    (got,) = onnx_session(exported(activation)).run(["pre_action"], {"observation": OBSERVATIONS})

    assert got.dtype == np.float64
    assert relative_difference(got, activation) <= (SOFTPLUS if activation == "softplus" else 1e-12)


def test_no_two_activations_compute_the_same() -> None:
    outputs = [expected(activation) for activation in ACTIVATIONS]
    distances = [np.max(np.abs(a - b)) for i, a in enumerate(outputs) for b in outputs[:i]]

    assert min(distances) > 1e-2


def test_the_manifest_knows_the_same_activations() -> None:
    assert get_args(Network.model_fields["activation"].annotation) == ACTIVATIONS


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_reading_a_tfjs_folder_gives_its_activation_back(activation: Activation, tmp_path: Path) -> None:
    export_tfjs(PolicyNetwork(actor=network(activation)), tmp_path)

    again = read_tfjs(tmp_path).actor

    assert again.activation == activation
    assert len(again.layers) == 3


def test_the_browsers_runtimes_compute_each_activation(tmp_path: Path) -> None:
    for activation in ACTIVATIONS:
        folder = tmp_path / activation
        export_tfjs(PolicyNetwork(actor=network(activation)), folder / "tfjs")
        onnx.save(exported(activation), folder / "policy.onnx")
        (folder / "observations.json").write_text(json.dumps(OBSERVATIONS.tolist()))

    subprocess.run(["node", ROOT / "web" / "test" / "support" / "activations.mjs", tmp_path], check=True, timeout=100)

    for activation in ACTIVATIONS:
        outputs = json.loads((tmp_path / activation / "outputs.json").read_text())
        onnx_web, tfjs = (np.array(outputs[runtime]).reshape(-1, 3) for runtime in ("onnx", "tfjs"))
        native = onnx_session(exported(activation)).run(["pre_action"], {"observation": OBSERVATIONS})[0]
        np.testing.assert_allclose(onnx_web, native, rtol=1e-13, atol=1e-13, err_msg=activation)
        assert relative_difference(tfjs, activation) <= 1e-5, activation
