"""The widget of a cell, and what it and the page say to each other.

From the page: `ask` (a file's path), `ready` (a view whose player answers), `broken` (one that could not be opened),
`gone`, `result` and `failure` (of a call). From here: `file` (its bytes in a buffer) and `call` (a method of the
player). Arrays are `{array, buffer}`: the name of JavaScript's class, and which of the message's buffers holds them.
"""

import itertools
import math
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from threading import RLock
from typing import Any

import anywidget
import numpy as np
import traitlets

from bbconvert.convert import __version__
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.notebook.page_files import PageFiles

_HERE = Path(__file__).parent
_DTYPES = {"Float64Array": np.float64, "Float32Array": np.float32, "Int32Array": np.int32, "Uint8Array": np.uint8}
_CLASSES = {np.dtype(dtype): name for name, dtype in _DTYPES.items()}


class PageWidget(anywidget.AnyWidget):
    """The page of a bundle in a cell. `call` asks its player; what is asked before it is there waits for it."""

    _esm = _HERE / "frame.js"
    site = traitlets.Unicode((_HERE / "site.js").read_text(encoding="utf-8")).tag(sync=True)
    version = traitlets.Unicode(__version__).tag(sync=True)
    height = traitlets.Int().tag(sync=True)
    query = traitlets.Unicode().tag(sync=True)

    def __init__(self, files: PageFiles, *, query: str, height: int) -> None:
        super().__init__(query=query, height=height)
        self._files = files
        self._numbers = itertools.count()
        self._waiting: dict[int, Future[Any]] = {}
        self._unsent: list[tuple[int, str, Sequence[Any]]] = []
        self._views: list[str] = []
        # JupyterLab sends a widget's messages to a thread of their own.
        self._lock = RLock()
        self.on_msg(self._receive)

    @property
    def shown(self) -> bool:
        """Whether a page of this widget answers."""
        return bool(self._views)

    def call(self, method: str, *arguments: Any) -> "Future[Any]":
        """Asks the player of the page that was shown last; the future has its answer or its BBConvertError."""
        number, future = next(self._numbers), Future[Any]()
        with self._lock:
            self._waiting[number] = future
            if self._views:
                self._ask(number, method, arguments)
            else:
                self._unsent.append((number, method, arguments))
        return future

    def give_up(self, future: "Future[Any]") -> None:
        """Forgets a call that nobody waits for any longer."""
        with self._lock:
            numbers = [number for number, waiting in self._waiting.items() if waiting is future]
            for number in numbers:
                del self._waiting[number]
            self._unsent = [unsent for unsent in self._unsent if unsent[0] not in numbers]

    def _ask(self, number: int, method: str, arguments: Sequence[Any]) -> None:
        buffers: list[bytes] = []
        packed = [_packed(argument, buffers) for argument in arguments]
        content = {"kind": "call", "id": number, "view": self._views[-1], "method": method, "args": packed}
        self.send(content, buffers)

    def _receive(self, _: object, content: dict[str, Any], buffers: Sequence[memoryview]) -> None:
        kind = content.get("kind")
        if kind == "ask":
            answer = self._files.answer(content["path"])
            about = {"status": answer.status, "type": answer.media_type, "gzip": answer.gzip}
            self.send({"kind": "file", "id": content["id"], **about}, [answer.content])
        else:
            with self._lock:
                self._take(kind, content, buffers)

    def _take(self, kind: str | None, content: dict[str, Any], buffers: Sequence[memoryview]) -> None:
        if kind == "ready":
            self._views.append(content["view"])
            unsent, self._unsent = self._unsent, []
            for number, method, arguments in unsent:
                self._ask(number, method, arguments)
        elif kind == "gone":
            asked = self._views[-1:]
            self._views = [view for view in self._views if view != content["view"]]
            if asked != [content["view"]]:
                return
            unsent_numbers = {number for number, *_rest in self._unsent}
            for number in [number for number in self._waiting if number not in unsent_numbers]:
                self._end(number, BBConvertError("The page went away while it was asked. Show it again."))
        elif kind == "broken":
            for number, *_rest in self._unsent:
                self._end(number, BBConvertError(f"The page could not be opened: {content['message']}"))
            self._unsent = []
        elif kind == "result":
            self._end(content["id"], _unpacked(content["value"], buffers))
        elif kind == "failure":
            self._end(content["id"], BBConvertError(content["message"]))

    def _end(self, number: int, outcome: Any) -> None:
        future = self._waiting.pop(number, None)
        if future is None:
            return
        if isinstance(outcome, BBConvertError):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)


def _packed(value: Any, buffers: list[bytes]) -> Any:
    if isinstance(value, bytes):
        buffers.append(value)
        return {"array": "ArrayBuffer", "buffer": len(buffers) - 1}
    if isinstance(value, np.ndarray):
        array = value if value.dtype in _CLASSES else value.astype(np.float64)
        buffers.append(np.ascontiguousarray(array).tobytes())
        return {"array": _CLASSES[array.dtype], "buffer": len(buffers) - 1}
    if isinstance(value, dict):
        return {key: _packed(item, buffers) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_packed(item, buffers) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {"number": {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")}
    return value.item() if isinstance(value, np.generic) else value


def _unpacked(value: Any, buffers: Sequence[memoryview]) -> Any:
    if isinstance(value, list):
        return [_unpacked(item, buffers) for item in value]
    if not isinstance(value, dict):
        return value
    if "buffer" in value and "array" in value:
        raw = bytes(buffers[value["buffer"]])
        return np.frombuffer(raw, _DTYPES[value["array"]]).copy() if value["array"] in _DTYPES else raw
    if set(value) == {"number"}:
        return float(value["number"].replace("Infinity", "inf"))
    return {key: _unpacked(item, buffers) for key, item in value.items()}
