"""What a bundle carries as proof: `parity.json`, a badge, and what is certified and what is not."""

import json
import shutil
from importlib.metadata import version
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bbconvert.convert.bundle.bundle import Bundle, open_bundle
from bbconvert.convert.bundle.proof import certified, not_claimed, parity_json, parity_svg, proof_files
from bbconvert.convert.files.digest import sha256_of
from bbconvert.convert.shipped import CART_POLE_BUNDLE, SHIPPED


@pytest.fixture
def bundle() -> Bundle:
    return open_bundle(CART_POLE_BUNDLE)


def _with(bundle: Bundle, **changes: object) -> Bundle:
    parity = bundle.manifest.parity.model_copy(update=changes)
    return Bundle(bundle.folder, bundle.manifest.model_copy(update={"parity": parity}))


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_what_ships_carries_its_proof(folder: Path) -> None:
    for name, text in proof_files(open_bundle(folder)).items():
        assert (folder / name).read_text(encoding="utf-8") == text


def test_the_document_says_what_was_compared_and_of_which_files(bundle: Bundle) -> None:
    document = json.loads(parity_json(bundle))

    assert document["ok"] is True
    assert document["env_id"] == "bbconvert/CartPole-v0"
    row = document["checks"][0]
    assert row.keys() == {"level", "name", "metric", "value", "tolerance", "n", "ok"}
    assert document["sha256"]["policy.onnx"] == sha256_of(bundle.folder / "policy.onnx")
    assert document["sha256"].keys() >= {"scene.xml", "golden.safetensors", "tfjs/weights.bin"}
    assert document["versions"]["mujoco"] == version("mujoco")
    assert len(document["certified"]) == 3
    assert any("real robot" in words for words in document["not_claimed"])


def test_the_badge_says_how_many_checks_hold_and_is_red_where_one_does_not(bundle: Bundle) -> None:
    checks = bundle.manifest.parity.checks
    failing = [checks[0].model_copy(update={"ok": False}), *checks[1:]]

    said = {
        state: "".join(ElementTree.fromstring(parity_svg(_with(bundle, checks=given).manifest)).itertext())
        for state, given in (("holds", checks), ("fails", failing), ("none", []))
    }

    assert f"{len(checks)} checks hold" in said["holds"]
    assert f"1 of {len(checks)} checks fail" in said["fails"]
    assert "not verified" in said["none"]


def test_a_level_that_fails_is_not_certified(bundle: Bundle) -> None:
    checks = [check.model_copy(update={"ok": check.level != "rollout"}) for check in bundle.manifest.parity.checks]

    failed = _with(bundle, checks=checks)

    assert json.loads(parity_json(failed))["ok"] is False
    assert certified(failed.manifest) == [
        "`policy.onnx` acts as the checkpoint",
        "observation, reward and ending are Gymnasium's",
    ]


def test_an_environment_of_ones_own_is_its_authors_word(bundle: Bundle, tmp_path: Path) -> None:
    folder = shutil.copytree(bundle.folder, tmp_path / "bundle")
    manifest = bundle.manifest
    env = manifest.env.model_copy(update={"id": "mine:Robot-v0"})
    own = Bundle(folder, manifest.model_copy(update={"env": env}))

    assert "its author's word" in not_claimed(own.manifest)[0]
    assert "its author's word" not in " ".join(not_claimed(manifest))
