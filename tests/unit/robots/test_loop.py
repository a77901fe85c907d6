"""Bad input of a robot: each ends in one sentence that says what, and what there is."""

import re
from pathlib import Path
from typing import Any

import mujoco
import pytest
import yaml  # type: ignore[import-untyped]

from bbconvert.convert.conversion import RobotFiles
from bbconvert.convert.environments.environment import rebuild_environment
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.local_file import convert_file
from bbconvert.convert.progress import CallbackProgress
from bbconvert.convert.robots.robot import loop_of, read_robot
from bbconvert.convert.robots.scene import write_scene
from tests.support.command_line import CommandLine
from tests.support.small_agent import AGENT

SCENE = """<mujoco model="hopper">
  <worldbody>
    <geom name="floor" type="plane" size="1 1 0.1"/>
    <body name="base" pos="0 0 0.5">
      <freejoint/><geom type="box" size="0.1 0.1 0.05"/>
      <body name="leg" pos="0 0 -0.1"><joint name="knee" axis="0 1 0"/><geom type="sphere" size="0.04"/></body>
    </body>
  </worldbody>
  <actuator><motor name="knee" joint="knee"/></actuator>
  <sensor><gyro name="gyro" site="imu"/></sensor>
</mujoco>""".replace("<freejoint/>", '<freejoint/><site name="imu"/>')

LOOP: dict[str, Any] = {
    "name": "hopper",
    "title": "A hopper",
    "timestep": 0.002,
    "substeps": 5,
    "observation": {"terms": [{"name": "angle", "source": "joint_pos", "joints": ["knee"], "offset": 0.1}]},
    "control": {"law": "pd_torque", "scale": [0.5], "offset": [0.1], "kp": [20], "kd": [1], "joints": ["knee"]},
}


@pytest.fixture
def model() -> mujoco.MjModel:
    return mujoco.MjModel.from_xml_string(SCENE)


def _files(folder: Path, scene: str = SCENE, **changes: Any) -> RobotFiles:
    (folder / "robot").mkdir()
    (folder / "robot" / "scene.xml").write_text(scene)
    (folder / "robot" / "loop.yaml").write_text(yaml.safe_dump({**LOOP, **changes}))
    return RobotFiles(folder / "robot" / "scene.xml", folder / "robot" / "loop.yaml", 1500)


def _terms(**term: Any) -> dict[str, Any]:
    return {"observation": {"terms": [{"name": "seen", **term}]}}


def test_a_loop_of_one_joint_is_read(tmp_path: Path) -> None:
    spec, loop = read_robot(_files(tmp_path), tmp_path)

    assert (spec.observation.size, spec.observation.dtype, spec.action_names) == (1, "float32", ["knee"])
    assert loop.action_high == 100
    assert spec.env.dt == 0.01


def test_what_is_observed_at_a_reset_is_computed_also_where_nothing_is_held(tmp_path: Path) -> None:
    files = _files(tmp_path, **_terms(source="site_xmat", site="imu"))
    (tmp_path / "bundle").mkdir()
    spec, _ = read_robot(files, tmp_path / "bundle")

    observation, _ = rebuild_environment(spec, tmp_path / "bundle").reset(seed=0)

    assert observation.tolist() == [1, 0, 0, 0, 1, 0, 0, 0, 1]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (_terms(source="joint_pos", joints=["ankle"]), "names joint 'ankle'; the model's joints are ?, knee"),
        (_terms(source="sensor", sensor="accel"), "names sensor 'accel'; the model's sensors are gyro"),
        (_terms(source="site_xmat", site="foot"), "names site 'foot'; the model's sites are imu"),
        (_terms(source="sensor", sensor="gyro", offset=[1, 2]), "has 3 numbers, its offset 2"),
        (_terms(source="sensor"), "source 'sensor' needs `sensor`"),
        (_terms(source="joint_position"), "seen reads 'joint_position', which is not a source; nearest are joint_pos,"),
        (_terms(source="qpos", to=99), "but the model's qpos has 8 numbers"),
        ({"control": {**LOOP["control"], "joints": ["ankle"]}}, "the control loop names joint 'ankle'"),
        ({"control": {**LOOP["control"], "kp": [1, 2]}}, "kp has 2 entries, scale has 1"),
        ({"control": {"law": "pd_torque", "scale": [1], "offset": [0]}}, "law 'pd_torque' needs kp, kd, joints"),
        ({"control": {"law": "position", "scale": [1, 1], "offset": [0, 0]}}, "drives 2 actuators, the model has 1"),
        ({"start": "home"}, "The scene has no keyframe 'home'; it has none."),
        ({"gains": 3}, "gains: Extra inputs are not permitted, got 3"),
        ({"timestep": -1}, "timestep: Input should be greater than or equal to"),
    ],
)
def test_what_does_not_fit_is_named(changes: dict[str, Any], words: str, tmp_path: Path) -> None:
    files = _files(tmp_path, **changes)
    (tmp_path / "bundle").mkdir()
    with pytest.raises(BBConvertError, match=re.escape(words)):
        read_robot(files, tmp_path / "bundle")


