"""CleanRL's JAX agents in msgpack: damaged, hostile, or of another kind."""

import struct
from collections.abc import Callable
from pathlib import Path

import msgpack
import numpy as np
import pytest

from bbconvert.convert.checkpoints import read_checkpoint
from bbconvert.convert.errors import BBConvertError
from tests.oracle.test_cleanrl import HIGH, LOW, OBSERVATION
from tests.support.cleanrl_agents import Actor, QNetwork, flax_array, flax_bytes, flax_tree

Trees = list[dict[str, np.ndarray]]


def trees() -> Trees:
    networks = [Actor(OBSERVATION, (16, 8), LOW, HIGH, "fc_mu"), QNetwork(OBSERVATION, 3, (16,))]
    return [flax_tree(network) for network in networks]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ddpg_continuous_action_jax.cleanrl_model"


def test_the_intact_twin_is_read(path: Path) -> None:
    path.write_bytes(flax_bytes(trees()))

    assert read_checkpoint(path).network.actor.widths == [16, 8, 3]


def changed(tree: int, **arrays: np.ndarray | None) -> bytes:
    """The intact agent's bytes with leaves replaced (`Dense_0__kernel=…`) or left out (None)."""
    changed = trees()
    for name, array in arrays.items():
        leaf = name.replace("__", "/")
        if array is None:
            del changed[tree][leaf]
        else:
            changed[tree][leaf] = array
    return flax_bytes(changed)


def packed(leaf: object) -> bytes:
    return bytes(msgpack.packb({"0": {"params": {"Dense_0": {"kernel": leaf}}}}))


def ext(code: int, *triple: object) -> msgpack.ExtType:
    return msgpack.ExtType(code, msgpack.packb(triple))


NAN = np.full((16, 8), np.nan, np.float32)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (lambda: flax_bytes(trees())[:-100], "is damaged or cut short"),
        (lambda: flax_bytes(trees()) + b"more", "is damaged or cut short"),
        (lambda: b"\x81\xa10" + b"\x91" * 2000, "is damaged or cut short"),
        (lambda: b"\x81\xa10\xdd" + struct.pack(">I", 2**31), "is damaged or cut short"),
        (lambda: b"\x81\xa10\xdf" + struct.pack(">I", 2**31), "is damaged or cut short"),
        (lambda: packed("text"), "0/params/Dense_0/kernel is a str, not an array"),
        (lambda: packed(ext(2, 1.0, 2.0)), "extension of type 2"),
        (lambda: packed(ext(1, [2], "object", bytes(16))), "has the dtype object"),
        (lambda: packed(ext(1, [2**40], "float32", bytes(16))), r"shape \[1099511627776\] has 4 numbers"),
        (lambda: packed(ext(1, [-2, -2], "float32", bytes(16))), r"has the shape \[-2, -2\]"),
        (lambda: packed(flax_array(np.zeros((4, 2), np.float32))), "dqn_jax"),
        (lambda: flax_bytes(trees()[:1]), "an actor 0/params/Dense_0/kernel, … and its critics"),
        (lambda: changed(0, Dense_1__kernel=NAN), r"0/params/Dense_1/kernel has 128 weights of 128 that are NaN"),
        (
            lambda: changed(0, Dense_1__kernel=np.zeros((9, 8), np.float32)),
            "Dense_1 takes 9 numbers, but the layer before it gives 16",
        ),
        (lambda: changed(0, Dense_1__bias=None), r"Dense_1 is not a dense layer: weight \(8, 16\), bias none"),
        (lambda: changed(0, Dense_1__kernel=None), "has 0/params/Dense_1/bias but not 0/params/Dense_1/kernel"),
        (lambda: changed(1, Dense_0__kernel=np.zeros((9, 16), np.float32)), "maps 14 to 1; found .* maps 9 to 1"),
        (lambda: changed(0, Conv_0__kernel=np.zeros((3, 3, 4, 8), np.float32)), "a convolution; the policy"),
        (lambda: changed(0, LSTMCell_0__kernel=np.zeros((3, 3), np.float32)), r"it is recurrent \(0/params/LSTMCell_0"),
        (lambda: changed(0, LayerNorm_0__scale=np.ones(8, np.float32)), "not a continuous-control MLP that bbconvert"),
    ],
)
def test_what_is_no_such_agent_is_refused_in_words(content: Callable[[], bytes], words: str, path: Path) -> None:
    path.write_bytes(content())

    with pytest.raises(BBConvertError, match=words):
        read_checkpoint(path)
