"""`bbconvert.show` in a real JupyterLab: the three examples, run as they are, and what is looked at in their cells."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from tests.browser.tab import PATIENCE_MS
from tests.support.jupyter import JupyterLab, running_jupyter
from tests.support.local_hub import running_hub
from tests.support.repository import ROOT


@pytest.fixture(scope="module")
def jupyter(shared_hub: Path, page_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterLab]:
    """JupyterLab over a copy of `examples/`, its kernels at a Hub of real checkpoints."""
    home = tmp_path_factory.mktemp("jupyter")
    shutil.copytree(ROOT / "examples", home / "examples")
    with running_hub(shared_hub) as hub:
        # Two threads of torch on a busy machine wait for each other most of the time.
        environment = {"HF_ENDPOINT": hub.url, "HF_HOME": str(home / "hf"), "OMP_NUM_THREADS": "1"}
        with running_jupyter(home / "examples", home, environment) as lab:
            yield lab


@pytest.fixture
def page(drawing_browser: Browser) -> Iterator[Page]:
    context = drawing_browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


def _cell(page: Page, number: int = 0) -> FrameLocator:
    """The frame of the player that was shown as this one."""
    return page.frame_locator("iframe[title=bbconvert]").nth(number)


def _printed(outputs: list[list[str]]) -> str:
    text = "\n".join(line for cell in outputs for line in cell)
    assert not re.search(r"^\w+(Error|Exception): ", text, re.MULTILINE), text
    return text


def test_a_pulled_humanoid_is_reset_stepped_pushed_and_verified_from_python(jupyter: JupyterLab, page: Page) -> None:
    printed = _printed(jupyter.run(page, "pull_and_push.ipynb"))

    (difference,) = re.findall(r"largest difference in positions: (\S+)", printed)
    assert float(difference) < 1e-6
    assert printed.count("✓") >= 10
    assert "✗" not in printed
    expect(_cell(page).get_by_role("switch", name="Policy")).to_be_checked()
    expect(_cell(page).locator(".badge, .parity").first).to_be_visible()


def test_two_policies_play_side_by_side_in_one_cell(jupyter: JupyterLab, page: Page) -> None:
    printed = _printed(jupyter.run(page, "compare_two_checkpoints.ipynb"))

    assert len(re.findall(r"apart on average", printed)) == 3
    expect(_cell(page).locator("canvas#scene")).to_be_visible()


def test_a_model_in_memory_plays_and_a_function_is_replayed(jupyter: JupyterLab, page: Page) -> None:
    printed = _printed(jupyter.run(page, "from_training_to_a_page.ipynb"))

    assert "the pole stands: True" in printed
    assert "checks hold" in printed
    expect(page.locator("iframe[title=bbconvert]")).to_have_count(2)
    assert (jupyter.folder / "site" / "index.html").is_file()
