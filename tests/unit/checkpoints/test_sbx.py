"""SBX's zips, written by hand: read without JAX, and refused in words where they are not what they should be."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from bbconvert.convert.checkpoints import read_checkpoint
from bbconvert.convert.checkpoints.file_format import file_format
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.safety.limits import MAX_LAYERS
from tests.fuzz.generate import sbx
from tests.fuzz.generate.pickle_tree import Build, Global, NewObject, Reduce, assemble
from tests.fuzz.generate.zips import Entry, archive


def written(path: Path, algorithm: str, **changed: Any) -> Path:
    """The zip of an agent, with parts of its policy replaced."""
    pickled = assemble(sbx.policy(Random(1), algorithm, **{"widths": [4], **changed}), 4)
    path.write_bytes(sbx.zip_of(sbx.data(algorithm, pickled)))
    return path


def with_data(change: Callable[[dict[str, Any]], object] = lambda _: None) -> bytes:
    document = sbx.data("sac", assemble(sbx.policy(Random(1), "sac"), 4))
    change(document)
    return sbx.zip_of(document)


@pytest.mark.parametrize("algorithm", sbx.ACTORS)
def test_an_agent_is_read_where_there_is_no_jax(
    algorithm: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for package in ("jax", "flax", "optax", "sbx", "cloudpickle"):
        monkeypatch.setitem(sys.modules, package, None)
    path = tmp_path / "agent.zip"
    path.write_bytes(sbx.valid_of(Random(3), algorithm))

    checkpoint = read_checkpoint(path)

    assert (checkpoint.library, checkpoint.algorithm) == ("sbx", algorithm)
    assert (checkpoint.network.inputs, checkpoint.network.actor.widths[-1]) == (sbx.OBSERVATIONS, sbx.ACTIONS)
    assert (checkpoint.network.squash is None) == (algorithm == "ppo")
    assert (checkpoint.network.critic is not None) == (algorithm == "ppo")


@pytest.mark.parametrize(
    ("activation", "expected"),
    [
        (sbx.relu(), "relu"),
        (sbx.jitted("tanh", "jax._src.numpy.ufuncs"), "tanh"),
        (Global("jax._src.nn.functions", "silu"), "silu"),
        (sbx.partial(sbx.jitted("gelu"), {"approximate": False}), "gelu"),
    ],
)
def test_an_activation_is_known_however_jax_pickles_it(activation: Any, expected: str, tmp_path: Path) -> None:
    path = written(tmp_path / "agent.zip", "sac", activation=activation)

    assert read_checkpoint(path).network.actor.activation == expected


def test_a_batch_normalisation_that_is_off_changes_nothing(tmp_path: Path) -> None:
    """Its first one is there all the same."""
    plain = read_checkpoint(written(tmp_path / "sac.zip", "sac", widths=[]))
    dummy = read_checkpoint(written(tmp_path / "crossq.zip", "crossq", widths=[], use_batch_norm=False))

    np.testing.assert_array_equal(dummy.network.actor.layers[0].weight, plain.network.actor.layers[0].weight)


WRONG = sbx.jax_array((3, 4, 2, 2), [0.5] * 48)
NAN = sbx.jax_array((4,), [float("nan")] * 4)
SIMBA = Build(NewObject(Global("sbx.common.policies", "SimbaSquashedGaussianActor")), {"net_arch": [4]})
LAYER_NORM: dict[str, Any] = {"LayerNorm_0": {}, "Dense_0": {}, "Dense_1": {}, "Dense_2": {}}


@pytest.mark.parametrize(
    ("algorithm", "changed", "words"),
    [
        ("sac", {"actor": Reduce(Global("os", "system"), ("true",))}, "asks to call os.system, and was not loaded"),
        ("sac", {"activation": Reduce(Global("builtins", "eval"), ("1",))}, "asks to call builtins.eval"),
        ("sac", {"activation": Global("mine", "swish")}, "asks to call mine.swish"),
        ("sac", {"activation": sbx.jitted("gelu")}, "its activation is gelu; bbconvert knows relu, tanh"),
        ("sac", {"activation": sbx.jitted("relu", "__main__")}, "its activation is __main__.relu"),
        ("sac", {"activation": sbx.partial(sbx.jitted("leaky_relu"), {"negative_slope": 0.2})}, "a functools.partial"),
        ("sac", {"activation": sbx.jitted("relu").state["fun"]}, "its activation is a function of one's own"),
        ("sac", {"activation": sbx.jitted("relu", [[]])}, "its activation is a jaxlib._jax.PjitFunction"),
        ("sac", {"activation": 3}, "its activation is a int"),
        ("sac", {"actor": SIMBA}, "its actor is sbx.common.policies.SimbaSquashedGaussianActor"),
        ("sac", {"actor": None}, "its actor is not an object with attributes"),
        ("sac", {"actor_state": {}}, "its actor_state is not an object with attributes"),
        ("sac", {"params": {"params": 3}}, "its actor_state has no tree of parameters"),
        ("sac", {"params": {"params": LAYER_NORM}}, "has Dense_0, Dense_1, Dense_2, LayerNorm_0, expected Dense_0"),
        ("sac", {"net_arch": [4, 4]}, "has Dense_0, Dense_1, Dense_2, expected Dense_0, Dense_1, Dense_2, Dense_3"),
        ("sac", {"net_arch": [1] * MAX_LAYERS}, "its net_arch is not a list of fewer than 64 widths"),
        ("td3", {"Dense_0": {"kernel": WRONG}}, "a convolution"),
        ("td3", {"Dense_0": {"bias": NAN}}, "has no Dense_0/kernel"),
        ("td3", {"Dense_0": {"kernel": [1.0], "bias": NAN}}, "a list stands where an array is expected"),
        ("td3", {"kernel": sbx.jax_array((4,), [1.0] * 4)}, "Dense_0 is not a dense layer"),
        ("td3", {"kernel": sbx.jax_array((3, 4), [1.0] * 12), "bias": sbx.jax_array((4,), [1.0] * 4)}, "takes 3"),
        ("td3", {"bias": NAN}, "Dense_0/bias has 4 weights of 4 that are NaN"),
        ("ppo", {"log_std": sbx.jax_array((1,), [0.0])}, "the deviation is not 2 finite numbers"),
        ("ppo", {"log_std": sbx.jax_array((2,), [0.0, float("inf")])}, "log_std has 1 weights of 2 that are NaN"),
        ("ppo", {"vf": 3}, "its vf is not an object with attributes"),
        ("crossq", {"var": sbx.jax_array((3,), [-1.0] * 3)}, "no variance is negative"),
        ("crossq", {"mean": sbx.jax_array((5,), [1.0] * 5)}, "has a mean of shape (5,)"),
        ("crossq", {"batch_stats": {}}, "has no BatchRenorm_0/mean"),
    ],
)
def test_a_bad_policy_is_refused_in_words(algorithm: str, changed: Any, words: str, tmp_path: Path) -> None:
    path = written(tmp_path / "agent.zip", algorithm, **changed)

    with pytest.raises(BBConvertError) as told:
        read_checkpoint(path)

    assert words in str(told.value)
    assert str(path) in str(told.value)


INTACT = with_data()
NOT_SBX = [Entry("data", json.dumps(sbx.data("sac", b"")).replace("sbx.sac", "mine").encode())]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (INTACT[:-200], "damaged or cut short"),
        (with_data(lambda data: data.pop("policy")), "its data has no pickled policy"),
        (with_data(lambda data: data.update(policy={":serialized:": "é"})), "not in base64"),
        (with_data(lambda data: data.update(policy={":serialized:": "gAWV"})), "or is damaged ("),
        (with_data(lambda data: data["action_space"].update({":type:": "gymnasium.spaces.Discrete"})), "is a Discrete"),
        (with_data(lambda data: data["observation_space"].update(_shape=[3, 84, 84])), "a Box of shape [3, 84, 84]"),
        (archive(NOT_SBX), "has no policy.pth; it has data"),
    ],
)
def test_a_bad_zip_is_refused_in_words(content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "agent.zip"
    path.write_bytes(content)
    assert file_format(path) == "stable-baselines3"

    with pytest.raises(BBConvertError) as told:
        read_checkpoint(path)

    assert words in str(told.value)
