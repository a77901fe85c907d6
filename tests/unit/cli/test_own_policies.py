"""`bbconvert convert` and `inspect` on files that are of no repository: ONNX, flax, state_dict, safetensors."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper
from safetensors.torch import save_file

from bbconvert.convert.bundle.bundle import open_bundle
from bbconvert.convert.cli.inspect import inspect
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.verify.original import original_check
from tests.support.cleanrl_agents import Actor, QNetwork, flax_bytes, flax_tree
from tests.support.command_line import CommandLine
from tests.unit.checkpoints.test_onnx_file import exported
from tests.unit.checkpoints.test_state_dict import policy

HOPPER, OBSERVATION, ACTION = "Hopper-v4", 11, 3


def own_onnx(path: Path) -> None:
    torch.manual_seed(4)
    torch_policy = torch.nn.Sequential(policy(OBSERVATION, 16, 16, ACTION), torch.nn.Tanh())
    exported(torch_policy, path, example=torch.zeros(1, OBSERVATION))


def own_state_dict(path: Path) -> None:
    torch.manual_seed(4)
    torch.save(policy(OBSERVATION, 16, ACTION).state_dict(), path)


def own_safetensors(path: Path) -> None:
    torch.manual_seed(4)
    save_file(policy(OBSERVATION, 16, ACTION).state_dict(), path)


def own_flax(path: Path) -> None:
    torch.manual_seed(4)
    one = torch.ones(ACTION)
    networks = [Actor(OBSERVATION, (16, 16), -one, one, "fc_mu"), QNetwork(OBSERVATION, ACTION, (16,))]
    path.write_bytes(flax_bytes([flax_tree(network) for network in networks]))


SAID = ("--activation", "elu", "--output", "tanh")


@pytest.mark.parametrize(
    ("write", "options", "source"),
    [
        (own_onnx, (), ("onnx", "unknown", "elu")),
        (own_flax, (), ("cleanrl", "ddpg_continuous_action_jax", "relu")),
        (own_state_dict, SAID, ("torch", "unknown", "elu")),
        (own_safetensors, SAID, ("torch", "unknown", "elu")),
    ],
)
def test_a_policy_of_ones_own_becomes_a_bundle_that_holds(
    write: Callable[[Path], None], options: tuple[str, ...], source: tuple[str, str, str], bbconvert: CommandLine
) -> None:
    write(bbconvert.cwd / "policy")

    result = bbconvert("convert", "policy", "--env", HOPPER, *options, "--out", "out")

    assert result.returncode == 0, result.stderr
    manifest = open_bundle(bbconvert.cwd / "out").manifest
    assert (manifest.source.library, manifest.source.algorithm, manifest.network.activation) == source
    assert (manifest.action.transform, manifest.action.scale, manifest.action.bias) == ("tanh", [1.0] * 3, [0.0] * 3)
    assert all(check.ok for check in manifest.parity.checks)


def test_an_onnx_policy_is_held_to_the_file_it_came_from(bbconvert: CommandLine) -> None:
    path = bbconvert.cwd / "policy.onnx"
    own_onnx(path)
    assert bbconvert("convert", path, "--env", HOPPER, "--out", "out").returncode == 0
    bundle = open_bundle(bbconvert.cwd / "out")

    (held,) = [check for check in bundle.manifest.parity.checks if "policy.onnx as it was given" in check.name]
    assert held.n > 2000
    assert held.ok

    model = onnx.load(path)
    bias = next(tensor for tensor in model.graph.initializer if len(tensor.dims) == 1 and tensor.dims[0] == ACTION)
    moved = numpy_helper.to_array(bias) + np.array([0.0, 0.05, 0.0], np.float32)
    bias.CopyFrom(numpy_helper.from_array(moved, bias.name))
    onnx.save(model, path)
    assert not original_check(bundle, path).ok


@pytest.mark.parametrize("write", [own_onnx, own_flax])
def test_a_policy_for_another_environment_says_the_sizes(write: Callable[[Path], None], bbconvert: CommandLine) -> None:
    write(bbconvert.cwd / "policy")

    result = bbconvert("convert", "policy", "--env", "Walker2d-v4", "--out", "out")

    assert (result.returncode, result.stdout) == (1, "")
    assert "maps 11 observations to 3 actions, the environment has 17 and 6" in result.stderr
    assert not (bbconvert.cwd / "out").exists()


def test_a_bundle_made_with_another_activation_is_not_kept_for_this_one(bbconvert: CommandLine) -> None:
    own_state_dict(bbconvert.cwd / "policy.pth")
    convert = ("convert", "policy.pth", "--env", HOPPER, "--output", "tanh", "--out", "out", "--activation")
    assert bbconvert(*convert, "elu").returncode == 0

    assert "was kept" in bbconvert(*convert, "elu").stderr
    other = bbconvert(*convert, "relu")

    assert other.returncode == 1
    assert "out exists with activation elu; asked for was relu. Replace it with --force" in other.stderr


@pytest.mark.parametrize(
    ("write", "expected"),
    [
        (own_onnx, {"format": "onnx", "layers": [11, 16, 16, 3], "activation": "elu", "output": "tanh, stretched"}),
        (own_flax, {"format": "flax", "layers": [11, 16, 16, 3], "algorithm": "ddpg_continuous_action_jax"}),
        (own_state_dict, {"format": "torch", "layers": [11, 16, 3], "next": "--activation NAME"}),
        (own_safetensors, {"format": "safetensors", "layers": [11, 16, 3], "next": "--output clip"}),
    ],
)
def test_inspect_shows_what_is_in_each_format(
    write: Callable[[Path], None], expected: dict[str, object], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "policy")

    inspect(str(tmp_path / "policy"), json=True)

    shown = json.loads(capsys.readouterr().out)
    for name, value in expected.items():
        assert value in shown[name] if isinstance(value, str) else shown[name] == value


def test_inspect_refuses_what_no_reader_knows(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")

    with pytest.raises(BBConvertError, match=r"no format that bbconvert.*of Brax and no expert of CS 285"):
        inspect(str(tmp_path / "thesis.txt"))
