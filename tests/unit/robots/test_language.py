"""Every kind of loop that can be described, on a small robot: in Python as its words say, and in the tab the same."""

import json
from pathlib import Path
from typing import Any, cast

import mujoco
import numpy as np
import pytest
from numpy.typing import NDArray

from bbconvert.convert.bundle.body import body_manifest
from bbconvert.convert.bundle.bundle import write_manifest
from bbconvert.convert.conversion import RobotFiles
from bbconvert.convert.environments.environment import rebuild_environment
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.robots.robot import read_robot
from bbconvert.mjcf.robot_env import RobotEnv
from tests.support.vitest import run_parity

SCENE = """
<mujoco>
  <option timestep="0.005"/>
  <worldbody>
    <geom type="plane" size="9 9 1"/>
    <body name="base" pos="0 0 0.42">
      <freejoint/>
      <geom type="box" size="0.2 0.1 0.05" mass="4"/>
      <body name="left" pos="0 0.12 0">
        <joint name="left_hip" axis="0 1 0" damping="0.1"/>
        <geom type="capsule" fromto="0 0 0 0 0 -0.35" size="0.04" mass="1"/>
      </body>
      <body name="right" pos="0 -0.12 0">
        <joint name="right_hip" axis="0 1 0" damping="0.1"/>
        <geom type="capsule" fromto="0 0 0 0 0 -0.35" size="0.04" mass="1"/>
      </body>
    </body>
  </worldbody>
  <actuator>
    <motor name="left" joint="left_hip"/>
    <motor name="right" joint="right_hip"/>
  </actuator>
</mujoco>
"""
JOINTS = ["left_hip", "right_hip"]
STEPS = 30
TORQUE = {
    "law": "pd_torque",
    "scale": [0.5, 0.5],
    "offset": [0.1, -0.1],
    "kp": [20, 25],
    "kd": [0.5, 0.6],
    "joints": JOINTS,
    "hold": 3,
}


def _loop(control: dict[str, Any] | None = None, **changed: Any) -> dict[str, Any]:
    seen = {name: changed.pop(name) for name in ("history", "clip", "stride") if name in changed}
    terms = changed.pop("terms", None) or [
        {"name": "gravity", "source": "projected_gravity"},
        {"name": "joint_pos", "source": "joint_pos", "joints": JOINTS, "scale": [1, 2]},
        {"name": "last_action", "source": "last_action"},
        {"name": "command", "source": "command"},
    ]
    return {
        "name": "two-legs",
        "title": "Two legs",
        "timestep": 0.005,
        "substeps": 4,
        "observation": {"terms": terms, **seen},
        "control": {**TORQUE, **(control or {})},
        "command": {"names": ["forward"], "units": ["m/s"], "low": [-1], "high": [1], "initial": [0.5]},
        **changed,
    }


LOOPS = {
    "torque": _loop(),
    "limited": _loop({"torque_limit": [1.5, 2]}),
    "implicit": _loop({"law": "pd_implicit"}),
    "velocity": _loop({"law": "velocity", "kp": None}),
    "relative": _loop({"relative": True, "offset": [0, 0]}),
    "armature": _loop(model={"armature": {"left_hip": 0.05, "right_hip": 0.02}}),
    "damping": _loop(model={"damping": {"left_hip": 2}, "frictionloss": {"right_hip": 0.3}}),
    "mass": _loop(model={"mass": {"base": 6}}),
    "integrator": _loop({"law": "pd_implicit"}, model={"integrator": "implicitfast"}),
    "crossed": _loop({"actuators": [1, 0], "kp": [0.2, 0.4], "kd": [0, 0]}),
    "crossed-implicit": _loop({"law": "pd_implicit", "actuators": [1, 0], "kp": [0.2, 0.4], "kd": [0, 0]}),
    "clipped": _loop(clip=0.3),
    "moving": _loop(terms=[{"name": "velocity", "source": "base_linvel"}]),
    "by-term": _loop(history={"length": 3}),
    "by-time": _loop(history={"length": 4, "order": "time", "newest": "first", "start": "zeros"}),
    "each-its-own": _loop(
        terms=[
            {"name": "gravity", "source": "projected_gravity"},
            {"name": "joint_pos", "source": "joint_pos", "joints": JOINTS, "history": 4},
            {"name": "last_action", "source": "last_action", "history": 2},
        ],
        history={"length": 1, "start": "zeros"},
    ),
    "stride": _loop(
        terms=[
            {"name": "phase", "source": "phase"},
            {"name": "other_leg", "source": "phase", "shift": 0.5, "to": 1, "still": 0.2, "history": 3},
        ],
        stride={"frequency": 0.5, "weights": [2], "high": 1.5},
        history={"length": 1},
    ),
    "period": _loop(terms=[{"name": "phase", "source": "phase", "period": 0.3, "shift": 0.25, "still": 0.2}]),
}


