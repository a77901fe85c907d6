"""Forces are drawn to one scale: an arrow of twice the newtons is twice as long, whoever exerts them."""

import mujoco
import numpy as np
import pytest
from numpy.typing import NDArray

from bbconvert.convert.bundle.bundle import Bundle
from tests.browser.conftest import OpenTab
from tests.browser.picture import SMALL, STILL, Picture, different, still_picture
from tests.browser.tab import Tab

FROM_THE_FRONT = "0,2,5"
"""The body's left is on the picture's right."""
FALL = 0.1
"""Metres above its first height from which the body is dropped on its feet."""
STIFF = 40.0
"""Of a drag whose arrow is longer than its band."""
SOFT = 4.0
"""Of a drag whose band is longer than its arrow."""


def _open(open_tab: OpenTab) -> Tab:
    return open_tab(drawing=True, size=SMALL, context=STILL, camera=FROM_THE_FRONT, paused=1, seed=3, policy=0)


def _height(one: Picture, other: Picture) -> int:
    """How many pixels high their difference is."""
    return int(np.ptp(np.nonzero(different(one, other))[0]))


def _width(one: Picture, other: Picture) -> int:
    """How many pixels wide their difference is, above the floor with its shadows."""
    return int(np.ptp(np.nonzero(different(one, other)[: SMALL[1] // 2])[1]))


def _pushed(tab: Tab, plain: Picture, impulse: float) -> float:
    """Pixels of a sideways push, given over a tenth of a second, per newton."""
    tab.reset(seed=3)
    tab.call("return player.push({ body: 'torso', impulse: [0, argument, 0] });", impulse)
    return _width(plain, still_picture(tab)) / (10 * impulse)


def _dragged(tab: Tab, plain: Picture, stiffness: float, metres: float) -> tuple[int, float]:
    """Pixels of a sideways drag, and its newtons."""
    x, y, z = map(float, tab.reset(seed=3).qpos[:3])
    tab.call("return player.setStiffness(argument);", stiffness)
    tab.call("return player.grab(argument);", {"body": "torso", "point": [x, y, z], "target": [x, y + metres, z]})
    hand = tab.snapshot().hand
    assert hand is not None
    pixels = _width(plain, still_picture(tab))
    tab.call("return player.release();")
    return pixels, float(np.linalg.norm(hand.force))


def test_a_drag_is_as_long_as_its_stretch_and_its_arrow_as_its_force(open_tab: OpenTab) -> None:
    tab = _open(open_tab)
    plain = still_picture(tab)
    push = _pushed(tab, plain, 20)
    for metres in (0.15, 0.3):
        pixels, newtons = _dragged(tab, plain, STIFF, metres)
        assert pixels / newtons == pytest.approx(push, rel=0.12)
    (short, _), (long, _) = _dragged(tab, plain, SOFT, 0.4), _dragged(tab, plain, SOFT, 0.8)
    assert long / short == pytest.approx(2, rel=0.15)


def _landing(bundle: Bundle, qpos: NDArray[np.float64], steps: int) -> float:
    """The largest contact force (newtons) in MuJoCo itself, `steps` control steps after the limp body was dropped."""
    env = bundle.manifest.env
    model = mujoco.MjModel.from_xml_path(str(bundle.folder / "scene.xml"))
    model.opt.timestep = env.timestep
    data = mujoco.MjData(model)
    data.qpos = qpos
    mujoco.mj_forward(model, data)
    for _ in range(steps * env.frame_skip):
        mujoco.mj_step(model, data)
    force = np.zeros(6)
    largest = 0.0
    for contact in range(data.ncon):
        mujoco.mj_contactForce(model, data, contact, force)
        largest = max(largest, float(np.linalg.norm(force[:3])))
    return largest


def test_a_contact_forces_arrow_is_as_long_as_mujocos_newtons(open_tab: OpenTab, default_bundle: Bundle) -> None:
    tab = _open(open_tab)
    push = _pushed(tab, still_picture(tab), 20)
    qpos = np.array(default_bundle.manifest.env.reset.init_qpos)
    qpos[2] += FALL
    tab.reset(seed=3, qpos=qpos, qvel=np.zeros_like(default_bundle.manifest.env.reset.init_qvel))
    forces = [_landing(default_bundle, qpos, steps) for steps in range(30)]
    strongest = int(np.argmax(forces))
    lengths = []
    for steps in (strongest, strongest + 1):
        tab.step(steps - tab.snapshot().step)
        plain = still_picture(tab)
        tab.call("return player.setOverlay('forces', true);")
        lengths.append(_height(plain, still_picture(tab)))
        tab.call("return player.setOverlay('forces', false);")
        assert lengths[-1] / forces[steps] == pytest.approx(push, rel=0.15)
    assert lengths[0] > 1.5 * lengths[1]
