"""Descriptors of rl_sar, Isaac Lab and mjlab: each becomes the loop of its own script, written out here again."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import mujoco
import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from bbconvert.convert.bundle.bundle import Bundle, open_bundle
from bbconvert.convert.checkpoints import read_checkpoint
from bbconvert.convert.conversion import RobotFiles
from bbconvert.convert.environments.environment import rebuild_environment
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.export.onnx_export import export_onnx
from bbconvert.convert.local_file import convert_file
from bbconvert.convert.manifest import Action, Normalization
from bbconvert.convert.network import MLP, Dense, PolicyNetwork
from bbconvert.convert.progress import CallbackProgress
from bbconvert.convert.robots.robot import read_robot
from bbconvert.convert.verify import rounding
from bbconvert.mjcf.robot_env import RobotEnv
from tests.support.networks import seeded_mlp
from tests.unit.robots.test_language import JOINTS, SCENE

LEGS = [f"{leg}_{part}_joint" for leg in ("FR", "FL", "RR", "RL") for part in ("hip", "thigh", "calf")]


def _quadruped() -> str:
    """A robot whose legs stand in another order than its policy knows them."""
    legs = ""
    for leg, x, y in (("FL", 0.2, 0.1), ("FR", 0.2, -0.1), ("RL", -0.2, 0.1), ("RR", -0.2, -0.1)):
        legs += f"""<body name="{leg}_hip" pos="{x} {y} 0"><joint name="{leg}_hip_joint" axis="1 0 0"/>
          <geom type="sphere" size="0.04" mass="0.5"/>
          <body name="{leg}_thigh"><joint name="{leg}_thigh_joint" axis="0 1 0"/>
            <geom type="capsule" fromto="0 0 0 0 0 -0.2" size="0.02" mass="0.5"/>
            <body name="{leg}_calf" pos="0 0 -0.2"><joint name="{leg}_calf_joint" axis="0 1 0"/>
              <geom type="capsule" fromto="0 0 0 0 0 -0.2" size="0.02" mass="0.3"/></body></body></body>"""
    motors = "".join(
        f'<motor name="{leg}_{part}" joint="{leg}_{part}_joint"/>'
        for leg in ("FL", "FR", "RL", "RR")
        for part in ("hip", "thigh", "calf")
    )
    return f"""<mujoco><worldbody><geom type="plane" size="9 9 1"/>
      <body name="trunk" pos="0 0 0.45"><freejoint/><geom type="box" size="0.25 0.1 0.05" mass="6"/>{legs}</body>
      </worldbody><actuator>{motors}</actuator></mujoco>"""


def _robot(scene: str, loop: Path, folder: Path) -> RobotEnv:
    folder.mkdir()
    (folder.parent / "scene.xml").write_text(scene)
    spec, _ = read_robot(RobotFiles(folder.parent / "scene.xml", loop, None), folder)
    return cast("RobotEnv", rebuild_environment(spec, folder).unwrapped)


def _gravity(q: NDArray[np.float64]) -> list[float]:
    w, x, y, z = q
    return [2 * (-z * x + w * y), -2 * (z * y + w * x), 1 - 2 * (w * w + z * z)]


def test_rl_sars_file_is_its_own_loop(shared_robots: Path, tmp_path: Path) -> None:
    config = shared_robots / "rl_sar" / "policy" / "go2" / "robot_lab" / "config.yaml"
    robot = _robot(_quadruped(), config, tmp_path / "robot")
    network = read_checkpoint(config.with_name("policy.pt")).network
    assert network.inputs == robot.observation_space.shape[0] == 45  # type: ignore[index]

    model = mujoco.MjModel.from_xml_string(_quadruped())
    model.opt.timestep = 0.005
    data = mujoco.MjData(model)
    position = [int(model.jnt_qposadr[model.joint(name).id]) for name in LEGS]
    velocity = [int(model.jnt_dofadr[model.joint(name).id]) for name in LEGS]
    motor = [model.actuator(name.removesuffix("_joint")).id for name in LEGS]
    default = np.array([0.0, 0.8, -1.5] * 4)
    scale = np.array([0.125, 0.25, 0.25] * 4, np.float32)
    command, last = np.array([0.4, 0, 0], np.float32), np.zeros(12)

    def play(target: NDArray[np.float64]) -> None:
        for _ in range(4):
            torque = (target - data.qpos[position]) * 20 + (0 - data.qvel[velocity]) * 0.5
            data.ctrl[motor] = np.clip(torque, -23.5, 23.5)
            mujoco.mj_step(model, data)

    def seen() -> NDArray[np.float64]:
        joints = data.qpos[position] - default
        parts = [data.qvel[3:6] * 0.25, _gravity(data.qpos[3:7]), command, joints, data.qvel[velocity] * 0.05, last]
        clipped: NDArray[np.float64] = np.clip(np.concatenate(parts), -100, 100).astype(np.float32).astype(np.float64)
        return clipped

    robot.reset(seed=0)
    robot.command = command.astype(np.float64)
    play(default.astype(np.float32).astype(np.float64))
    rng = np.random.default_rng(0)
    np.testing.assert_array_equal(robot.observe(), seen())
    for _ in range(20):
        action = rng.uniform(-1, 1, 12).astype(np.float32)
        observation = robot.step(action)[0]
        last = action.astype(np.float64)
        play((default + (action * scale).astype(np.float64)).astype(np.float32).astype(np.float64))
        np.testing.assert_array_equal(observation, seen())
        np.testing.assert_array_equal(robot.data.qpos, data.qpos)
    robot.close()


def _rl_sar(tmp_path: Path, **changed: Any) -> Path:
    said: dict[str, Any] = {
        "joint_names": JOINTS,
        "dt": 0.005,
        "decimation": 4,
        "default_dof_pos": [0.1, -0.1],
        "rl_kp": [20, 20],
        "rl_kd": [0.5, 0.5],
        "action_scale": [0.25, 0.25],
        "ang_vel_scale": 0.25,
        "dof_pos_scale": 1.0,
        "observations": ["ang_vel", "dof_pos"],
        "observations_history": [2, 1, 0],
        **changed,
    }
    path = tmp_path / "config.yaml"
    path.write_text(json.dumps({"two_legs/walk": said}))
    return path


def test_rl_sars_history_is_read(tmp_path: Path) -> None:
    robot = _robot(SCENE, _rl_sar(tmp_path), tmp_path / "robot")
    first = robot.reset(seed=0)[0]
    assert first.shape == (15,)
    np.testing.assert_array_equal(first[:10], np.zeros(10))
    second = robot.step(np.ones(2, np.float32))[0]
    np.testing.assert_array_equal(second[5:10], first[10:])
    robot.close()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"observations": ["ang_vell"]}, "observes 'ang_vell', which is not known here; nearest are ang_vel"),
        ({"wheel_indices": [1]}, "has wheels or a joint_mapping"),
        ({"observations_history": [0, 2]}, "expected 0, 1, 2, … or the same backwards"),
        ({"joint_names": ["left_hip", "tail"]}, "tail is not among them"),
        ({"rl_kp": [20]}, "kp has 1 entries, scale has 2"),
    ],
)
def test_what_rl_sars_file_says_amiss_is_named(changed: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(BBConvertError) as refused:
        _robot(SCENE, _rl_sar(tmp_path, **changed), tmp_path / "robot")
    assert words in str(refused.value)


def _isaac_lab(tmp_path: Path, **changed: Any) -> Path:
    """As Isaac Lab's ManagerBasedEnv.get_IO_descriptors writes it; joints in an order that is not the scene's."""
    names = JOINTS[::-1]

    def term(name: str, scale: float | None = None, **more: Any) -> dict[str, Any]:
        overloads = {"clip": None, "scale": scale, "history_length": 0, "flatten_history_dim": True}
        path = f"isaaclab.envs.mdp.observations.{name}"
        return {"full_path": path, "name": name, "extras": {"modifiers": None}, "overloads": overloads, **more}

    document = {
        "actions": [
            {
                "full_path": "isaaclab.envs.mdp.actions.joint_actions.JointPositionAction",
                "name": "joint_position_action",
                "joint_names": names,
                "scale": 0.5,
                "offset": [-0.1, 0.1],
                "clip": None,
            }
        ],
        "articulations": {
            "robot": {
                "joint_names": names,
                "default_joint_stiffness": [25.0, 20.0],
                "default_joint_damping": [0.6, 0.5],
                "default_joint_armature": [0.02, 0.01],
            }
        },
        "observations": {
            "policy": [
                term("base_lin_vel"),
                term("base_ang_vel", 0.2),
                term("projected_gravity"),
                term("generated_commands"),
                term("joint_pos_rel", joint_names=names, joint_pos_offsets=[-0.1, 0.1]),
                term("joint_vel_rel", 0.05, joint_names=names, joint_vel_offsets=[0, 0]),
                term("last_action"),
            ]
        },
        "scene": {"decimation": 4, "dt": 0.02, "physics_dt": 0.005},
        **changed,
    }
    path = tmp_path / "two_legs_IO_descriptors.yaml"
    path.write_text(json.dumps(document))
    return path


def test_isaac_labs_descriptors_are_the_loop_of_the_environment(tmp_path: Path) -> None:
    robot = _robot(SCENE, _isaac_lab(tmp_path), tmp_path / "robot")

    model = mujoco.MjModel.from_xml_string(SCENE)
    model.opt.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    for name, kp, kd, armature in (("left_hip", 20, 0.5, 0.01), ("right_hip", 25, 0.6, 0.02)):
        actuator = model.actuator(name.removesuffix("_hip")).id
        model.actuator_gainprm[actuator, 0] = kp
        model.actuator_biastype[actuator] = mujoco.mjtBias.mjBIAS_AFFINE
        model.actuator_biasprm[actuator, :3] = (0, -kp, -kd)
        model.dof_armature[model.jnt_dofadr[model.joint(name).id]] = armature
    data = mujoco.MjData(model)
    mujoco.mj_setConst(model, data)
    last = np.zeros(2)

    def play(right: float, left: float) -> None:
        data.ctrl[:] = (left, right)
        mujoco.mj_step(model, data, nstep=4)

    def seen() -> NDArray[np.float64]:
        turn = np.zeros(9)
        mujoco.mju_quat2Mat(turn, data.qpos[3:7])
        right, left = data.qpos[8], data.qpos[7]
        parts = [turn.reshape(3, 3).T @ data.qvel[:3], data.qvel[3:6] * 0.2, _gravity(data.qpos[3:7]), np.zeros(3)]
        parts += [np.array([right + 0.1, left - 0.1]), data.qvel[[7, 6]] * 0.05, last]
        return np.concatenate(parts)

    robot.reset(seed=0)
    play(float(np.float32(-0.1)), float(np.float32(0.1)))
    rng = np.random.default_rng(0)
    for _ in range(20):
        action = rng.uniform(-1, 1, 2).astype(np.float32)
        observation = robot.step(action)[0]
        last = action.astype(np.float64)
        targets = (np.array([-0.1, 0.1]) + (action * np.float32(0.5)).astype(np.float64)).astype(np.float32)
        play(float(targets[0]), float(targets[1]))
        np.testing.assert_allclose(robot.data.qpos, data.qpos, atol=1e-13)
        np.testing.assert_allclose(observation, seen(), atol=1e-6)
    robot.close()


def test_isaac_labs_histories_are_each_terms_own(tmp_path: Path) -> None:
    lengths = {"base_ang_vel": 3, "projected_gravity": 0, "last_action": 2}
    described = [
        {"full_path": f"isaaclab.envs.mdp.observations.{name}", "name": name, "overloads": {"history_length": length}}
        for name, length in lengths.items()
    ]
    robot = _robot(SCENE, _isaac_lab(tmp_path, observations={"policy": described}), tmp_path / "robot")
    first = robot.reset(seed=0)[0]
    second = robot.step(np.ones(2, np.float32))[0]
    assert first.shape == (3 * 3 + 3 + 2 * 2,)
    np.testing.assert_array_equal(first[:9], np.tile(first[:3], 3))
    np.testing.assert_array_equal(second[:6], first[3:9])
    np.testing.assert_array_equal(second[12:], [0, 0, 1, 1])
    robot.close()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"actions": []}, "has 0 actions, expected one"),
        ({"articulations": {"robot": {"joint_names": JOINTS}}}, "gives its joints no stiffness and no damping"),
        (
            {"observations": {"policy": [{"full_path": "my.terms.height_scan", "name": "height_scan"}]}},
            "observes 'height_scan', which is not known here",
        ),
        ({"observations": {"critic": []}}, "has no policy; it has critic"),
    ],
)
def test_what_isaac_labs_file_says_amiss_is_named(changed: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(BBConvertError) as refused:
        _robot(SCENE, _isaac_lab(tmp_path, **changed), tmp_path / "robot")
    assert words in str(refused.value)


def _mjlab(tmp_path: Path, **changed: str) -> Path:
    metadata = {
        "joint_names": "left_hip,right_hip",
        "joint_stiffness": "20.000,25.000",
        "joint_damping": "0.500,0.600",
        "default_joint_pos": "0.100,-0.100",
        "command_names": "twist",
        "observation_names": "base_lin_vel,base_ang_vel,projected_gravity,joint_pos,joint_vel,actions,command",
        "action_scale": "0.500,0.500",
        **changed,
    }
    action = Action(size=2, low=[-100.0] * 2, high=[100.0] * 2, transform="clip", names=["a", "b"])
    *before, last = seeded_mlp(0, (18, 8, 2), "elu").layers
    gentle = Dense(last.weight * np.float32(0.1), last.bias * np.float32(0.1))
    network = PolicyNetwork(MLP((*before, gentle), "elu"))
    model = export_onnx(network, Normalization(mode="none"), action, {})
    onnx.helper.set_model_props(model, {key: value for key, value in metadata.items() if value})
    path = tmp_path / "velocity_flat.onnx"
    onnx.save(model, path)
    return path


def test_mjlabs_metadata_is_enough(tmp_path: Path) -> None:
    """The same robot as Isaac Lab's above, without its armature and with the joints in the scene's order."""
    robot = _robot(SCENE, _mjlab(tmp_path), tmp_path / "robot")
    gains = {"default_joint_stiffness": [25.0, 20.0], "default_joint_damping": [0.6, 0.5]}
    other = _isaac_lab(tmp_path, articulations={"robot": {"joint_names": JOINTS[::-1], **gains}})
    isaac = _robot(SCENE, other, tmp_path / "isaac")
    assert robot.observation_space.shape == (18,)
    assert robot.dt == 0.02
    robot.reset(seed=0)
    isaac.reset(seed=0)
    for action in np.random.default_rng(0).uniform(-1, 1, (20, 2)).astype(np.float32):
        robot.step(action)
        isaac.step(action[::-1])
        np.testing.assert_array_equal(robot.data.qpos, isaac.data.qpos)
    robot.close()
    isaac.close()


def test_what_three_decimals_lose_is_in_the_parity_table(tmp_path: Path) -> None:
    policy, scene = _mjlab(tmp_path), tmp_path / "scene.xml"
    scene.write_text(SCENE)
    files, quiet = RobotFiles(scene, policy, None), CallbackProgress(None)
    convert_file(policy, "legs", robot=files, name="legs", out=tmp_path / "legs", sandbox=False, progress=quiet)
    bundle = open_bundle(tmp_path / "legs")
    row = next(check for check in bundle.manifest.parity.checks if "±0.0005" in check.name)
    assert row.ok
    assert 1e-5 < row.value < row.tolerance == 0.005

    # Half a thousandth of a factor is much where the action that it multiplies is large.
    loud = replace(bundle.golden, action=1000 * bundle.golden.action)
    shouted = SimpleNamespace(manifest=bundle.manifest, folder=bundle.folder, golden=loud)
    assert [check.ok for check in rounding.rounding_checks(cast("Bundle", shouted))] == [False]

    # No numbers half a thousandth off lead farther than it says.
    control = bundle.manifest.env.control
    assert control is not None
    robot = cast("RobotEnv", rebuild_environment(bundle.manifest, bundle.folder).unwrapped)
    exact = rounding.positions(robot, bundle, control, 20)
    rng = np.random.default_rng(0)
    for _ in range(5):
        changes = {name: _rounded(rng, getattr(control, name)) for name in ("scale", "offset", "kp", "kd")}
        other = rounding.positions(robot, bundle, control.model_copy(update=changes), 20)
        assert 0 < np.max(np.abs(other - exact)) <= 1.01 * row.value
    robot.close()


def _rounded(rng: np.random.Generator, values: list[float]) -> list[float]:
    return [value + float(rng.choice([-0.0005, 0.0005])) for value in values]


def test_an_onnx_file_without_metadata_asks_for_a_loop(tmp_path: Path) -> None:
    with pytest.raises(BBConvertError, match=r"has no metadata of mjlab \(joint_stiffness is missing\)"):
        _robot(SCENE, _mjlab(tmp_path, joint_stiffness=""), tmp_path / "robot")
    (tmp_path / "again").mkdir()
    with pytest.raises(BBConvertError, match="has 'stiff' where numbers are expected"):
        _robot(SCENE, _mjlab(tmp_path / "again", joint_stiffness="stiff"), tmp_path / "again" / "robot")
