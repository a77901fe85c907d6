"""The studio: light and shadow, floor and fog, the body's colours, forces to scale, and how finely it is drawn."""

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page

from tests.browser.conftest import OpenTab
from tests.browser.picture import SMALL, STILL, Picture, changed, different, still_picture
from tests.browser.tab import Tab

LARGE = (1200, 800)
DENSE: dict[str, float] = {"device_scale_factor": 2}
"""More pixels than a software renderer draws in time."""
METRES_UP = 30


def _light(page: Page) -> None:
    page.emulate_media(color_scheme="light")


def _open(open_tab: OpenTab) -> Tab:
    return open_tab(drawing=True, size=SMALL, context=STILL, before=_light, paused=1, seed=3)


def _middle(pixels: NDArray[np.bool_]) -> float:
    """The mean column of some pixels."""
    assert pixels.sum() > 100
    return float(np.nonzero(pixels)[1].mean())


def test_left_limbs_are_warm_and_right_ones_cool(open_tab: OpenTab) -> None:
    tab = _open(open_tab)
    # Seen from the front the body's left is on the picture's right.
    for key, sign in (("4", 1), ("7", -1)):
        tab.page.keyboard.press(key)
        red, _, blue = still_picture(tab).transpose(2, 0, 1)
        assert sign * (_middle(red - blue > 60) - _middle(blue - red > 40)) > 5


def _shaded(picture: Picture) -> int:
    """Dark pixels without a colour: a body's shadow on a floor that is light."""
    plain = picture.max(axis=2) - picture.min(axis=2) < 30
    return int((plain & (picture.mean(axis=2) < 165)).sum())


def test_the_body_casts_a_shadow_on_the_floor_below_it(open_tab: OpenTab) -> None:
    tab = _open(open_tab)
    standing = _shaded(still_picture(tab))
    qpos = tab.snapshot().qpos
    qpos[2] += METRES_UP
    tab.reset(seed=3, qpos=qpos)
    assert standing > 1.5 * _shaded(still_picture(tab))  # what is left is the ruler's ink


