"""An LSTM and a GRU before the actor: in NumPy, in policy.onnx and in tfjs/, held to torch's own modules."""

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.export.onnx_export import export_onnx
from bbconvert.convert.export.tfjs_export import export_tfjs, read_tfjs
from bbconvert.convert.manifest import Action, Normalization
from bbconvert.convert.network import PolicyNetwork, RecurrentKind
from bbconvert.convert.numpy_network import network_outputs
from bbconvert.convert.rollout.policy import OnnxPolicy, onnx_session, outputs_of
from bbconvert.convert.torch_network import PolicyModule
from tests.support.networks import seeded_mlp, seeded_recurrent

KINDS = [("lstm", 1), ("gru", 1), ("lstm", 2), ("gru", 3)]
ACTION = Action(size=3, low=[-9.0] * 3, high=[9.0] * 3, transform="clip", names=["a", "b", "c"])
NONE = Normalization(mode="none")


def _network(kind: RecurrentKind, layers: int = 1) -> PolicyNetwork:
    return PolicyNetwork(seeded_mlp(0, (16, 8, 3), "elu"), recurrent=seeded_recurrent(0, kind, 6, 16, layers))


def _observations(steps: int = 200) -> np.ndarray:
    return np.random.default_rng(1).normal(size=(steps, 6)).astype(np.float32).astype(np.float64)


def _export(network: PolicyNetwork) -> onnx.ModelProto:
    return export_onnx(network, NONE, ACTION, {})


@pytest.mark.parametrize(("kind", "layers"), KINDS)
def test_a_sequence_has_the_outputs_that_torch_gives(kind: RecurrentKind, layers: int) -> None:
    network, observations = _network(kind, layers), _observations()
    with torch.no_grad():
        expected = PolicyModule(network).double()(torch.from_numpy(observations)).numpy()
        single = PolicyModule(network)(torch.from_numpy(observations.astype(np.float32))).numpy()
    np.testing.assert_allclose(network_outputs(network, observations), expected, atol=1e-13)
    np.testing.assert_allclose(network_outputs(network, observations.astype(np.float32)), single, atol=1e-4)
    (played,) = outputs_of(onnx_session(_export(network)), ["pre_action"], observations)
    np.testing.assert_allclose(played, expected, atol=1e-13)


@pytest.mark.parametrize(("kind", "layers"), KINDS)
def test_what_it_saw_before_matters_until_the_episode_begins_anew(kind: RecurrentKind, layers: int) -> None:
    policy, observations = OnnxPolicy(_export(_network(kind, layers)), NONE), _observations(20)
    first = [policy(observation) for observation in observations]
    assert np.any(policy(observations[0]) != first[0]), "twenty steps later it answers the same observation otherwise"
    policy.begin()
    again = [policy(observation) for observation in observations]
    np.testing.assert_array_equal(again, first)
    np.testing.assert_array_equal(policy.actions(observations), first)


@pytest.mark.parametrize(("kind", "layers"), KINDS)
def test_tfjs_gives_back_the_network_to_the_last_bit(kind: RecurrentKind, layers: int, tmp_path: Path) -> None:
    network = _network(kind, layers)
    export_tfjs(network, tmp_path)
    again = read_tfjs(tmp_path)
    assert again.recurrent is not None
    assert network.recurrent is not None
    assert again.recurrent.kind == kind
    assert len(again.recurrent.layers) == layers
    assert again.actor.activation == "elu"
    for name, part in network.recurrent.parts.items():
        np.testing.assert_array_equal(again.recurrent.parts[name], part)
    for got, expected in zip(again.actor.layers, network.actor.layers, strict=True):
        np.testing.assert_array_equal(got.weight, expected.weight)


def test_a_gate_that_is_missing_is_refused_in_words(tmp_path: Path) -> None:
    export_tfjs(_network("gru"), tmp_path)
    path = tmp_path / "model.json"
    path.write_text(path.read_text().replace("recurrent_0_hidden_update_gate", "recurrent_0_hidden_other_gate"))
    with pytest.raises(BBConvertError, match=r"is not a TF\.js Layers model"):
        read_tfjs(tmp_path)
