"""ONNX policies of one's own: what torch exports, and graphs written by hand, against the file in ONNX Runtime."""

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from bbconvert.convert.activation import Activation
from bbconvert.convert.checkpoints import read_checkpoint
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.export.onnx_export import export_onnx
from bbconvert.convert.manifest import Action, Normalization
from bbconvert.convert.network import PolicyNetwork, Squash
from bbconvert.convert.rollout.policy import onnx_session
from bbconvert.convert.torch_network import activation_module
from tests.support.networks import seeded_mlp
from tests.unit.checkpoints.test_activations import ACTIVATIONS

OBSERVATIONS = np.random.default_rng(0).normal(0, 1, (50, 5))
BOUNDS = [0.4, 1.0]


class Policy(nn.Module):
    """Normalisation, layers and squash, each of them optional."""

    def __init__(self, activation: Activation, *, normalized: bool = False, squash: bool = True) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.net = nn.Sequential(
            nn.Linear(5, 8), activation_module(activation), nn.Linear(8, 8), activation_module(activation),
            nn.Linear(8, 2),
        )  # fmt: skip
        self.normalized, self.squash = normalized, squash

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.normalized:
            mean, std = torch.linspace(-1, 1, 5), torch.linspace(0.5, 2, 5)
            x = torch.clamp((x - mean) / std, -0.7, 0.7)
        x = self.net(x)
        return torch.tanh(x) * torch.tensor(BOUNDS) + 0.1 if self.squash else torch.clamp(x, -0.3, 0.3)