def _robot(name: str, folder: Path, loop: dict[str, Any] | None = None) -> RobotEnv:
    """The robot under a loop, and its bundle's files in `folder`."""
    source = folder.parent / f"{name}-source"
    source.mkdir(parents=True)
    folder.mkdir(parents=True)
    (source / "scene.xml").write_text(SCENE)
    (source / "loop.yaml").write_text(json.dumps(loop or LOOPS[name]))
    spec, read = read_robot(RobotFiles(source / "scene.xml", source / "loop.yaml", None), folder)
    write_manifest(folder, body_manifest(spec, read.name, read.title))
    return cast("RobotEnv", rebuild_environment(spec, folder).unwrapped)


def _played(robot: RobotEnv) -> dict[str, NDArray[np.float64]]:
    """A fixed sequence of actions and commands; a row more of states and observations."""
    rng = np.random.default_rng(0)
    actions = rng.uniform(-1, 1, (STEPS, 2)).astype(np.float32)
    commands = np.repeat(rng.uniform(-1, 1, (STEPS // 5, 1)), 5, axis=0).astype(np.float32)
    observation = robot.reset(seed=0)[0]
    observations, positions = [observation], [robot.data.qpos.copy()]
    for action, command in zip(actions, commands, strict=True):
        robot.command = command.astype(np.float64)
        observations.append(robot.step(action)[0])
        positions.append(robot.data.qpos.copy())
    robot.close()
    return {
        "qpos": np.array(positions),
        "observation": np.array(observations),
        "action": actions.astype(np.float64),
        "command": commands.astype(np.float64),
    }


def test_the_tab_makes_of_every_loop_what_python_does(tmp_path: Path) -> None:
    root = tmp_path / "loops"
    root.mkdir()
    for name in LOOPS:
        played = _played(_robot(name, tmp_path / "made" / name))
        (tmp_path / "made" / name).rename(root / name)
        rows = {part: array.tolist() for part, array in played.items()}
        (root / name / "record.json").write_text(json.dumps(rows))
    assert run_parity("robot_language", root) == len(LOOPS)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("limited", "torque"),
        ("velocity", "torque"),
        ("relative", "torque"),
        ("armature", "torque"),
        ("damping", "torque"),
        ("mass", "torque"),
        ("integrator", "implicit"),
        ("crossed", "torque"),
        ("crossed-implicit", "implicit"),
    ],
)
def test_every_word_changes_how_it_moves(name: str, other: str, tmp_path: Path) -> None:
    one, two = (_played(_robot(loop, tmp_path / loop))["qpos"] for loop in (name, other))
    assert np.max(np.abs(one - two)) > 1e-4


def test_servos_are_the_same_torques_where_the_integrator_is_not_implicit(tmp_path: Path) -> None:
    one, two = (_played(_robot(loop, tmp_path / loop))["qpos"] for loop in ("implicit", "torque"))
    np.testing.assert_allclose(one, two, atol=1e-12)


def test_torques_are_those_of_the_law(tmp_path: Path) -> None:
    """The loop again, written out by hand."""
    played = _played(_robot("limited", tmp_path / "limited"))
    model = mujoco.MjModel.from_xml_string(SCENE)
    data = mujoco.MjData(model)
    offset, kp, kd, limit = (np.array(x) for x in ([0.1, -0.1], [20, 25], [0.5, 0.6], [1.5, 2]))

    def substeps(target: NDArray[np.float64], count: int) -> None:
        for _ in range(count):
            data.ctrl[:] = np.clip((target - data.qpos[7:]) * kp + (0 - data.qvel[6:]) * kd, -limit, limit)
            mujoco.mj_step(model, data)

    substeps(offset, 3)
    for step, action in enumerate(played["action"]):
        np.testing.assert_array_equal(data.qpos, played["qpos"][step])
        substeps(offset + (action.astype(np.float32) * np.float32(0.5)).astype(np.float64), 4)


def test_a_history_is_in_the_order_that_it_says(tmp_path: Path) -> None:
    plain = _played(_robot("torque", tmp_path / "torque"))["observation"]
    by_term = _played(_robot("by-term", tmp_path / "by-term"))["observation"]
    by_time = _played(_robot("by-time", tmp_path / "by-time"))["observation"]
    ends = np.cumsum([3, 2, 2])
    for step in range(STEPS + 1):
        frames = [plain[max(0, step - k)] for k in (2, 1, 0)]
        parts = [np.split(frame, ends) for frame in frames]
        np.testing.assert_array_equal(by_term[step], np.concatenate([part[t] for t in range(4) for part in parts]))
        frames = [plain[step - k] if step >= k else np.zeros(8) for k in range(4)]
        np.testing.assert_array_equal(by_time[step], np.concatenate(frames))


def test_each_term_has_the_history_that_it_says(tmp_path: Path) -> None:
    played = _played(_robot("each-its-own", tmp_path / "own"))
    now = {"gravity": slice(0, 3), "joint_pos": slice(9, 11), "last_action": slice(13, 15)}
    past = {"joint_pos": [slice(3, 5), slice(5, 7), slice(7, 9)], "last_action": [slice(11, 13)]}
    assert played["observation"].shape[1] == 3 + 4 * 2 + 2 * 2
    for name, places in past.items():
        for ago, place in enumerate(reversed(places), start=1):
            got, newest = played["observation"][:, place], played["observation"][:, now[name]]
            np.testing.assert_array_equal(got[ago:], newest[:-ago])
            np.testing.assert_array_equal(got[:ago], 0)


def test_a_stride_goes_on_with_the_command(tmp_path: Path) -> None:
    """As walk-these-ways' `gait_indices`: a step adds dt times the frequency of the command that is then."""
    played = _played(_robot("stride", tmp_path / "stride"))
    phase = 0.0
    shown = [played["observation"][0, :2]]
    np.testing.assert_array_equal(shown[0], [0, 1])
    for command, observation in zip(played["command"][:, 0], played["observation"][1:], strict=True):
        phase = (phase + 0.02 * min(0.5 + 2 * abs(command), 1.5)) % 1
        np.testing.assert_allclose(observation[:2], [np.sin(2 * np.pi * phase), np.cos(2 * np.pi * phase)], atol=1e-6)
        other = 0 if abs(command) < 0.2 else np.sin(2 * np.pi * (phase + 0.5))
        np.testing.assert_allclose(observation[4], other, atol=1e-6)
    assert np.any(np.abs(played["command"]) < 0.2)
    assert np.any(0.5 + 2 * np.abs(played["command"]) > 1.5)


def test_a_velocity_is_told_in_the_bodys_own_frame_and_a_clip_bounds_all(tmp_path: Path) -> None:
    robot = _robot("moving", tmp_path / "moving")
    robot.reset(seed=0)
    robot.step(np.ones(2, np.float32))
    turn = robot.data.body("base").xmat.reshape(3, 3)
    mujoco.mj_kinematics(robot.model, robot.data)
    turn = robot.data.body("base").xmat.reshape(3, 3)
    np.testing.assert_allclose(robot.observe(), (turn.T @ robot.data.qvel[:3]).astype(np.float32), atol=1e-7)
    robot.close()
    plain, clipped = (_played(_robot(name, tmp_path / name))["observation"] for name in ("torque", "clipped"))
    np.testing.assert_array_equal(clipped, np.clip(plain, -0.3, 0.3).astype(np.float32).astype(np.float64))


def test_looking_twice_is_no_step(tmp_path: Path) -> None:
    robot = _robot("by-term", tmp_path / "by-term")
    robot.reset(seed=0)
    seen = robot.step(np.ones(2, np.float32))[0]
    np.testing.assert_array_equal(robot.observe(), seen)
    np.testing.assert_array_equal(robot.observe(), seen)
    robot.close()


@pytest.mark.parametrize(
    ("loop", "words"),
    [
        (_loop({"law": "pd_implicit", "torque_limit": [1, 1]}), "law 'pd_implicit' takes no torque_limit"),
        (_loop({"law": "pd_implicit", "kp": None}), "law 'pd_implicit' needs kp"),
        (_loop({"law": "position", "relative": True, "joints": None}), "law 'position' needs joints"),
        (_loop(model={"armature": {"left_knee": 1}}), "names joint 'left_knee'; the model has"),
        (_loop(model={"mass": {"tail": 1}}), "names body 'tail'; the model has world, base, left, right"),
        (_loop(model={"mass": {"base": -1}}), "greater than 0"),
        (_loop(model={"damping": {"left_hip": -1}}), "damping of left_hip is negative"),
        (_loop({"actuators": [0, 0]}), "actuators are not the numbers 0 to 1, each once"),
        (_loop(history={"length": 0}), "greater than or equal to 1"),
        (_loop(terms=[{"name": "p", "source": "phase"}]), "needs a `period`, or the observation a `stride`"),
        (_loop(stride={"weights": [1, 2]}), "the stride has 2 weights, the command 1 numbers"),
        (_loop(stride={"low": 2, "high": 1}), "low is 2 Hz, high 1 Hz"),
        (
            _loop(terms=[{"name": "g", "source": "projected_gravity", "history": 2}]),
            "its `history` needs one of the observation, in the order 'term'",
        ),
        (
            _loop(terms=[{"name": "p", "source": "phase", "period": 1}], stride={"frequency": 1}),
            "source 'phase' takes no `period`",
        ),
    ],
)
def test_what_does_not_fit_is_said_in_a_sentence(loop: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(BBConvertError) as refused:
        _robot("bad", tmp_path / "bad", loop)
    assert words in str(refused.value)
