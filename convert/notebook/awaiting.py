"""Waits in a cell for what the page answers, while the kernel goes on reading the page's messages."""

import asyncio
import time
from concurrent.futures import Future
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.notebook.widget import PageWidget

PATIENCE_SECONDS = 120
READS_BY_ITSELF = 7
"""The first ipykernel that does."""
_PAUSE_SECONDS = 0.005


async def answered(widget: PageWidget, future: "Future[Any]") -> Any:
    """The future's result.

    From ipykernel 7 on, messages of widgets are read while a cell awaits. Before that none is, that of the answer
    neither: there jupyter_ui_poll reads them.

    Raises:
        BBConvertError: the call failed, or no page of the widget came within PATIENCE_SECONDS.
    """
    end = time.monotonic() + PATIENCE_SECONDS
    poll = await _poll()
    try:
        while not future.done():
            if not widget.shown and time.monotonic() > end:
                raise BBConvertError(
                    f"No page has answered for {PATIENCE_SECONDS} s. Expected: the output of show() on the screen, in "
                    "JupyterLab, Jupyter Notebook, VS Code, Colab or marimo, with WebAssembly allowed. Run the cell of "
                    "show() again, and await the player in a cell below it."
                )
            if poll is not None:
                await poll(1)
            await asyncio.sleep(_PAUSE_SECONDS)
        return future.result()
    finally:
        widget.give_up(future)


async def _poll() -> Any:
    """The function that lets the kernel read messages; None where it does so by itself."""
    try:
        reads_by_itself = int(version("ipykernel").split(".")[0]) >= READS_BY_ITSELF
    except PackageNotFoundError:  # marimo
        return None
    if reads_by_itself:
        return None
    from jupyter_ui_poll import ui_events

    return await ui_events().__aenter__()
