"""A robot's policy as Brax saves it is the policy that MuJoCo Playground exports: Go1's, in either form."""

from pathlib import Path

import numpy as np
import pytest

from bbconvert.convert.bundle.bundle import Bundle, open_bundle
from bbconvert.convert.checkpoints import read_checkpoint
from bbconvert.convert.conversion import RobotFiles
from bbconvert.convert.local_file import convert_file
from bbconvert.convert.network import Dense
from bbconvert.convert.progress import CallbackProgress
from tests.support.brax_params import jax_array, network, statistics, write_params
from tests.support.repository import ROOT


@pytest.fixture
def exported(shared_robots: Path) -> Path:
    """What Playground exported."""
    return shared_robots / "playground_go1" / "go1_policy.onnx"


@pytest.fixture
def params(exported: Path, tmp_path: Path) -> Path:
    """The same numbers as training has them: each layer's kernel, and deviations behind the means."""
    checkpoint = read_checkpoint(exported)
    assert checkpoint.statistics is not None
    mean, std = (part.astype(np.float32) for part in (checkpoint.statistics.mean, checkpoint.statistics.var**0.5))
    *hidden, last = checkpoint.network.actor.layers
    both = Dense(np.vstack([last.weight, -last.weight]), np.concatenate([last.bias, last.bias - 1]))
    layers = network([(layer.weight.T, layer.bias) for layer in (*hidden, both)])
    several = (
        {"privileged_state": jax_array(np.ones(123, np.float32)), "state": jax_array(part)} for part in (mean, std)
    )
    value = network([(np.ones((123, 1), np.float32), np.ones(1, np.float32))])
    return write_params(tmp_path / "go1.params", statistics(*several), layers, value)


def test_the_network_is_the_exported_one_to_the_last_bit(exported: Path, params: Path) -> None:
    onnx, brax = read_checkpoint(exported), read_checkpoint(params)

    assert brax.network.actor.activation == onnx.network.actor.activation == "silu"
    for ours, theirs in zip(brax.network.actor.layers, onnx.network.actor.layers, strict=True):
        np.testing.assert_array_equal(ours.weight, theirs.weight)
        np.testing.assert_array_equal(ours.bias, theirs.bias)
    assert brax.network.squash is not None
    assert onnx.network.squash is not None
    np.testing.assert_array_equal(brax.network.squash.scale, onnx.network.squash.scale)
    np.testing.assert_array_equal(brax.network.squash.bias, onnx.network.squash.bias)
    assert brax.statistics is not None
    assert onnx.statistics is not None
    np.testing.assert_array_equal(brax.statistics.mean, onnx.statistics.mean)
    # The export multiplies by the float32 nearest to 1 / std.
    np.testing.assert_allclose(brax.statistics.var, onnx.statistics.var, rtol=2e-7)
    assert brax.network.critic is None, "it sees what the policy does not"


def test_it_walks_in_its_loop_as_the_exported_one_does(
    exported: Path, params: Path, go1: Bundle, tmp_path: Path
) -> None:
    """Converting verifies it: nothing is written where a check does not hold."""
    scene, loop = exported.parent / "scene_mjx_feetonly_flat_terrain.xml", ROOT / "examples" / "robots" / "go1.yaml"
    files = RobotFiles(scene, loop, 1500)

    told = CallbackProgress(None)
    bundle = open_bundle(convert_file(params, "go1", robot=files, out=tmp_path / "go1", sandbox=False, progress=told))

    assert (bundle.manifest.source.library, bundle.manifest.source.algorithm) == ("brax", "ppo")
    assert all(check.ok for check in bundle.manifest.parity.checks)
    assert not np.any(bundle.golden.terminated)
    np.testing.assert_array_equal(bundle.golden.observation[0], go1.golden.observation[0])
    np.testing.assert_allclose(bundle.golden.action[:10], go1.golden.action[:10], rtol=0, atol=1e-4)
