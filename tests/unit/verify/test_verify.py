"""Verification holds for an intact bundle, and fails for each number that is changed."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from safetensors.numpy import load_file, save_file

from bbconvert.convert.bundle.bundle import GOLDEN, MANIFEST, POLICY, open_bundle
from bbconvert.convert.parity import Check, Level
from bbconvert.convert.shipped import DEFAULT_BUNDLE
from bbconvert.convert.verify import verify_bundle
from bbconvert.convert.verify.check import largest_difference, unequal
from tests.support.command_line import CommandLine


@pytest.fixture
def copy(tmp_path: Path, small_bundle: Path) -> Path:
    """A copy of the small bundle to spoil."""
    return shutil.copytree(small_bundle, tmp_path / "copy")


def failing(folder: Path, level: Level) -> list[Check]:
    return [check for check in verify_bundle(open_bundle(folder), (level,), lambda _: None) if not check.ok]


def golden_edit(name: str, index: tuple[int, ...], change: float) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        tensors = load_file(folder / GOLDEN)
        tensors[name] = tensors[name].copy()
        tensors[name][index] += np.asarray(change, tensors[name].dtype)
        save_file(tensors, folder / GOLDEN)

    return edit


def weight_edit(folder: Path) -> None:
    model = onnx.load(folder / POLICY)
    tensor = next(tensor for tensor in model.graph.initializer if tensor.name == "actor.0.weight")
    weight = numpy_helper.to_array(tensor).copy()
    weight[3, 7] += np.float32(1e-3)
    tensor.CopyFrom(numpy_helper.from_array(weight, tensor.name))
    onnx.save(model, folder / POLICY)


def tfjs_edit(folder: Path) -> None:
    path = folder / "tfjs" / "weights.bin"
    weights = np.frombuffer(path.read_bytes(), np.float32).copy()
    weights[5] += np.float32(1e-3)
    path.write_bytes(weights.tobytes())


def term_edit(folder: Path) -> None:
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["observation"]["terms"][1]["function"] = "sin"
    (folder / MANIFEST).write_text(json.dumps(manifest))


def return_edit(folder: Path) -> None:
    manifest = json.loads((folder / MANIFEST).read_text())
    episodes = manifest["parity"]["episodes"]
    episodes["returns"][4] += 1e-5
    episodes["partial_returns"][4] = [value + 1e-5 for value in episodes["partial_returns"][4]]
    (folder / MANIFEST).write_text(json.dumps(manifest))


@pytest.mark.slow
def test_every_python_level_of_the_default_bundle_holds() -> None:
    checks = verify_bundle(open_bundle(DEFAULT_BUNDLE), ("network", "observation", "rollout"), lambda _: None)
    assert [check for check in checks if not check.ok] == []
    assert {check.level for check in checks} == {"network", "observation", "rollout"}
    network = next(check for check in checks if check.name.startswith("pre-transform action of"))
    assert network.n >= 4096


@pytest.mark.parametrize(
    ("level", "edit", "row"),
    [
        ("network", weight_edit, "pre-transform action of"),
        ("network", tfjs_edit, "pre-transform action of"),
        ("observation", term_edit, "11 numbers against Gymnasium's"),
        ("rollout", golden_edit("qpos", (0, 4), 1e-12), "golden qpos"),
        ("rollout", golden_edit("qvel", (40, 2), 1e-12), "golden qvel"),
        ("rollout", golden_edit("observation", (17, 8), 1e-9), "golden observation"),
        ("rollout", golden_edit("reward", (3,), 1e-12), "golden reward"),
        ("rollout", golden_edit("terminated", (5,), 1), "golden terminated"),
        ("rollout", golden_edit("action", (9, 2), 1e-6), "golden action from policy.onnx"),
        ("rollout", weight_edit, "golden action from policy.onnx"),
        ("rollout", return_edit, "returns of closed-loop episodes"),
    ],
)
def test_one_changed_number_fails_its_row(level: Level, edit: Callable[[Path], None], row: str, copy: Path) -> None:
    edit(copy)
    assert any(check.name.startswith(row) for check in failing(copy, level))


def test_the_command_exits_3_and_says_which_check_failed(bbconvert: CommandLine, copy: Path) -> None:
    golden_edit("reward", (3,), 1e-12)(copy)
    done = bbconvert("verify", copy, "--level", "rollout", "--json")
    assert done.returncode == 3
    document = json.loads(done.stdout)
    assert document["ok"] is False
    assert [check["name"] for check in document["checks"] if not check["ok"]] == ["golden reward"]


def test_the_command_prints_one_json_document_and_exits_0_when_all_hold(bbconvert: CommandLine) -> None:
    done = bbconvert("verify", DEFAULT_BUNDLE, "--level", "network", "--json")
    assert done.returncode == 0
    document = json.loads(done.stdout)
    assert document["ok"] is True
    assert set(document["checks"][0]) == {"level", "name", "metric", "value", "tolerance", "n", "ok"}


def test_without_a_browser_all_levels_exit_1_and_name_the_install(bbconvert: CommandLine, tmp_path: Path) -> None:
    done = bbconvert("verify", DEFAULT_BUNDLE, "--level", "all", PATH=str(tmp_path))
    assert done.returncode == 1
    assert "No Chrome or Chromium is installed" in done.stderr
    assert "apt-get install chromium" in done.stderr
    assert done.stdout == ""


def test_a_row_fails_for_other_shapes_and_for_nan() -> None:
    three = np.zeros((3, 2))
    assert not largest_difference("network", "x", three, np.zeros((3, 1)), 1.0).ok
    assert not largest_difference("network", "x", three, np.full((3, 2), np.nan), 1.0).ok
    assert not unequal("network", "x", three, three.astype(np.float32)).ok
    assert unequal("network", "x", three, -three).value == 6, "minus zero is not zero to the last bit"


def test_a_row_names_the_place_of_the_largest_difference() -> None:
    got = np.zeros((4, 5))
    got[2, 3] = 0.5
    row = largest_difference("rollout", "x", got, np.zeros((4, 5)), 1e-6)
    assert (row.metric, row.value, row.ok) == ("max |Δ| (at 2, 3)", 0.5, False)
