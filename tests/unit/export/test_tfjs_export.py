"""The TF.js writer against Python's own tensorflowjs, whose output is committed in tests/oracle/tfjs_fixtures/."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.export.tfjs_export import export_tfjs, read_tfjs
from bbconvert.convert.network import PolicyNetwork
from tests.support.networks import TFJS_CASES, seeded_mlp
from tests.support.repository import ROOT

FIXTURES = ROOT / "tests" / "oracle" / "tfjs_fixtures"
TRAINING_ONLY = {
    "kernel_initializer",
    "bias_initializer",
    "kernel_regularizer",
    "bias_regularizer",
    "activity_regularizer",
    "kernel_constraint",
    "bias_constraint",
}


def topology(model: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    layers = model["modelTopology"]["model_config"]["config"]["layers"]
    return [
        (layer["class_name"], {name: v for name, v in layer["config"].items() if name not in TRAINING_ONLY})
        for layer in layers
    ]


@pytest.mark.parametrize("name", TFJS_CASES)
def test_topology_and_weight_bytes_are_those_of_tensorflowjs(name: str, tmp_path: Path) -> None:
    export_tfjs(PolicyNetwork(actor=TFJS_CASES[name]), tmp_path)
    ours = json.loads((tmp_path / "model.json").read_text())
    theirs = json.loads((FIXTURES / name / "model.json").read_text())
    assert ours["format"] == theirs["format"]
    assert topology(ours) == topology(theirs)
    assert ours["weightsManifest"][0]["weights"] == theirs["weightsManifest"][0]["weights"]
    assert (tmp_path / "weights.bin").read_bytes() == (FIXTURES / name / "weights.bin").read_bytes()


def test_another_network_has_other_weight_bytes(tmp_path: Path) -> None:
    export_tfjs(PolicyNetwork(actor=seeded_mlp(99, (5, 8, 8, 3), "tanh")), tmp_path)
    assert (tmp_path / "weights.bin").read_bytes() != (FIXTURES / "tanh" / "weights.bin").read_bytes()


def test_reading_gives_back_the_network_to_the_last_bit(tmp_path: Path) -> None:
    mlp = TFJS_CASES["tanh"]
    export_tfjs(PolicyNetwork(actor=mlp), tmp_path)
    again = read_tfjs(tmp_path).actor
    assert again.activation == mlp.activation
    for got, expected in zip(again.layers, mlp.layers, strict=True):
        np.testing.assert_array_equal(got.weight, expected.weight)
        np.testing.assert_array_equal(got.bias, expected.bias)


def test_a_cut_weights_file_is_refused_in_words(tmp_path: Path) -> None:
    export_tfjs(PolicyNetwork(actor=TFJS_CASES["relu"]), tmp_path)
    path = tmp_path / "weights.bin"
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(BBConvertError, match=r"has 43 numbers, model\.json asks for 44"):
        read_tfjs(tmp_path)
