"""The widget without a notebook: what it sends and answers, spoken to as the page would."""

import asyncio
import gzip
import sys
from concurrent.futures import Future
from typing import Any

import numpy as np
import pytest

import bbconvert
from bbconvert.convert.bundle.bundle import open_bundle
from bbconvert.convert.bundle.library import make_library
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.notebook import awaiting
from bbconvert.convert.notebook.page_files import PageFiles
from bbconvert.convert.notebook.player import Player
from bbconvert.convert.notebook.widget import PageWidget
from bbconvert.convert.shipped import CART_POLE_BUNDLE

SENT: list[tuple[dict[str, Any], list[Any]]] = []


class Spoken(PageWidget):
    """Keeps what it sends, and is told what a page would say."""

    def send(self, content: dict[str, Any], buffers: Any = None) -> None:
        """Kept."""
        SENT.append((content, list(buffers or [])))

    def hear(self, *buffers: bytes, **content: Any) -> None:
        """From the page."""
        self._receive(None, content, [memoryview(buffer) for buffer in buffers])


@pytest.fixture(scope="module")
def files() -> PageFiles:
    return PageFiles(make_library([open_bundle(CART_POLE_BUNDLE)]))


@pytest.fixture
def widget(files: PageFiles) -> Spoken:
    SENT.clear()
    return Spoken(files, query="bundle=cart-pole", height=300)


def test_the_page_and_its_bundle_come_from_the_kernel(widget: Spoken) -> None:
    for number, path in enumerate(["index.html", "bundles/cart-pole/bundle.json", "bundles/other/bundle.json"]):
        widget.hear(kind="ask", id=str(number), path=path)

    (page, manifest, missing), buffers = [sent[0] for sent in SENT], [sent[1][0] for sent in SENT]
    assert (page["status"], page["type"].split(";")[0]) == (200, "text/html")
    text = gzip.decompress(buffers[1]) if manifest["gzip"] else buffers[1]
    assert text == (CART_POLE_BUNDLE / "bundle.json").read_bytes()
    assert missing["status"] == 404
    assert b"Served: cart-pole" in buffers[2]


def test_a_call_waits_for_the_page_and_its_arrays_come_back_as_they_were(widget: Spoken) -> None:
    future = widget.call("reset", {"seed": 7, "qpos": np.array([0.1, 0.2])})
    assert SENT == []
    widget.hear(kind="ready", view="first")
    ((call, buffers),) = SENT
    assert call["method"] == "reset"
    assert call["args"] == [{"seed": 7, "qpos": {"array": "Float64Array", "buffer": 0}}]
    assert np.frombuffer(buffers[0]).tolist() == [0.1, 0.2]

    answer = {"qpos": {"array": "Float64Array", "buffer": 0}, "reward": {"number": "-Infinity"}, "pins": [1, None]}
    widget.hear(np.array([0.1, 1 / 3]).tobytes(), kind="result", id=call["id"], value=answer)
    result = future.result(0)
    assert result["qpos"].tolist() == [0.1, 1 / 3]
    assert result["reward"] == -np.inf
    assert result["pins"] == [1, None]


def test_what_the_page_refuses_is_told_in_its_words(widget: Spoken) -> None:
    widget.hear(kind="ready", view="first")
    refused = widget.call("push", {"body": "tail"})
    widget.hear(kind="failure", id=SENT[-1][0]["id"], message="There is no body tail.")
    with pytest.raises(BBConvertError, match="no body tail"):
        refused.result(0)

    widget.hear(kind="gone", view="first")
    waiting = widget.call("snapshot")
    widget.hear(kind="broken", view="second", message="This browser has no WebAssembly.")
    with pytest.raises(BBConvertError, match=r"could not be opened: This browser has no WebAssembly\."):
        waiting.result(0)


def test_a_page_that_never_comes_is_told_of(widget: Spoken, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(awaiting, "PATIENCE_SECONDS", 0)
    with pytest.raises(BBConvertError, match=r"No page has answered .* Run the cell of show\(\) again"):
        asyncio.run(awaiting.answered(widget, Future()))


def test_a_step_pauses_first_and_gives_a_snapshot(widget: Spoken) -> None:
    widget.hear(kind="ready", view="first")
    vector = {"array": "Float64Array", "buffer": 0}
    told: dict[str, Any] = dict.fromkeys(("qpos", "qvel", "ctrl", "observation", "action"), vector)
    told |= {"episode": 1, "step": 3, "time": 0.06, "seed": 0, "reward": 1.0, "episodeReturn": 3.0, "hand": None}
    told |= {"episodeLength": 3, "terminated": False, "truncated": False, "pins": []}

    async def play() -> Any:
        stepping = asyncio.create_task(Player(widget, "Cart-pole").step(3))
        for value in (None, told):
            said = len(SENT)
            while not SENT[said - 1 :] or SENT[-1][0].get("answered"):
                await asyncio.sleep(0)
            call = SENT[-1][0]
            call["answered"] = True
            widget.hear(np.zeros(4).tobytes(), kind="result", id=call["id"], value=value)
        return await stepping

    snapshot = asyncio.run(play())
    assert [sent[0]["method"] for sent in SENT] == ["pause", "step"]
    assert (snapshot.step, snapshot.episode_return, snapshot.qpos.shape) == (3, 3.0, (4,))


def test_show_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BBConvertError, match=r"This is no notebook: show\(\) puts the page into a cell"):
        bbconvert.show(CART_POLE_BUNDLE)
    monkeypatch.setitem(sys.modules, "anywidget", None)
    with pytest.raises(BBConvertError, match=r"pip install 'bbconvert\[notebook\]'"):
        bbconvert.show(CART_POLE_BUNDLE)


def test_show_refuses_what_it_cannot_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    import gymnasium

    monkeypatch.setattr("bbconvert.convert.notebook.show._in_notebook", lambda: True)
    refused: list[tuple[tuple[Any, ...], dict[str, Any], str]] = [
        ((CART_POLE_BUNDLE,), {"height": 10}, "height is 10; expected 200 to 4000 pixels"),
        ((gymnasium.make("InvertedPendulum-v5"),), {}, r"show\(env\) needs a policy"),
        ((CART_POLE_BUNDLE, abs), {}, "A bundle has its policy"),
        (([],), {}, "shows nothing"),
        (("no-such-bundle",), {}, "neither a folder here"),
    ]
    for given, options, message in refused:
        with pytest.raises(BBConvertError, match=message):
            bbconvert.show(*given, **options)
