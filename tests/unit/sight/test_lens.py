"""The camera that sees a body, whatever its attitude."""

import mujoco
import numpy as np
import pytest

from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.shipped import REORIENT_BUNDLE
from bbconvert.convert.sight.lens import seen_body
from bbconvert.convert.sight.pictures import random_attitudes


@pytest.fixture(scope="module")
def model() -> mujoco.MjModel:
    return mujoco.MjModel.from_xml_path(str(REORIENT_BUNDLE / "scene.xml"))


def test_the_whole_body_is_in_the_picture_whatever_its_attitude(model: mujoco.MjModel) -> None:
    seen = seen_body(model, "lander")
    lens = seen.lens(64)
    eye, target = np.array(lens.position), np.array(lens.target)
    forward = (target - eye) / np.linalg.norm(target - eye)
    right = np.cross(forward, [0, 0, 1])
    right /= np.linalg.norm(right)
    up = np.cross(right, forward)
    edge = np.tan(np.radians(lens.fov / 2))
    data = mujoco.MjData(model)
    geoms = [geom for geom in range(model.ngeom) if model.geom_bodyid[geom] == seen.body]
    furthest = 0.0
    for attitude in random_attitudes(np.random.default_rng(0), 200):
        data.qpos[seen.qpos : seen.qpos + 4] = attitude
        mujoco.mj_kinematics(model, data)
        for geom in geoms:
            at = data.geom_xpos[geom] - eye
            furthest = max(furthest, *(abs(at @ axis) / (at @ forward) for axis in (right, up)))
    assert furthest < edge  # the centre of every part; parts may be wide: half of the picture is filled at least
    assert furthest > 0.5 * edge


def test_poses_are_those_of_the_attitudes(model: mujoco.MjModel) -> None:
    seen = seen_body(model, "lander")
    attitudes = random_attitudes(np.random.default_rng(1), 5)
    poses = seen.poses(attitudes)
    assert poses.shape == (5, model.nbody, 7)
    np.testing.assert_allclose(poses[:, seen.body, 3:], attitudes, atol=1e-15)
    np.testing.assert_allclose(poses[:, seen.body, :3], np.tile([0, 0, 1], (5, 1)))


def test_attitudes_are_uniform() -> None:
    attitudes = random_attitudes(np.random.default_rng(2), 20_000)
    np.testing.assert_allclose(np.linalg.norm(attitudes, axis=1), 1)
    up = 1 - 2 * (attitudes[:, 1] ** 2 + attitudes[:, 2] ** 2)  # uniform between -1 and 1 (Archimedes)
    counts, _ = np.histogram(up, 10, (-1, 1))
    assert np.all(np.abs(counts - 2000) < 250)  # five standard deviations


@pytest.mark.parametrize("body", ["crown", "wheel"])
def test_a_body_that_does_not_turn_freely_is_refused_with_the_choices(model: mujoco.MjModel, body: str) -> None:
    with pytest.raises(BBConvertError, match=rf"{body}.*lander"):
        seen_body(model, body)
