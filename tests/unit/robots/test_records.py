"""Control loops as data, held to records of the robots' own deployment scripts: to the last bit, for ten seconds."""

from dataclasses import dataclass, replace
from pathlib import Path

import mujoco
import numpy as np
import pytest

from bbconvert.convert.bundle.body import body_manifest
from bbconvert.convert.bundle.bundle import write_manifest
from bbconvert.convert.conversion import RobotFiles
from bbconvert.convert.environments.environment import EnvironmentSpec, mujoco_env, rebuild_environment
from bbconvert.convert.robots.robot import read_robot
from bbconvert.mjcf.control import Control
from tests.support.repository import ROOT
from tests.support.robot_record import write_record
from tests.support.vitest import run_parity

GO1 = ROOT / "examples" / "robots" / "go1.yaml"


@dataclass(frozen=True)
class Recorded:
    """A robot whose script was recorded: its files, and the folder with `record.npz`."""

    files: RobotFiles
    folder: Path


@pytest.fixture(params=["go1", "g1", "h1"])
def recorded(request: pytest.FixtureRequest, shared_robots: Path) -> Recorded:
    """Each robot of `../shared/robots` that has a record."""
    if request.param == "go1":
        folder = shared_robots / "playground_go1"
        return Recorded(RobotFiles(folder / "scene_mjx_feetonly_flat_terrain.xml", GO1, 1500), folder)
    folder = shared_robots / "unitree_rl_gym" / request.param
    loop = folder.parent / "deploy" / f"{request.param}.yaml"
    return Recorded(RobotFiles(folder / "scene.xml", loop, 1500), folder)


def _departure(spec: EnvironmentSpec, folder: Path, record: Path) -> int | None:
    """The first control step at which state or observation is not the script's, to the last bit."""
    env = rebuild_environment(spec, folder)
    data = mujoco_env(env).data
    expected = np.load(record)
    observation, _ = env.reset(seed=0)
    for step, action in enumerate(expected["action"]):
        same = (
            np.array_equal(data.qpos, expected["qpos"][step])
            and np.array_equal(data.qvel, expected["qvel"][step])
            and np.array_equal(observation.astype(np.float32), expected["observation"][step])
        )
        if not same:
            return step
        observation = env.step(action)[0]
    return None


def test_positions_velocities_and_observations_are_the_scripts_own(recorded: Recorded, tmp_path: Path) -> None:
    spec, loop = read_robot(recorded.files, tmp_path)

    assert spec.observation.size == np.load(recorded.folder / "record.npz")["observation"].shape[1]
    assert loop.command is not None
    assert _departure(spec, tmp_path, recorded.folder / "record.npz") is None


def test_one_gain_one_order_or_one_scale_is_noticed_at_once(recorded: Recorded, tmp_path: Path) -> None:
    spec, _ = read_robot(recorded.files, tmp_path)
    record = recorded.folder / "record.npz"
    control = spec.env.control
    assert control is not None
    halved = control.model_copy(update={"scale": [control.scale[0] / 2, *control.scale[1:]]})
    twins = [_with(spec, control=halved)]
    if control.kp is not None and control.joints is not None:
        twins.append(_with(spec, control=control.model_copy(update={"kp": [control.kp[0] + 1, *control.kp[1:]]})))
        swapped = [control.joints[1], control.joints[0], *control.joints[2:]]
        twins.append(_with(spec, control=control.model_copy(update={"joints": swapped})))
    for twin in twins:
        assert _departure(twin, tmp_path, record) in (0, 1, 2)


def _with(spec: EnvironmentSpec, control: Control) -> EnvironmentSpec:
    return replace(spec, env=spec.env.model_copy(update={"control": control}))


def test_reduced_pictures_leave_the_physics_as_it_was(recorded: Recorded, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "few").mkdir()
    read_robot(RobotFiles(recorded.files.scene, recorded.files.loop, None), tmp_path / "full")
    read_robot(recorded.files, tmp_path / "few")

    full, few = (mujoco.MjModel.from_xml_path(str(tmp_path / name / "scene.xml")) for name in ("full", "few"))
    assert int(few.mesh_facenum.sum()) <= int(full.mesh_facenum.sum())
    drawn = {int(mesh) for mesh in few.geom_dataid[(few.geom_contype == 0) & (few.geom_conaffinity == 0)]} - {-1}
    touching = {int(mesh) for mesh in few.geom_dataid[(few.geom_contype != 0) | (few.geom_conaffinity != 0)]} - {-1}
    counts = {few.mesh(mesh).name: int(few.mesh_facenum[mesh]) for mesh in drawn - touching}
    assert max(counts.values(), default=0) <= 1500, counts
    for name in ("body_mass", "body_inertia", "body_ipos", "body_iquat", "dof_M0"):
        assert np.array_equal(getattr(few, name), getattr(full, name)), name


def test_the_tab_plays_the_same_loop(recorded: Recorded, tmp_path: Path) -> None:
    """Each step from the script's state under its action, in WASM: positions within 1e-12, observations to the bit."""
    folder = tmp_path / "robot"
    folder.mkdir()
    spec, loop = read_robot(recorded.files, folder)
    write_manifest(folder, body_manifest(spec, loop.name, loop.title))
    write_record(np.load(recorded.folder / "record.npz"), folder / "record.json")
    assert run_parity("robot", folder) == 2
