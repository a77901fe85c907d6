"""The page on a phone: everything is in reach, nothing lies on anything else."""

import numpy as np

from tests.browser.conftest import OpenTab
from tests.browser.finger import Finger
from tests.browser.layout import SLACK, overlapping, targets
from tests.browser.tab import Tab

PHONE = (390, 844)


def _check_layout(tab: Tab, least: int) -> None:
    controls = [target for target in targets(tab.page) if target["shown"]]
    assert len(controls) >= least
    for control in controls:
        assert control["left"] >= -SLACK, control
        assert control["top"] >= -SLACK, control
        assert control["right"] <= PHONE[0] + SLACK, control
        assert control["bottom"] <= PHONE[1] + SLACK, control
    assert overlapping(controls) == []


def test_no_control_overlaps_another_or_leaves_the_screen(open_tab: OpenTab) -> None:
    tab = open_tab(size=PHONE, context={"has_touch": True, "is_mobile": True}, paused=1)
    tab.page.get_by_role("button", name="Dismiss").tap()  # that there is no picture
    _check_layout(tab, 8)
    tab.page.get_by_role("button", name="More controls").tap()
    _check_layout(tab, 12)
    tab.page.get_by_role("button", name="Show telemetry").tap()
    _check_layout(tab, 12)
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]


def test_a_finger_drags_the_body_on_a_phone(open_tab: OpenTab) -> None:
    tab = open_tab(drawing=True, size=PHONE, context={"has_touch": True, "is_mobile": True}, paused=1, seed=3)
    undragged = tab.step(40)
    tab.reset(seed=3)
    x, y = tab.find_body()
    finger = Finger(tab.page)
    finger.down(x, y)
    tab.wait("snapshot.hand !== null")
    finger.move(x + 40, y - 30)
    finger.move(x + 90, y - 60)
    tab.wait("snapshot.hand.target[2] > snapshot.hand.point[2] + 0.1")
    dragged = tab.step(40)
    finger.up()
    tab.wait("snapshot.hand === null")
    assert np.linalg.norm(dragged.qpos[:3] - undragged.qpos[:3]) > 0.03
