"""A robot's scene and loop, read and written for a bundle."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import mujoco
import numpy as np

from bbconvert.convert.bundle.bundle import LICENSE
from bbconvert.convert.conversion import RobotFiles
from bbconvert.convert.environments.environment import EnvironmentSpec, described_robot
from bbconvert.convert.manifest import Environment
from bbconvert.convert.robots.isaac_lab import is_isaac_lab, isaac_lab_loop
from bbconvert.convert.robots.loop import Loop, environment_of, parse_loop, read_yaml
from bbconvert.convert.robots.mjlab import mjlab_loop
from bbconvert.convert.robots.rl_sar import is_rl_sar, rl_sar_loop
from bbconvert.convert.robots.scene import write_scene
from bbconvert.convert.robots.unitree import is_unitree, unitree_loop
from bbconvert.observation.spec import ObservationSpec

_ABOVE = 4
"""Folders that are looked at for a licence: a scene lies up to three below its repository's."""
_MOST_LICENSE = 100_000
"""Bytes: the longest of the usual licences have 35,000."""


@dataclass(frozen=True)
class _Sections:
    """The manifest's sections of a robot."""

    env: Environment
    observation: ObservationSpec


def read_robot(files: RobotFiles, folder: Path) -> tuple[EnvironmentSpec, Loop]:
    """Writes the scene into `folder`, which is there; the environment that the loop makes of it, and the loop.

    Raises:
        BBConvertError: a file is missing or is not what it should be, or the loop does not fit the scene.
    """
    scene = write_scene(files.scene, folder, files.triangles)
    _keep_license(files.scene, folder)
    model = mujoco.MjModel.from_xml_path(str(scene.path))
    loop = loop_of(files.loop, model)
    env, observation = environment_of(loop, model)
    spec = described_robot(_Sections(env, observation), scene.path, scene.assets)
    n = model.nu
    low, high = np.full(n, loop.action_low, np.float32), np.full(n, loop.action_high, np.float32)
    return replace(spec, action_low=low, action_high=high), loop


def _keep_license(scene: Path, folder: Path) -> None:
    """Copies the licence that stands beside the scene, or in one of the folders above it, as in a clone."""
    for place in list(scene.resolve().parents)[:_ABOVE]:
        found = sorted(
            path for path in place.glob("LICENSE*") if path.is_file() and path.stat().st_size <= _MOST_LICENSE
        )
        if found:
            shutil.copyfile(found[0], folder / LICENSE)
            return


def loop_of(path: Path, model: mujoco.MjModel) -> Loop:
    """The loop in a file of ours, or of one of the makers' that are known, told by what it holds.

    Raises:
        BBConvertError: it is none of them.
    """
    if path.suffix == ".onnx":
        return mjlab_loop(path, model)
    document = read_yaml(path)
    for is_theirs, loop in _MAKERS:
        if is_theirs(document):
            return loop(path, model)
    return parse_loop(document, path)


_MAKERS: tuple[tuple[Callable[[dict[str, Any]], bool], Callable[[Path, mujoco.MjModel], Loop]], ...] = (
    (is_unitree, unitree_loop),
    (is_rl_sar, rl_sar_loop),
    (is_isaac_lab, isaac_lab_loop),
)
