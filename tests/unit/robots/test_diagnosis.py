"""`bbconvert doctor` names the entry of a robot's loop that is wrong, by its golden rollout or its script's record."""

import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from bbconvert.convert.bundle.bundle import Bundle, open_bundle, write_manifest
from bbconvert.convert.doctor import doctor
from bbconvert.convert.environments.environment import rebuild_environment
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.robots.diagnosis import diagnose, read_record
from bbconvert.convert.verify import verify_bundle
from bbconvert.mjcf.control import Control
from bbconvert.mjcf.robot_env import RobotEnv
from bbconvert.observation.spec import History


def _altered(bundle: Bundle, folder: Path, *, control: dict[str, Any] | None = None, term: Any = None) -> Bundle:
    """A copy whose manifest has another control law, or another term of the observation."""
    shutil.copytree(bundle.folder, folder)
    manifest = bundle.manifest
    env, observation = manifest.env, manifest.observation
    if control is not None:
        env = env.model_copy(update={"control": Control.model_validate({**_control(bundle).model_dump(), **control})})
    if term is not None:
        name, changed = term
        terms = [old.model_copy(update=changed) if old.name == name else old for old in observation.terms]
        observation = observation.model_copy(update={"terms": terms})
    write_manifest(folder, manifest.model_copy(update={"env": env, "observation": observation}))
    return open_bundle(folder)


def _control(bundle: Bundle) -> Control:
    control = bundle.manifest.env.control
    assert control is not None
    return control


def _joints(bundle: Bundle) -> list[str]:
    joints = _control(bundle).joints
    assert joints is not None
    return joints


def _problems(bundle: Bundle, record: Path | None = None) -> list[str]:
    found = doctor(bundle.folder, record=record)
    return [f"{finding.what} {finding.evidence}" for finding in found if finding.kind == "problem"]


def test_a_whole_loop_is_not_blamed(g1: Bundle, go1: Bundle, shared_robots: Path) -> None:
    assert _problems(g1) == []
    assert _problems(g1, shared_robots / "unitree_rl_gym" / "g1" / "record.npz") == []
    assert _problems(go1, shared_robots / "playground_go1" / "record.npz") == []


def test_one_gain_is_named_with_the_value_that_it_had(g1: Bundle, tmp_path: Path) -> None:
    kp = list(_control(g1).kp or [])
    kp[3] = 120.0
    altered = _altered(g1, tmp_path / "g1", control={"kp": kp})
    assert not all(check.ok for check in verify_bundle(altered, ("rollout",), lambda _: None))
    found = _problems(altered)
    assert any("control kp of left_knee_joint. 120 in the loop, 150 by the record" in words for words in found), found


def test_another_number_of_the_law_is_named_too(g1: Bundle, tmp_path: Path, shared_robots: Path) -> None:
    scale = list(_control(g1).scale)
    scale[5] = 0.3
    altered = _altered(g1, tmp_path / "g1", control={"scale": scale})
    found = _problems(altered, shared_robots / "unitree_rl_gym" / "g1" / "record.npz")
    words = f"control scale of {_joints(g1)[5]}. 0.3 in the loop, 0.25 by the record."
    assert found == [f"The loop is not that of record.npz: {words}"]


def test_the_order_of_two_joints_is_named(g1: Bundle, tmp_path: Path, shared_robots: Path) -> None:
    joints = list(_joints(g1))
    joints[0], joints[1] = joints[1], joints[0]
    altered = _altered(g1, tmp_path / "g1", control={"joints": joints})
    found = _problems(altered, shared_robots / "unitree_rl_gym" / "g1" / "record.npz")
    assert len(found) == 1
    assert f"the order of joints {joints[0]} and {joints[1]}" in found[0]


def test_a_scale_an_order_and_an_offset_of_an_observation_are_named(
    g1: Bundle, tmp_path: Path, shared_robots: Path
) -> None:
    record = shared_robots / "unitree_rl_gym" / "g1" / "record.npz"
    scaled = _altered(g1, tmp_path / "scaled", term=("angular_velocity", {"scale": 0.5}))
    assert "term angular_velocity. The record was made with the scale 0.25, not 0.5" in _problems(scaled, record)[0]
    joints = list(_joints(g1))
    joints[2], joints[4] = joints[4], joints[2]
    swapped = _altered(g1, tmp_path / "swapped", term=("joint_vel", {"joints": joints}))
    assert "term joint_vel. The record has another order" in _problems(swapped, record)[0]
    offset = [0.0] * 12
    shifted = _altered(g1, tmp_path / "shifted", term=("joint_pos", {"offset": offset}))
    assert "term joint_pos. The record is -0.3 off at number 3: another offset" in _problems(shifted, record)[0]


def test_with_a_history_what_is_new_in_it_is_compared(g1: Bundle, shared_robots: Path) -> None:
    observation = g1.manifest.observation
    script = read_record(shared_robots / "unitree_rl_gym" / "g1" / "record.npz", g1)
    ends = np.cumsum(_term_sizes(g1))[:-1]
    before = np.concatenate([script.observation[:1], script.observation[:-1]])
    parts = zip(np.split(before, ends, axis=1), np.split(script.observation, ends, axis=1), strict=True)
    seen = np.concatenate([part for pair in parts for part in pair], axis=1)
    terms = [
        term.model_copy(update={"scale": 0.5}) if term.name == "angular_velocity" else term
        for term in observation.terms
    ]
    changed = {"size": 2 * observation.size, "history": History(length=2), "terms": terms}
    manifest = g1.manifest.model_copy(update={"observation": observation.model_copy(update=changed)})
    bundle = cast("Bundle", SimpleNamespace(manifest=manifest, folder=g1.folder))
    found = diagnose(bundle, replace(script, observation=seen))
    assert [each.entry for each in found] == ["observation term angular_velocity"]
    assert "with the scale 0.25, not 0.5" in found[0].evidence


def _term_sizes(bundle: Bundle) -> list[int]:
    env = rebuild_environment(bundle.manifest, bundle.folder)
    sizes = cast("RobotEnv", env.unwrapped).term_sizes
    env.close()
    return sizes


def test_a_record_that_is_none_is_refused_in_words(g1: Bundle, tmp_path: Path) -> None:
    (tmp_path / "no.npz").write_text("no")
    with pytest.raises(BBConvertError, match="is not a record of a robot's script"):
        doctor(g1.folder, record=tmp_path / "no.npz")
    small = np.zeros((5, 7))
    np.savez(tmp_path / "small.npz", qpos=small, qvel=small, observation=small, action=small)
    with pytest.raises(BBConvertError, match=r"qpos has the shape \(5, 7\), expected \(5, 19\)"):
        doctor(g1.folder, record=tmp_path / "small.npz")