def test_a_policy_of_another_size_is_told(tmp_path: Path) -> None:
    words = "does not fit A hopper: its policy maps 11 observations to 3 actions, the environment has 1 and 1"
    with pytest.raises(BBConvertError, match=words):
        convert_file(
            AGENT,
            "hopper",
            robot=_files(tmp_path),
            out=tmp_path / "bundle",
            sandbox=False,
            progress=CallbackProgress(None),
        )
    assert not (tmp_path / "bundle").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("- a\n- b\n", "is not a mapping of names to values: it holds list"),
        ("a: [1, 2", "cannot be read as YAML"),
        ("control_decimation: 10\nkps: [1]\n", "has no action_scale, ang_vel_scale"),
    ],
)
def test_a_file_that_is_no_loop_is_told(content: str, words: str, model: mujoco.MjModel, tmp_path: Path) -> None:
    path = tmp_path / "loop.yaml"
    path.write_text(content)
    with pytest.raises(BBConvertError, match=re.escape(words)):
        loop_of(path, model)


@pytest.mark.parametrize(
    ("scene", "words"),
    [
        (SCENE.replace("<worldbody>", '<include file="legs.xml"/><worldbody>'), "refers to legs.xml, which is not at"),
        (SCENE.replace("<worldbody>", '<asset><mesh file="foot.stl"/></asset><worldbody>'), "there is nothing of that"),
        ("<!DOCTYPE x>" + SCENE, "has a DOCTYPE"),
        (SCENE[:200], "cannot be read as MJCF"),
        (SCENE.replace('type="sphere"', 'type="egg"'), "MuJoCo cannot compile"),
        (SCENE.replace("<freejoint/>", ""), "does not begin with a free joint"),
    ],
)
def test_a_scene_that_is_not_whole_is_told(scene: str, words: str, tmp_path: Path) -> None:
    files = _files(tmp_path, scene)
    (tmp_path / "bundle").mkdir()
    with pytest.raises(BBConvertError, match=re.escape(words)):
        read_robot(files, tmp_path / "bundle")


def test_files_are_found_by_their_names_and_includes_are_written_out(tmp_path: Path) -> None:
    folder = tmp_path / "robot"
    (folder / "parts").mkdir(parents=True)
    (folder / "parts" / "world.xml").write_text('<mujoco><worldbody><geom name="wall" size="1"/></worldbody></mujoco>')
    (folder / "scene.xml").write_text(SCENE.replace("<worldbody>", '<include file="far/away/world.xml"/><worldbody>'))
    (tmp_path / "bundle").mkdir()

    written = write_scene(folder / "scene.xml", tmp_path / "bundle")

    assert "include" not in written.path.read_text()
    assert mujoco.MjModel.from_xml_path(str(written.path)).geom("wall").id >= 0


def test_a_robot_needs_its_scene_and_its_loop(bbconvert: CommandLine) -> None:
    (bbconvert.cwd / "scene.xml").write_text(SCENE)
    (bbconvert.cwd / "policy.pt").write_bytes(b"")
    for arguments, words in (
        (["--mjcf", "scene.xml"], "A robot needs both: --mjcf SCENE"),
        (["--mjcf", "scene.xml", "--loop", "no.yaml"], "--loop no.yaml: this file does not exist"),
    ):
        done = bbconvert("convert", "policy.pt", *arguments)
        assert done.returncode != 0
        assert words in " ".join(done.stderr.split())