def test_tiles_alternate_and_fade_into_the_fog_without_an_edge(open_tab: OpenTab) -> None:
    tab = _open(open_tab)
    rows = still_picture(tab).mean(axis=2)
    # In front of the body light tiles, dark tiles and the lines between them.
    near = rows[-20:]
    assert near.max() - near.min() > 10
    # From the sky down to the floor no row is much darker than the one above it, beside the body.
    away = rows[: SMALL[1] // 2, : SMALL[0] // 4].mean(axis=1)
    assert np.abs(np.diff(away)).max() < 4
    assert away[0] < away.max()


def test_the_camera_follows_the_body_and_keeps_the_users_angle(open_tab: OpenTab) -> None:
    tab = _open(open_tab)
    x, y = tab.find_body()
    tab.page.mouse.move(x + 90, y)
    assert tab.page.evaluate("([x, y]) => document.elementFromPoint(x, y).id", [x + 90, y]) == "scene"
    tab.page.mouse.down()
    tab.page.mouse.move(x + 130, y - 10, steps=3)
    tab.page.mouse.up()
    tab.wait_in_page("location.search.includes('camera=')")
    before, angle = still_picture(tab), tab.query["camera"]
    start = tab.snapshot()
    tab.reset(seed=3, qpos=start.qpos + np.eye(len(start.qpos))[0] * 4, qvel=start.qvel)
    after = still_picture(tab)
    assert tab.query["camera"] == angle
    # The floor's tiles are a metre wide: four metres on, all looks as it did, but for the numbers of the ruler.
    assert different(before, after).mean() < 0.02


def _from_above(tab: Tab, x: float) -> Picture:
    """The body at `x` metres, and its surroundings to one scale, a tile to each metre."""
    start = tab.reset(seed=3)
    tab.reset(seed=3, qpos=start.qpos + np.eye(len(start.qpos))[0] * x, qvel=start.qvel)
    tab.page.keyboard.press("6")
    return still_picture(tab)


def _sharpest(picture: Picture) -> float:
    """The steps of brightness from pixel to pixel at the shadow's sharpest edges, in the upper half of the picture."""
    upper = picture[: SMALL[1] // 2]
    light = upper.mean(axis=2)
    shadow = (upper.max(axis=2) - upper.min(axis=2) < 30) & (light < 190)
    steps = np.abs(np.diff(light, axis=1))[shadow[:, 1:] | shadow[:, :-1]]
    return float(np.sort(steps)[-100:].mean())


def test_the_shadow_is_as_sharp_beside_a_body_that_went_twenty_metres(open_tab: OpenTab) -> None:
    tab = _open(open_tab)
    # Below it are the ruler's numbers, which are others.
    here, there = (_from_above(tab, metres)[: 3 * SMALL[1] // 4] for metres in (0, 20))
    assert _shaded(here) > 1000
    assert _shaded(there) == pytest.approx(_shaded(here), rel=0.1)
    assert _sharpest(there) == pytest.approx(_sharpest(here), rel=0.1)
    assert changed(here, there) < 0.1 * _shaded(here)


def test_every_metre_of_the_floor_has_its_number(open_tab: OpenTab) -> None:
    tab = _open(open_tab)
    here, there = (_from_above(tab, metres) for metres in (0, 2))
    light = here[10].mean(axis=1)
    tiles = np.nonzero(np.diff(light > (light.max() + light.min()) / 2))[0]
    # Two tiles on, the numbers alone are others: one at each edge of a tile.
    rows, columns = np.nonzero(different(here, there)[SMALL[1] // 2 :])
    line = slice(rows.min() + SMALL[1] // 2, rows.max() + 1 + SMALL[1] // 2)
    assert line.stop - line.start < SMALL[1] / 10
    metre = np.diff(tiles).mean()
    inner = tiles[(tiles > metre / 2) & (tiles < SMALL[0] - metre / 2)]
    assert len(inner) >= 3
    for tile in inner:
        assert np.abs(columns - tile).min() < metre / 20

    def ink(picture: Picture, edge: int) -> NDArray[np.bool_]:
        """What is written at an edge."""
        return np.asarray(picture[line, int(edge - metre / 3) : int(edge + metre / 3)].mean(axis=2) < 165)

    def unlike(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> int:
        """Pixels that are written in one alone, where both lie on each other best."""
        return min(int((one ^ np.roll(other, shift, axis=1)).sum()) for shift in range(-8, 9))

    # Of the numbers there the one before the body is most like the one after it, two metres back.
    likeness = [unlike(ink(here, inner[-1]), ink(there, edge)) for edge in inner]
    assert np.argmin(likeness) == 0 != np.argmax(likeness)


def test_a_push_is_drawn_to_scale(open_tab: OpenTab) -> None:
    tab = _open(open_tab)
    tab.page.keyboard.press("4")
    plain = still_picture(tab)

    def width(impulse: float) -> int:
        """Of the arrow of a sideways push, pixels."""
        tab.reset(seed=3)
        tab.call("return player.push({ body: 'torso', impulse: [0, argument, 0] });", impulse)
        columns = np.nonzero(different(plain, still_picture(tab)))[1]
        return int(np.ptp(columns))

    whole = width(20)
    assert width(10) / whole == pytest.approx(0.5, rel=0.15)
    assert width(40) / whole == pytest.approx(2.0, rel=0.15)


def test_resolution_steps_down_while_drawing_is_slow_and_is_whole_at_rest(open_tab: OpenTab) -> None:
    tab = open_tab(drawing=True, size=LARGE, context=DENSE, paused=1, seed=3)
    pixels = DENSE["device_scale_factor"] * LARGE[0]
    width = "document.getElementById('scene').width"
    tab.wait_in_page(f"{width} === {pixels:.0f}")
    tab.call("return player.play();")
    tab.wait_in_page(f"{width} < {0.7 * pixels}")
    tab.call("return player.pause();")
    tab.wait_in_page(f"{width} === {pixels:.0f}")