def exported(policy: nn.Module, path: Path, example: torch.Tensor | None = None) -> None:
    """What torch.onnx.export writes; `example` is an observation [1, n]."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter that needs no further package is the older one
        observation = torch.zeros(1, 5) if example is None else example
        torch.onnx.export(policy, (observation,), path, dynamo=False, input_names=["obs"])


def original(path: Path) -> np.ndarray:
    session = onnx_session(path.read_bytes())
    name = session.get_inputs()[0].name
    rows = [session.run(None, {name: row[None].astype(np.float32)})[0] for row in OBSERVATIONS]
    return np.concatenate(rows)


def converted(path: Path) -> np.ndarray:
    """The actions of policy.onnx, for an environment whose bounds cut nothing off."""
    checkpoint = read_checkpoint(path)
    squash, statistics = checkpoint.network.squash, checkpoint.statistics
    action = Action(
        size=2, low=[-9.0] * 2, high=[9.0] * 2, names=["a", "b"], pre_clip=checkpoint.network.pre_clip,
        transform="tanh" if squash else "clip",
        scale=squash.scale.tolist() if squash and squash.scale is not None else None,
        bias=squash.bias.tolist() if squash and squash.bias is not None else None,
    )  # fmt: skip
    normalization = Normalization(mode="none")
    if statistics is not None:
        normalization = Normalization(
            mode="frozen", mean=statistics.mean.tolist(), var=statistics.var.tolist(), epsilon=checkpoint.epsilon,
            clip=checkpoint.clip,
        )  # fmt: skip
    model = export_onnx(checkpoint.network, normalization, action, {})
    actions: np.ndarray = onnx_session(model).run(["action"], {"observation": OBSERVATIONS})[0]
    return actions


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_what_torch_exports_is_read_with_each_activation(activation: Activation, tmp_path: Path) -> None:
    exported(Policy(activation), tmp_path / "policy.onnx")

    assert read_checkpoint(tmp_path / "policy.onnx").network.actor.activation == activation
    np.testing.assert_allclose(converted(tmp_path / "policy.onnx"), original(tmp_path / "policy.onnx"), atol=1e-6)


@pytest.mark.parametrize("squash", [True, False])
@pytest.mark.parametrize("normalized", [True, False])
def test_normalisation_and_squash_inside_the_file_are_read(normalized: bool, squash: bool, tmp_path: Path) -> None:
    path = tmp_path / "policy.onnx"
    exported(Policy("tanh", normalized=normalized, squash=squash), path)

    checkpoint = read_checkpoint(path)

    assert checkpoint.normalizes is normalized
    assert checkpoint.clip == (pytest.approx(0.7) if normalized else None)
    assert checkpoint.network.pre_clip == (None if squash else pytest.approx(0.3))
    assert "Read obs [1, 5] float" in checkpoint.notes[0]
    np.testing.assert_allclose(converted(path), original(path), rtol=0, atol=1e-6)


@pytest.mark.parametrize("activation", ["tanh", "elu", "silu"])
def test_bbconverts_own_policy_is_read_back_to_the_last_bit(activation: Activation, tmp_path: Path) -> None:
    network = PolicyNetwork(actor=seeded_mlp(5, (5, 8, 8, 2), activation), squash=Squash(None, None))
    action = Action(
        size=2, low=[-1.0] * 2, high=[1.0] * 2, transform="tanh", scale=[1.0] * 2, bias=[0.0] * 2, names=["a", "b"]
    )
    frozen = Normalization(mode="frozen", mean=[0.5] * 5, var=[2.0] * 5, clip=10.0)
    onnx.save(export_onnx(network, frozen, action, {}), tmp_path / "policy.onnx")

    again = read_checkpoint(tmp_path / "policy.onnx")

    assert again.network.actor.activation == activation
    for got, expected in zip(again.network.actor.layers, network.actor.layers, strict=True):
        np.testing.assert_array_equal(got.weight, expected.weight)
        np.testing.assert_array_equal(got.bias, expected.bias)
    assert again.statistics is not None
    np.testing.assert_allclose(again.statistics.var, 2.0 + 1e-8, rtol=1e-15)


# Graphs by hand: nodes from `x` to `y`, with the constants w [5, 5], b [5] and two [1].

Nodes = Sequence[onnx.NodeProto]


def node(op: str, inputs: str, output: str, **attributes: Any) -> onnx.NodeProto:
    return helper.make_node(op, inputs.split(), [output], name=f"/{output}", **attributes)


def write(path: Path, *nodes: onnx.NodeProto, inputs: Sequence[str] = ("x",), outputs: Sequence[str] = ("y",)) -> None:
    rng = np.random.default_rng(1)
    constants = {"w": rng.normal(size=(5, 5)), "b": rng.normal(size=5), "two": np.array([2.0])}
    graph = helper.make_graph(
        list(nodes),
        "policy",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 5]) for name in inputs],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 5]) for name in outputs],
        [numpy_helper.from_array(array.astype(np.float32), name) for name, array in constants.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


LAYER = [node("MatMul", "x w", "m"), node("Add", "m b", "h")]


def test_matmul_and_add_make_a_layer_and_cast_and_identity_change_nothing(tmp_path: Path) -> None:
    path = tmp_path / "policy.onnx"
    write(path, node("Identity", "x", "i"), node("MatMul", "i w", "m"), node("Add", "b m", "h"),
          node("Relu", "h", "r"), node("Cast", "r", "c", to=TensorProto.FLOAT), node("Gemm", "c w b", "y"))  # fmt: skip

    actor = read_checkpoint(path).network.actor

    assert (actor.widths, actor.activation) == ([5, 5], "relu")
    rng = np.random.default_rng(1)
    np.testing.assert_array_equal(actor.layers[0].weight, rng.normal(size=(5, 5)).astype(np.float32).T)
    hidden = np.maximum(OBSERVATIONS @ actor.layers[0].weight.T + actor.layers[0].bias, 0)
    expected = hidden @ actor.layers[1].weight.T + actor.layers[1].bias
    np.testing.assert_allclose(original(path), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("nodes", "words"),
    [
        ([*LAYER, node("Softmax", "h", "s"), node("Gemm", "s w b", "y")], r"Softmax \(/s\) between two layers cannot"),
        ([*LAYER, node("Softmax", "h", "y")], r"Softmax \(/y\) stands behind the last layer"),
        ([*LAYER, node("Tanh", "h", "t"), node("Gemm", "t w b", "g"), node("Relu", "g", "r"),
          node("Gemm", "r w b", "y")], r"different activations between its layers \(relu, tanh\)"),
        ([*LAYER, node("Gemm", "h w b", "g"), node("Add", "g h", "y")], r"Add \(/y\) takes more than the"),
        ([node("Gemm", "x x", "y")], r"Gemm \(/y\) takes more than the"),
        ([*LAYER, node("Gemm", "h w b", "y", alpha=0.5)], r"Gemm \(/y\) is scaled or transposed"),
        ([node("Sin", "x", "s"), node("Gemm", "s w b", "y")], r"Sin \(/s\) stands before the first layer"),
        ([*LAYER, node("LeakyRelu", "h", "r", alpha=0.3), node("Gemm", "r w b", "y")], r"LeakyRelu \(/r\) between"),
        ([*LAYER, node("Tanh", "h", "t"), node("Clip", "t", "y2"), node("Min", "y2 two", "z"), node("Neg", "z", "y")],
         r"Neg \(/y\) stands behind"),
        ([node("RandomNormalLike", "x", "r"), node("Gemm", "r w b", "y")], r"RandomNormalLike \(/r\) stands before"),
        ([node("LSTM", "x w w", "y", hidden_size=5)], r"it has no Gemm and no MatMul, only LSTM \(/y\)"),
        ([node("Conv", "x w", "y")], r"it has no Gemm and no MatMul, only Conv \(/y\)"),
        ([node("Relu", "b", "y")], r"Relu \(/y\), of constants, is not one that is computed"),
        ([node("Gemm", "x w b", "h"), node("Max", "h b", "y")], r"its output is clipped to"),
        ([node("Mul", "x b", "n"), node("Gemm", "n w b", "y")], r"divides by numbers that are not positive"),
    ],
)  # fmt: skip
def test_an_operator_that_no_such_policy_has_is_refused_by_name(nodes: Nodes, words: str, tmp_path: Path) -> None:
    write(tmp_path / "policy.onnx", *nodes)

    with pytest.raises(BBConvertError, match=words):
        read_checkpoint(tmp_path / "policy.onnx")


def test_several_inputs_or_outputs_are_refused_unless_one_is_the_action(tmp_path: Path) -> None:
    path = tmp_path / "policy.onnx"
    write(path, *LAYER, node("Add", "h state", "y"), inputs=("x", "state"))
    with pytest.raises(BBConvertError, match=r"found x \[batch, 5\] float; state .* A policy with a memory"):
        read_checkpoint(path)
    write(path, *LAYER, node("Tanh", "h", "y"), outputs=("y", "h"))
    with pytest.raises(BBConvertError, match="which output is the action"):
        read_checkpoint(path)
    write(path, *LAYER, node("Tanh", "h", "action"), outputs=("h", "action"))
    assert read_checkpoint(path).network.squash is not None


def nan_weights(model: onnx.ModelProto) -> None:
    weights = numpy_helper.to_array(model.graph.initializer[0]).copy()
    weights[1, 2] = np.nan
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(weights, "w"))


def external(model: onnx.ModelProto) -> None:
    model.graph.initializer[0].data_location = TensorProto.EXTERNAL


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (nan_weights, r"Gemm \(/y\): weight has 1 weights of 25 that are NaN"),
        (external, r"w is kept in another file"),
        (lambda model: model.graph.node[0].input.__setitem__(1, "nowhere"), "is not a valid ONNX file"),
    ],
)
def test_a_damaged_file_is_refused_in_words_and_the_intact_one_read(
    damage: Callable[[onnx.ModelProto], None], words: str, tmp_path: Path
) -> None:
    path = tmp_path / "policy.onnx"
    write(path, node("Gemm", "x w b", "y"))
    model = onnx.load(path)
    assert read_checkpoint(path).network.actor.widths == [5]

    damage(model)
    path.write_bytes(model.SerializeToString())

    with pytest.raises(BBConvertError, match=words):
        read_checkpoint(path)


def test_weights_beside_the_file_are_read_under_its_name_alone(tmp_path: Path) -> None:
    path = tmp_path / "policy.onnx"
    write(path, node("Gemm", "x w b", "y"))
    expected = read_checkpoint(path).network.actor.layers[0].weight
    model = onnx.load(path)
    onnx.save(model, path, save_as_external_data=True, location="policy.onnx.data", size_threshold=0)
    np.testing.assert_array_equal(read_checkpoint(path).network.actor.layers[0].weight, expected)

    data = tmp_path / "policy.onnx.data"
    content = data.read_bytes()
    data.write_bytes(content[:-4])
    with pytest.raises(BBConvertError, match="is kept in another file"):
        read_checkpoint(path)
    data.unlink()
    (tmp_path / "elsewhere").write_bytes(content)
    data.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BBConvertError, match="is kept in another file"):
        read_checkpoint(path)
    data.unlink()
    onnx.save(model, path, save_as_external_data=True, location="secret.bin", size_threshold=0)
    with pytest.raises(BBConvertError, match="is kept in another file"):
        read_checkpoint(path)


def test_a_file_that_is_cut_short_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "policy.onnx"
    write(path, node("Gemm", "x w b", "y"))
    path.write_bytes(path.read_bytes()[:-60])

    with pytest.raises(BBConvertError, match="is not a valid ONNX file, or is damaged or cut short"):
        read_checkpoint(path)
