"""`bbconvert play` and `bbconvert serve`: the page with bundles, on this machine."""

import contextlib
import os
import sys
import threading
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bbconvert.convert.bundle.output_folder import BUNDLES
from bbconvert.convert.cli.console import Progress, print_result
from bbconvert.convert.cli.options import NoSandboxOption
from bbconvert.convert.files.work_folder import recover_all
from bbconvert.convert.pull import local_or_pulled

if TYPE_CHECKING:
    import socket

    from bbconvert.convert.bundle.library import Library

HostOption = Annotated[str, typer.Option("--host", help="Address to listen on; the default is this machine alone.")]
AllowHostOption = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-host",
        metavar="NAME",
        help="Also answer requests for this host name, that of a proxy in front for instance; may be given again.",
        show_default="this machine's names",
    ),
]
PortOption = Annotated[int, typer.Option("--port", min=0, max=65535, help="Port, or the next free one; 0: any.")]


def play(
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[BUNDLE|REPO ...]",
            help="Folders of bundles, or repositories, which are pulled first.",
            show_default="the default bundle and those in ./bundles",
        ),
    ] = None,
    host: HostOption = "127.0.0.1",
    port: PortOption = 8765,
    allow_host: AllowHostOption = None,
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in the browser.")] = True,
    swarm: Annotated[
        int, typer.Option("--swarm", metavar="N", min=1, max=1000, help="How many bodies play side by side.")
    ] = 1,
    train: Annotated[
        str | None,
        typer.Option(
            "--train",
            metavar="ENV_ID|BUNDLE",
            help="Open the page that trains a policy in the tab, on this environment or that of this bundle.",
            show_default=False,
        ),
    ] = None,
    no_sandbox: NoSandboxOption = False,
) -> None:
    """Play policies in the browser: opens the page, whose address is the last line of stdout, until Ctrl-C."""
    progress = Progress()
    folders = [local_or_pulled(text, sandbox=not no_sandbox, progress=progress) for text in what or []]
    query = f"?swarm={swarm}" if swarm > 1 else ""
    if train is not None:
        query, own = _training(train, progress, sandbox=not no_sandbox)
        folders += own
    _serve(folders, host, port, allow_host or [], query=query, open_browser=open_browser, progress=progress)


def serve(
    bundles: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[BUNDLE ...]",
            help="Folders of bundles.",
            show_default="the default bundle and those in ./bundles",
        ),
    ] = None,
    host: HostOption = "127.0.0.1",
    port: PortOption = 8765,
    allow_host: AllowHostOption = None,
) -> None:
    """Serve the page without opening a browser; its address is the last line of stdout."""
    _serve(bundles or [], host, port, allow_host or [], query="", open_browser=False, progress=Progress())


def _training(text: str, progress: Progress, *, sandbox: bool) -> tuple[str, list[Path]]:
    """The page's path for what is to be trained, and the folder of its bundle where it is one.

    Raises:
        BBConvertError: it is neither a known environment nor a bundle.
    """
    from bbconvert.convert.bundle.body import known_body, unknown_body
    from bbconvert.convert.bundle.bundle import open_bundle

    body = known_body(text)
    if body is not None:
        return f"train.html?body={body}", []
    if not Path(text).expanduser().exists() and not (BUNDLES / text).exists() and "/" not in text:
        raise unknown_body(text)
    folder = local_or_pulled(text, sandbox=sandbox, progress=progress)
    return f"train.html?bundle={open_bundle(folder).manifest.name}", [folder]


def _serve(
    folders: list[Path],
    host: str,
    port: int,
    names: list[str],
    *,
    query: str,
    open_browser: bool,
    progress: Progress,
) -> None:
    from bbconvert.convert.serve.host_header import is_loopback, require_names
    from bbconvert.convert.serve.server import listen, make_app, run

    app = make_app(_library(folders, progress), host=host, allowed_hosts=require_names(names))
    listener = listen(host, port)
    address = _address(listener) + query
    actual = listener.getsockname()[1]
    if port not in (0, actual):
        progress.say(f"Port {port} is in use: serving on port {actual}.")
    if not is_loopback(host):
        progress.say(
            f"Warning: --host {host} lets everybody who reaches this machine over the network fetch the page and these "
            "bundles, unencrypted and without a password. Leave --host out to serve this machine alone."
        )
    progress.say("Serving until Ctrl-C.")

    def open_page() -> None:
        if not _open(address):
            progress.say("No browser can be opened here: open that address in one yourself.")

    def announce() -> None:
        print_result(address)
        sys.stdout.flush()
        if open_browser:  # in a thread: starting a browser can take seconds, and it asks for the page at once
            threading.Thread(target=open_page, daemon=True).start()

    with contextlib.suppress(KeyboardInterrupt):  # how serving ends: done, not stopped half-way
        run(app, listener, announce)


def _library(folders: list[Path], progress: Progress) -> "Library":
    from bbconvert.convert.bundle.library import local_library, open_library

    if not folders:
        recover_all(BUNDLES)
    library, left_out = open_library(folders) if folders else local_library(BUNDLES)
    for sentence in left_out:
        progress.say(f"Warning: {sentence}")
    return library


def _address(listener: "socket.socket") -> str:
    """The page's address for a browser on this machine."""
    host, port = listener.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # a comparison, not a choice
    return f"http://[{shown}]:{port}/" if ":" in shown else f"http://{shown}:{port}/"


def _open(address: str) -> bool:
    """Opens the browser where there is a screen for one: in a bare terminal Python would start a text browser."""
    bare = sys.platform.startswith("linux") and not {"DISPLAY", "WAYLAND_DISPLAY", "BROWSER"} & os.environ.keys()
    return not bare and webbrowser.open(address)
