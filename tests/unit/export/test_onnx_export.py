"""policy.onnx in ONNX Runtime against NumPy and torch, and back into a network."""

import numpy as np
import onnx
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bbconvert.convert.export.onnx_export import export_onnx
from bbconvert.convert.manifest import Action, Normalization
from bbconvert.convert.network import PolicyNetwork, Squash
from bbconvert.convert.rollout.policy import onnx_session
from bbconvert.convert.torch_network import torch_module
from bbconvert.observation.normalization import normalize
from tests.support.networks import seeded_mlp, seeded_policy

ACTION = Action(size=3, low=[-0.4, -1.0, -2.0], high=[0.4, 1.0, 2.0], transform="clip", names=["a", "b", "c"])
FROZEN = Normalization(
    mode="frozen", mean=[0.5, -1.0, 0.0, 3.0, 1e-3], var=[1.0, 1e-6, 4.0, 0.0, 2.0], epsilon=1e-8, clip=10.0
)


def normalized(observations: np.ndarray) -> np.ndarray:
    assert FROZEN.mean is not None
    assert FROZEN.var is not None
    return normalize(observations, np.array(FROZEN.mean), np.array(FROZEN.var), FROZEN.epsilon, FROZEN.clip)


@settings(max_examples=60)
@given(hnp.arrays(np.float64, (4, 5), elements=st.floats(-1e6, 1e6)))
def test_the_graph_computes_what_torch_computes_in_float64(observations: np.ndarray) -> None:
    network = seeded_policy(5, (5, 16, 16, 3))
    session = onnx_session(export_onnx(network, FROZEN, ACTION, {}))
    action, pre_action = session.run(["action", "pre_action"], {"observation": observations})
    with torch.no_grad():
        expected = torch_module(network.actor).double()(torch.from_numpy(normalized(observations)).double()).numpy()
    np.testing.assert_allclose(pre_action, expected, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(action, np.clip(pre_action, ACTION.low, ACTION.high).astype(np.float32))


def test_a_changed_weight_changes_the_output() -> None:
    network = seeded_policy(5, (5, 16, 16, 3))
    layers = list(network.actor.layers)
    weight = layers[0].weight.copy()
    weight[0, 2] += np.float32(1e-3)
    other = PolicyNetwork(actor=type(network.actor)((type(layers[0])(weight, layers[0].bias), *layers[1:]), "tanh"))
    feeds = {"observation": np.array([FROZEN.mean]) + np.array([0.0, 0.0, 2.0, 0.0, 0.0])}
    one, two = (
        onnx_session(export_onnx(n, FROZEN, ACTION, {})).run(["pre_action"], feeds)[0] for n in (network, other)
    )
    assert np.max(np.abs(one - two)) > 1e-6


def test_running_mode_normalises_with_the_statistics_it_is_fed() -> None:
    network = seeded_policy(6, (5, 8, 3))
    running = Normalization(mode="running", epsilon=FROZEN.epsilon, clip=FROZEN.clip)
    observations = np.random.default_rng(0).normal(size=(16, 5))
    feeds = {"observation": observations, "obs_mean": np.array(FROZEN.mean), "obs_var": np.array(FROZEN.var)}
    running_action = onnx_session(export_onnx(network, running, ACTION, {})).run(["action"], feeds)[0]
    frozen_action = onnx_session(export_onnx(network, FROZEN, ACTION, {})).run(
        ["action"], {"observation": observations}
    )
    np.testing.assert_array_equal(running_action, frozen_action[0])


def test_a_squashed_action_is_tanh_rescaled_to_the_bounds() -> None:
    network = PolicyNetwork(actor=seeded_mlp(7, (5, 8, 3), "relu"), squash=Squash(None, None))
    action = ACTION.model_copy(update={"transform": "tanh", "scale": [0.4, 1.0, 2.0], "bias": [0.0, 0.0, 0.0]})
    session = onnx_session(export_onnx(network, Normalization(mode="none"), action, {}))
    got, pre = session.run(["action", "pre_action"], {"observation": np.full((2, 5), 0.3)})
    np.testing.assert_allclose(got, np.tanh(pre) * np.array([0.4, 1.0, 2.0]), rtol=1e-6)


def test_optional_outputs_are_there_exactly_when_the_checkpoint_has_them() -> None:
    names = {
        tuple(output.name for output in export_onnx(network, FROZEN, ACTION, {}).graph.output)
        for network in (seeded_policy(5, (5, 8, 3)), seeded_policy(5, (5, 8, 3), critic=True, stochastic=True))
    }
    assert names == {("action", "pre_action"), ("action", "pre_action", "log_std", "value")}


def test_weights_are_stored_as_float32_and_layers_compute_in_float64() -> None:
    model = export_onnx(seeded_policy(5, (5, 8, 3)), FROZEN, ACTION, {"bbconvert:env": "X-v0"})
    types = {t.name: t.data_type for t in model.graph.initializer if t.name.startswith("actor.")}
    assert set(types.values()) == {onnx.TensorProto.FLOAT}
    inferred = onnx.shape_inference.infer_shapes(model)
    gemm_outputs = {node.output[0] for node in model.graph.node if node.op_type == "Gemm"}
    infos = [*inferred.graph.value_info, *inferred.graph.output]
    assert {i.type.tensor_type.elem_type for i in infos if i.name in gemm_outputs} == {onnx.TensorProto.DOUBLE}
    assert {p.key: p.value for p in model.metadata_props}["bbconvert:env"] == "X-v0"


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_actions_never_leave_their_bounds(share: float) -> None:
    network = seeded_policy(8, (5, 8, 3))
    observation = np.full((1, 5), 1e9 * share)
    action = onnx_session(export_onnx(network, FROZEN, ACTION, {})).run(["action"], {"observation": observation})[0]
    assert np.all(action >= np.array(ACTION.low, np.float32))
    assert np.all(action <= np.array(ACTION.high, np.float32))
