"""A robot in a repository's folder as it was cloned: Unitree's unitree_rl_gym."""

import difflib
from pathlib import Path

from bbconvert.convert.conversion import RobotFiles
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.robots.loop import read_yaml
from bbconvert.convert.robots.unitree import is_unitree

_ROOT = "{LEGGED_GYM_ROOT_DIR}/"
"""What the deploy files call the repository's folder."""
MOST_FILES = 2000
"""YAML files that are looked at: the repository has some ten."""


def holds_robots(folder: Path) -> bool:
    """Whether a folder has deploy files of Unitree."""
    return bool(_deploy_files(folder))


def find_robot(folder: Path, robot: str | None, triangles: int | None) -> tuple[Path, RobotFiles]:
    """The policy of a robot, its scene and its loop, as its deploy file in the folder names them.

    Raises:
        BBConvertError: the folder has no such file, or none for this robot; or what it names is not there.
    """
    deploys = _deploy_files(folder)
    if not deploys:
        raise BBConvertError(
            f"{folder} has no deploy file of Unitree (deploy/*.yaml with kps and control_decimation). Name a robot's "
            "files one by one: bbconvert convert POLICY --mjcf SCENE --loop YAML"
        )
    if robot is None or robot not in deploys:
        near = difflib.get_close_matches(robot or "", deploys, 1)
        what = "Name one of its robots" if robot is None else f"{folder} has no robot {robot!r}"
        advice = f" Did you mean --robot {near[0]}?" if near else ""
        raise BBConvertError(f"{what}: --robot {' or '.join(sorted(deploys))}.{advice}")
    loop = deploys[robot]
    said = read_yaml(loop)
    policy, scene = (_named(folder, robot, loop, said.get(key), key) for key in ("policy_path", "xml_path"))
    return policy, RobotFiles(scene, loop, triangles)


def _deploy_files(folder: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob("*.yaml"))[:MOST_FILES]:
        try:
            deploys = is_unitree(read_yaml(path))
        except BBConvertError:
            continue
        if deploys:
            found.setdefault(path.stem, path)
    return found


def _named(folder: Path, robot: str, loop: Path, stated: object, key: str) -> Path:
    """The file where the deploy file says that it is, or the only one of that name in a folder of the robot's name."""
    if not isinstance(stated, str) or not stated.strip():
        raise BBConvertError(f"{loop} has no {key}, which names a file of the robot.")
    inside = stated.removeprefix(_ROOT)
    path = folder / inside
    if path.is_file() and path.resolve().is_relative_to(folder.resolve()):
        return path
    name = Path(inside.replace("\\", "/")).name
    found = [path for path in sorted(folder.rglob(name)) if robot in path.relative_to(folder).parts[:-1]]
    if len(found) == 1:
        return found[0]
    where = ", ".join(str(path.relative_to(folder)) for path in found) or "none"
    raise BBConvertError(
        f"{loop} names {stated} as its {key}, which is not at {path}; in folders called {robot}, the files {name} are: "
        f"{where}. Name it: bbconvert convert POLICY --mjcf SCENE --loop {loop}"
    )
