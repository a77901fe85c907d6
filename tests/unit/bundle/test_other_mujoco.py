"""A bundle of another MuJoCo is named, with both releases."""

import json
import shutil
from importlib.metadata import version

from bbconvert.convert.bundle.bundle import open_bundle, write_manifest
from bbconvert.convert.bundle.other_mujoco import other_mujoco
from bbconvert.convert.shipped import CART_POLE_BUNDLE
from tests.support.command_line import CommandLine


def test_verify_names_the_mujoco_that_a_bundle_was_made_with(bbconvert: CommandLine) -> None:
    assert other_mujoco(open_bundle(CART_POLE_BUNDLE).manifest) is None
    folder = shutil.copytree(CART_POLE_BUNDLE, bbconvert.cwd / "older")
    manifest = open_bundle(folder).manifest
    write_manifest(folder, manifest.model_copy(update={"mujoco_version": "3.3.7"}))

    done = bbconvert("verify", "older", "--level", "network")
    document = json.loads(bbconvert("verify", "older", "--level", "network", "--json").stdout)

    assert done.returncode == 0, done.stderr
    assert f"cart-pole was made with MuJoCo 3.3.7, and this is MuJoCo {version('mujoco')}" in done.stderr
    assert "3.3.7" in document["note"]
