"""A bundle on disk: whole, readable by anybody, and the default one fresh."""

import json
import shutil
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from bbconvert.convert.bundle.bundle import MANIFEST, Bundle, open_bundle
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.manifest import Manifest
from bbconvert.convert.shipped import DEFAULT_BUNDLE
from bbconvert.mjcf.humanoid_balance.environment import SCENE
from bbconvert.mjcf.humanoid_balance.make_scene import scene
from tests.support.command_line import CommandLine
from tests.support.repository import ROOT


def test_the_schema_in_docs_is_the_manifest_of_the_code() -> None:
    schema = Manifest.model_json_schema(by_alias=True, mode="serialization")
    assert json.loads((ROOT / "docs" / "bundle.schema.json").read_text()) == schema


def test_the_scene_is_what_its_script_makes_of_gymnasiums() -> None:
    assert SCENE.read_text() == scene()


def test_the_default_bundle_is_what_convert_makes_of_the_weights(bbconvert: CommandLine, tmp_path: Path) -> None:
    out = tmp_path / "again"
    weights = ROOT / "policies" / "humanoid-balance" / "ppo-HumanoidBalance-v0.zip"
    done = bbconvert("convert", weights, "--env", "bbconvert/HumanoidBalance-v0", "--out", out)
    assert done.returncode == 0, done.stderr
    for name in ("policy.onnx", "tfjs/model.json", "tfjs/weights.bin", "scene.xml", "golden.safetensors"):
        assert (out / name).read_bytes() == (DEFAULT_BUNDLE / name).read_bytes(), name
    again, shipped = open_bundle(out).manifest, open_bundle(DEFAULT_BUNDLE).manifest
    same = {"name", "title", "parity", "created_with"}
    assert again.model_dump(exclude=same) == shipped.model_dump(exclude=same)


def test_policy_onnx_plays_without_bbconvert(humanoid: Bundle) -> None:
    golden = humanoid.golden
    session = onnxruntime.InferenceSession(humanoid.folder / "policy.onnx")
    for step in (0, 17, 200):
        action = session.run(["action"], {"observation": golden.observation[step : step + 1]})[0]
        np.testing.assert_array_equal(action[0], golden.action[step])


def test_the_golden_rollout_goes_on_past_termination(humanoid: Bundle) -> None:
    golden = humanoid.golden
    assert golden.steps == 300
    assert golden.terminated.argmax() < 200
    assert golden.observation.shape == (301, 376)
    assert golden.action.dtype == np.float32


def test_the_card_of_a_bundle_has_its_parity_table(humanoid: Bundle) -> None:
    card = (humanoid.folder / "README.md").read_text()
    assert card.startswith("---\nlibrary_name: bbconvert\n")
    for check in humanoid.manifest.parity.checks:
        assert check.name in card


def test_unknown_keys_are_ignored_and_a_newer_version_is_refused(tmp_path: Path) -> None:
    folder = shutil.copytree(DEFAULT_BUNDLE, tmp_path / "copy")
    raw = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps({**raw, "colour": "green"}))
    assert open_bundle(folder).manifest == open_bundle(DEFAULT_BUNDLE).manifest
    (folder / MANIFEST).write_text(json.dumps({**raw, "version": 3}))
    with pytest.raises(BBConvertError, match="has version 3, and this bbconvert reads up to 2"):
        open_bundle(folder)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "cut short or no JSON"),
        ("[]", "not a bbconvert bundle"),
        ('{"format": "other"}', "got 'other'"),
        ('{"format": "bbconvert-bundle", "version": 1}', "is not valid: name: Field required"),
    ],
)
def test_a_broken_manifest_is_refused_in_words(content: str, message: str, tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text(content)
    with pytest.raises(BBConvertError, match=message):
        open_bundle(tmp_path)


def test_a_cut_golden_rollout_is_refused_in_words(tmp_path: Path) -> None:
    folder = shutil.copytree(DEFAULT_BUNDLE, tmp_path / "copy")
    path = folder / "golden.safetensors"
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(BBConvertError, match="is not a golden rollout"):
        _ = open_bundle(folder).golden
