"""A robot's environment from the manifest's sections: the loop is data, the scene the bundle's own."""

from pathlib import Path

import gymnasium
import numpy as np
from numpy.typing import NDArray

from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.manifest import Environment
from bbconvert.convert.safety.scene_file import require_safe_scene
from bbconvert.mjcf.robot_env import RobotEnv
from bbconvert.observation.spec import ObservationSpec


def make_robot(
    env: Environment, observation: ObservationSpec, folder: Path
) -> "gymnasium.Env[NDArray[np.float64], NDArray[np.float32]]":
    """The robot in `scene.xml` of `folder`, played by the loop of these sections.

    Raises:
        BBConvertError: the scene is not one to give to MuJoCo, or the loop does not fit it.
    """
    require_safe_scene(folder, "scene.xml")
    if env.control is None:
        raise BBConvertError(f"{env.id} has no control law in this manifest. Convert it again.")
    try:
        robot = RobotEnv(
            folder.resolve() / "scene.xml",
            observation=observation,
            control=env.control,
            command=env.command,
            timestep=env.timestep,
            frame_skip=env.frame_skip,
            qpos=env.reset.init_qpos,
            termination=env.termination,
            changes=env.changes,
        )
    except ValueError as error:
        raise BBConvertError(f"{env.trained_on} does not fit its scene: {error}.") from error
    if env.max_episode_steps is None:
        return robot
    return gymnasium.wrappers.TimeLimit(robot, env.max_episode_steps)
