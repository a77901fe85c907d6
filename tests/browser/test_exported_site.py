"""The exported site: plain files on a plain host, below a sub-path."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from bbconvert.convert.bundle.library import Library
from bbconvert.convert.site.export import write_site
from tests.browser.conftest import OpenTab
from tests.support.plain_host import plain_host

SUB_PATH = "some/sub/path"


@pytest.fixture
def site(library: Library, default_bundle: object, page_folder: Path, tmp_path: Path) -> Iterator[str]:
    """The address of the site."""
    write_site({"humanoid-balance": library["humanoid-balance"]}, tmp_path / SUB_PATH, force=False, page=page_folder)
    with plain_host(tmp_path) as host:
        yield f"{host}{SUB_PATH}/"


def test_it_plays_verifies_and_can_be_dragged_without_special_headers(open_tab: OpenTab, site: str) -> None:
    tab = open_tab(base=site)
    assert tab.page.evaluate("crossOriginIsolated") is False
    tab.wait("snapshot.step > 30")
    tab.call("await player.pause();")
    rows = tab.verify()
    assert len(rows) > 10
    assert [row for row in rows if not row["ok"]] == []

    tab.reset(seed=2)
    undragged = tab.step(50)
    torso = "const z = (await player.reset({ seed: 2 })).qpos[2];"
    tab.call(f"{torso} await player.grab({{ body: 'torso', point: [0, 0, z], target: [0.5, 0, z + 0.5] }});")
    dragged = tab.step(50)
    assert dragged.hand is not None
    assert dragged.hand.body == "torso"
    assert np.linalg.norm(dragged.qpos[:3] - undragged.qpos[:3]) > 0.05
    tab.call("await player.release();")
    assert tab.snapshot().hand is None
    assert tab.complaints == []
