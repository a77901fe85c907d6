"""`bbconvert doctor` and `bbconvert diff`: each trap is found, with its evidence and the command that mends it."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import onnx
import pytest

from bbconvert.convert.bundle.bundle import Bundle, open_bundle, write_manifest
from bbconvert.convert.difference import diff, picture
from bbconvert.convert.doctor import Finding, doctor
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.shipped import BALANCE_BOT_BUNDLE, CART_POLE_BUNDLE, REORIENT_BUNDLE
from tests.support.command_line import CommandLine
from tests.support.small_agent import AGENT


def _about(findings: list[Finding], words: str) -> Finding:
    found = [finding for finding in findings if words in finding.what]
    assert len(found) == 1, [finding.what for finding in findings]
    return found[0]


@pytest.fixture
def cart_pole(tmp_path: Path) -> Bundle:
    return open_bundle(shutil.copytree(CART_POLE_BUNDLE, tmp_path / "cart-pole"))


def test_a_sound_bundle_has_notes_alone() -> None:
    found = doctor(CART_POLE_BUNDLE)

    assert {finding.kind for finding in found} == {"note"}
    statistics = _about(found, "It needs normalised observations")
    assert "5 episodes with its statistics" in statistics.evidence


def test_missing_statistics_are_found_in_a_file() -> None:
    found = doctor(AGENT, "Hopper-v5")

    missing = _about(found, "saved without its observation statistics")
    assert missing.kind == "problem"
    assert f"bbconvert repair {AGENT} --env Hopper-v5" in missing.remedy


def test_another_environment_or_version_is_found_by_its_sizes() -> None:
    (sizes,) = doctor(AGENT, "Ant-v5")

    assert sizes.kind == "problem"
    assert "It maps 11 observations to 3 actions; Ant-v5 has 105 and 8." in sizes.evidence
    assert f"bbconvert convert {AGENT} --env Hopper-v5" in sizes.remedy


def test_another_control_rate_is_found(cart_pole: Bundle) -> None:
    env = cart_pole.manifest.env
    slower = env.model_copy(update={"frame_skip": env.frame_skip * 2, "dt": env.dt * 2})
    write_manifest(cart_pole.folder, cart_pole.manifest.model_copy(update={"env": slower}))

    rate = _about(doctor(cart_pole.folder), "at another control rate")

    assert rate.kind == "problem"
    assert "env.frame_skip: expected 5, got 10" in rate.evidence


def test_one_changed_weight_is_found(cart_pole: Bundle) -> None:
    model = onnx.load(cart_pole.folder / "policy.onnx")
    for tensor in model.graph.initializer:
        numbers = onnx.numpy_helper.to_array(tensor)
        if numbers.ndim == 2 and numbers.size > 64:
            changed = numbers.copy()
            changed[0, 0] += 0.5
            tensor.CopyFrom(onnx.numpy_helper.from_array(changed, tensor.name))
            break
    onnx.save(model, cart_pole.folder / "policy.onnx")

    found = [finding for finding in doctor(cart_pole.folder) if finding.kind == "problem"]

    assert any(finding.what.startswith("The network does not hold") for finding in found)


def test_clipped_and_unstretched_actions_are_told(cart_pole: Bundle) -> None:
    from bbconvert.convert.doctor import _actions

    golden, manifest = cart_pole.golden, cart_pole.manifest
    m = manifest.action.size
    at_bounds = replace(golden, action=np.ones_like(golden.action) * np.float32(manifest.action.high[0]))
    clipped = Bundle(cart_pole.folder, manifest)
    clipped.__dict__["golden"] = at_bounds
    assert any("clipped" in finding.what for finding in _actions(clipped))

    wide = manifest.action.model_copy(update={"low": [-5.0] * m, "high": [5.0] * m})
    narrow = Bundle(cart_pole.folder, manifest.model_copy(update={"action": wide}))
    narrow.__dict__["golden"] = replace(golden, action=np.clip(golden.action, -0.9, 0.9))
    assert any("within [-1, 1]" in finding.what for finding in _actions(narrow))


def test_the_command_prints_evidence_and_exits_with_3_for_a_problem(bbconvert: CommandLine) -> None:
    shutil.copyfile(AGENT, bbconvert.cwd / AGENT.name)

    told = bbconvert("doctor", AGENT.name, "--env", "Ant-v5")
    unsaid = bbconvert("doctor", AGENT.name)
    sound = bbconvert("doctor", CART_POLE_BUNDLE, "--json")

    assert told.returncode == 3
    assert "PROBLEM: The policy is not of Ant-v5" in told.stdout
    assert "remedy: bbconvert convert" in told.stdout
    assert unsaid.returncode == 2
    assert sound.returncode == 0
    assert json.loads(sound.stdout)["findings"][0]["kind"] == "note"


def test_a_bundle_differs_from_itself_in_nothing() -> None:
    same = diff(CART_POLE_BUNDLE, CART_POLE_BUNDLE)

    assert same.equal
    assert {row.largest for row in same.actions} == {0.0}


def test_where_two_policies_part_is_told_by_action_and_by_term(cart_pole: Bundle, tmp_path: Path) -> None:
    manifest = cart_pole.manifest
    mean = list(manifest.normalization.mean or [])
    mean[1] += 1.0  # of the second number of the observation alone
    other = _with_mean(cart_pole, mean, tmp_path / "other")

    found = diff(cart_pole, other)

    assert not found.equal
    assert found.first == 0
    assert found.actions[0].largest > 0
    name = _term_of(cart_pole, 1)
    seen = {row.name: row.seen for row in found.terms}
    assert seen[name] > 0.1
    assert all(distance == 0 for term, distance in seen.items() if term != name)
    assert found.terms[0].name == name
    assert found.terms[0].share == pytest.approx(1, abs=1e-3)
    drawn = "".join(ElementTree.fromstring(picture(found)).itertext())
    assert name in drawn
    assert found.actions[0].name in drawn


def _with_mean(bundle: Bundle, mean: list[float], folder: Path) -> Bundle:
    """The same network behind other statistics."""
    from bbconvert.convert.export.onnx_export import export_onnx, read_onnx

    shutil.copytree(bundle.folder, folder)
    normalization = bundle.manifest.normalization.model_copy(update={"mean": mean})
    manifest = bundle.manifest.model_copy(update={"normalization": normalization})
    network = read_onnx(bundle.policy, bundle.manifest)
    onnx.save(export_onnx(network, normalization, manifest.action, {}, []), folder / "policy.onnx")
    write_manifest(folder, manifest)
    return open_bundle(folder)


def _term_of(bundle: Bundle, index: int) -> str:
    from bbconvert.convert.difference import _term_sizes

    start = 0
    for name, size in _term_sizes(bundle):
        if start <= index < start + size:
            return name
        start += size
    raise AssertionError(index)


def test_policies_of_different_bodies_are_not_compared(bbconvert: CommandLine) -> None:
    with pytest.raises(BBConvertError, match="two policies are compared on the same states"):
        diff(CART_POLE_BUNDLE, BALANCE_BOT_BUNDLE)
    done = bbconvert("diff", REORIENT_BUNDLE, REORIENT_BUNDLE, "--out", "diff.svg")
    assert done.returncode == 0, done.stderr
    assert "The same actions, to the last bit" in done.stdout
    assert (bbconvert.cwd / "diff.svg").read_text().startswith("<svg")
