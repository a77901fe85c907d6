"""The body that is seen, and the camera that sees it."""

import itertools
from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.manifest import Lens

DIRECTION = np.array([0.78, -0.5, 0.38])
"""From the body to the camera."""
FOV = 30.0
"""Degrees."""
MARGIN = 1.02
"""How much more than the body in any attitude the picture shows."""

_CORNERS = np.array(list(itertools.product((-1, 1), repeat=3)))


@dataclass(frozen=True)
class Seen:
    """A body that can be put into any attitude.

    Args:
        model: of the scene.
        body: its id.
        qpos: where its quaternion begins in `qpos`.
    """

    model: mujoco.MjModel
    body: int
    qpos: int

    def poses(self, attitudes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where all bodies are, [n, nbody, 7] (x, y, z, qw, qx, qy, qz), with this one in each of the attitudes.

        Args:
            attitudes: unit quaternions `wxyz`, [n, 4].
        """
        data = mujoco.MjData(self.model)
        poses = np.empty((len(attitudes), self.model.nbody, 7))
        for row, attitude in zip(poses, attitudes, strict=True):
            data.qpos[self.qpos : self.qpos + 4] = attitude
            mujoco.mj_kinematics(self.model, data)
            row[:, :3], row[:, 3:] = data.xpos, data.xquat
        return poses

    def lens(self, pixels: int) -> Lens:
        """A camera that has the whole body in its square picture, whatever its attitude."""
        model, data = self.model, mujoco.MjData(self.model)
        mujoco.mj_kinematics(model, data)
        centre = data.xpos[self.body]
        reach = 0.0
        for geom in np.flatnonzero(model.body_rootid[model.geom_bodyid] == model.body_rootid[self.body]):
            middle, half = np.split(model.geom_aabb[geom], 2)
            corners = (middle + half * _CORNERS) @ data.geom_xmat[geom].reshape(3, 3).T + data.geom_xpos[geom]
            reach = max(reach, float(np.max(np.linalg.norm(corners - centre, axis=1))))
        distance = MARGIN * reach / np.sin(np.radians(FOV / 2))
        eye = centre + distance * DIRECTION / np.linalg.norm(DIRECTION)
        position, target = (tuple(round(float(x), 3) for x in at) for at in (eye, centre))
        return Lens(width=pixels, height=pixels, position=position, target=target, fov=FOV)


def seen_body(model: mujoco.MjModel, name: str) -> Seen:
    """The body of that name.

    Raises:
        BBConvertError: there is none, or it has no joint that turns it freely.
    """
    body = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_BODY, name)
    turning = {int(mujoco.mjtJoint.mjJNT_BALL): 0, int(mujoco.mjtJoint.mjJNT_FREE): 3}
    found = {model.body(model.jnt_bodyid[i]).name: i for i in range(model.njnt) if model.jnt_type[i] in turning}
    if name not in found:
        what = "has no joint that turns it freely" if body >= 0 else "does not exist"
        choices = ", ".join(found) or "none in this scene"
        raise BBConvertError(f"Body {name!r} {what}. Bodies with a ball or a free joint: {choices}.")
    joint = found[name]
    return Seen(model, body, int(model.jnt_qposadr[joint]) + turning[model.jnt_type[joint]])
