"""Every shape that MuJoCo knows is drawn, as large as the model says."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bbconvert.convert.bundle.bundle import Bundle
from tests.browser.conftest import OpenTab
from tests.browser.picture import STILL, Picture, still_picture

WINDOW = (960, 720)
FROM_THE_FRONT = "0,0,8"
"""Along -x from so far away that all in the plane x = 0 has one scale."""
MARKS = {"y": 2.6, "z": 2.9}
"""Two green balls, at -y and y: they tell metres from pixels."""
ROOM = 0.37
"""Metres around a shape's middle in which nothing else is."""

ASSETS = """
<texture name="checked" type="2d" builtin="checker" rgb1="1 0 1" rgb2="1 1 0" width="64" height="64"/>
<material name="checked" texture="checked" emission="0.3"/>
<material name="plain" rgba="1 0 1 1" emission="0.3"/>
<material name="mark" rgba="0 1 0 1" emission="0.3"/>
<mesh name="octahedron" vertex="0.05 0 0 -0.05 0 0 0 0.1 0 0 -0.1 0 0 0 0.3 0 0 -0.3"/>
<hfield name="hill" nrow="3" ncol="3" size="0.02 0.2 0.2 0.1" elevation="0 0 0 0 1 0 0 0 0"/>
"""
TENDON = """
<tendon><spatial name="rope" width="0.04" rgba="1 0 1 1"><site site="from"/><site site="to"/></spatial></tendon>
"""
PLAIN = 'material="plain" rgba="1 0 1 1"'
GREEN = 'material="mark" rgba="0 1 0 1"'
UNTOUCHED = 'contype="0" conaffinity="0"'
SHAPES = {
    "sphere": (f'size="0.2" {PLAIN}', -1.0, 2.2),
    "ellipsoid": (f'size="0.1 0.15 0.25" {PLAIN}', -2.6, 2.2),
    "capsule": (f'size="0.08 0.15" {PLAIN}', -1.8, 2.2),
    "cylinder": (f'size="0.12 0.2" {PLAIN}', -2.6, 1.2),
    "box": (f'size="0.005 0.2 0.12" {PLAIN}', 1.8, 2.2),
    "plane": ('size="0.25 0.15 0.01" zaxis="1 0 0" material="checked" rgba="1 1 1 1"', 2.6, 2.2),
    "mesh": (f'mesh="octahedron" {PLAIN}', 1.0, 2.2),
    "hfield": (f'hfield="hill" {PLAIN}', -1.8, 1.2),
}
"""Attributes, and where it stands: y, z, metres. At the camera's height neither end of a cylinder is seen."""
SITE = (-1.0, 1.2)
ROPE = (1.8, 1.2)
DRAWN: dict[str, tuple[tuple[float, float], float, float]] = {
    "sphere": (SHAPES["sphere"][1:], 0.4, 0.4),
    "ellipsoid": (SHAPES["ellipsoid"][1:], 0.3, 0.5),
    "capsule": (SHAPES["capsule"][1:], 0.16, 0.46),
    "cylinder": (SHAPES["cylinder"][1:], 0.24, 0.4),
    "box": (SHAPES["box"][1:], 0.4, 0.24),
    "plane": (SHAPES["plane"][1:], 0.3, 0.5),
    "mesh": (SHAPES["mesh"][1:], 0.2, 0.6),
    "hfield": (SHAPES["hfield"][1:], 0.4, 0.3),
    "site": (SITE, 0.2, 0.3),
    # Its length with a round end, and its thickness.
    "tendon": (ROPE, 0.44, 0.08),
}
"""Where each stands (y, z), and how wide (y) and high (z) it is, metres."""


def _exhibit(scene: str) -> str:
    """The scene with one of every shape in the plane x = 0, beside the body; nothing touches them."""
    geoms = [
        f'<geom type="{kind}" {attributes} pos="0 {y} {z}" {UNTOUCHED}/>' for kind, (attributes, y, z) in SHAPES.items()
    ]
    geoms += [
        f'<geom type="sphere" size="0.06" {GREEN} pos="0 {y} {MARKS["z"]}" {UNTOUCHED}/>'
        for y in (-MARKS["y"], MARKS["y"])
    ]
    y, z = SITE
    sites = [f'<site type="box" size="0.05 0.1 0.15" pos="0 {y} {z}" rgba="1 0 1 1"/>']
    y, z = ROPE
    for name, end in (("from", y - 0.2), ("to", y + 0.2)):
        sites.append(f'<site name="{name}" size="0.005" pos="0 {end} {z}" rgba="1 0 1 1"/>')
    for tag, added in (("</asset>", ASSETS), ("</worldbody>", "".join(geoms + sites)), ("</mujoco>", TENDON)):
        assert scene.count(tag) == 1
        scene = scene.replace(tag, added + tag)
    return scene


def _painted(picture: Picture, *, without: int) -> NDArray[np.bool_]:
    """Pixels with much of two colours and little of the third (0 red, 1 green, 2 blue), in light and in shade."""
    others = np.delete(picture, without, axis=2).min(axis=2)
    return np.asarray((others > 40) & (picture[:, :, without] < 0.6 * others))


def _green(picture: Picture) -> NDArray[np.bool_]:
    red, green, blue = picture.transpose(2, 0, 1)
    return np.asarray((green > 40) & (red < 0.6 * green) & (blue < 0.6 * green))


def test_every_shape_is_drawn_as_large_as_the_model_says(
    open_tab: OpenTab, serve_copy: Callable[[Bundle], Path], default_bundle: Bundle
) -> None:
    folder = serve_copy(default_bundle)
    scene = folder / "scene.xml"
    scene.write_text(_exhibit(scene.read_text()))
    tab = open_tab(
        drawing=True,
        size=WINDOW,
        context=STILL,
        before=lambda page: page.emulate_media(color_scheme="light"),
        bundle=folder.name,
        camera=FROM_THE_FRONT,
        paused=1,
        seed=3,
    )
    picture = still_picture(tab)
    rows, columns = np.nonzero(_green(picture))
    left = columns < WINDOW[0] / 2
    a_metre = (columns[~left].mean() - columns[left].mean()) / (2 * MARKS["y"])
    middle = (columns[~left].mean() + columns[left].mean()) / 2
    top = rows.mean()

    def cell(y: float, z: float) -> Picture:
        """The picture of what is around (y, z)."""
        column, row, room = middle + y * a_metre, top + (MARKS["z"] - z) * a_metre, ROOM * a_metre
        return picture[int(row - room) : int(row + room), int(column - room) : int(column + room)]

    for kind, (place, width, height) in DRAWN.items():
        drawn = cell(*place)
        inked = np.nonzero(_painted(drawn, without=1) | _painted(drawn, without=2))
        assert len(inked[0]) > 0, f"{kind} is not drawn"
        found = [float(np.ptp(axis) + 1) / a_metre for axis in (inked[1], inked[0])]
        assert found == pytest.approx([width, height], rel=0.06, abs=1.5 / a_metre), kind

    # The plane's texture: as much of one colour as of the other.
    checked = cell(*DRAWN["plane"][0])
    magenta, yellow = (_painted(checked, without=colour).sum() for colour in (1, 2))
    assert magenta / yellow == pytest.approx(1, rel=0.15)
