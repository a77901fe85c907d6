"""A real JupyterLab on this machine, and notebooks that run in it."""

import os
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from bbconvert.convert.serve.server import listen
from tests.support.repository import ROOT

STARTS_WITHIN_S = 120
RUNS_WITHIN_MS = 240_000

_OUTPUTS = """() => {
  const notebook = window.jupyterapp.shell.currentWidget.content;
  const code = [...notebook.model.cells].filter((cell) => cell.type === "code");
  const said = (output) => [output.text ?? output.data?.["text/plain"] ?? ""].flat().join("");
  return code.map((cell) => cell.sharedModel.outputs.map(
    (output) => output.ename ? `${output.ename}: ${output.evalue}` : said(output)));
}"""
_IDLE = "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"


@dataclass(frozen=True)
class JupyterLab:
    """A running server: its address, its token and the folder that it serves."""

    address: str
    token: str
    folder: Path

    def open(self, page: Page, notebook: str) -> None:
        """Opens a notebook of the folder in a browser's page, its kernel running."""
        page.goto(f"{self.address}lab/tree/{notebook}?token={self.token}&reset")
        page.wait_for_function(_IDLE)

    def run(self, page: Page, notebook: str) -> list[list[str]]:
        """Runs every cell; returns what each code cell printed, or the error that it ended with."""
        self.open(page, notebook)
        page.evaluate(
            "window.ran = false;"
            "void window.jupyterapp.commands.execute('notebook:run-all-cells').then(() => { window.ran = true; });"
        )
        try:
            page.wait_for_function("window.ran", timeout=RUNS_WITHIN_MS)
        except PlaywrightTimeoutError as error:
            raise AssertionError(f"{notebook} does not end; so far: {page.evaluate(_OUTPUTS)}") from error
        outputs: list[list[str]] = page.evaluate(_OUTPUTS)
        return outputs


@contextmanager
def running_jupyter(folder: Path, home: Path, environment: Mapping[str, str]) -> Iterator[JupyterLab]:
    """JupyterLab over `folder` on a free port; its settings and caches go to `home`, `environment` to its kernels."""
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
    token = secrets.token_hex()
    options = {
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.open_browser": False,
        "ServerApp.root_dir": folder,
        "ServerApp.allow_root": True,
        "IdentityProvider.token": token,
        "LabApp.expose_app_in_browser": True,
        "LabApp.news_url": "None",
    }
    places = {f"JUPYTER_{kind}_DIR": str(home / kind.lower()) for kind in ("CONFIG", "DATA", "RUNTIME")}
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", *(f"--{name}={value}" for name, value in options.items())],
        env={**os.environ, **places, "IPYTHONDIR": str(home / "ipython"), "PYTHONPATH": str(ROOT), **environment},
        stdout=subprocess.DEVNULL,
        stderr=(home / "jupyter.log").open("wb"),
    )
    address = f"http://127.0.0.1:{port}/"
    try:
        for _ in range(STARTS_WITHIN_S * 2):
            try:
                urllib.request.urlopen(f"{address}api?token={token}").close()
                break
            except urllib.error.URLError:
                assert process.poll() is None, (home / "jupyter.log").read_text()
                time.sleep(0.5)
        yield JupyterLab(address, token, folder)
    finally:
        process.terminate()
        process.wait(timeout=60)
