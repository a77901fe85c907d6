"""Builds the page with Node before Hatchling packs (or links) the Python package.

The page, `convert/page/`, is what Vite makes of `web/`. It is built where it is missing or where a source changed since
(by content); a source distribution carries it, so that installing one needs no Node. `python hatch_build.py` builds it
without packing anything.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = (20, 19)
"""The oldest Node that Vite runs on."""

SOURCES = (
    "docs/bundle.schema.json",
    "web/after_build.ts",
    "web/assemblyscript.ts",
    "web/constants.mjs",
    "web/gallery.html",
    "web/index.html",
    "web/kernel",
    "web/package-lock.json",
    "web/package.json",
    "web/precompress.ts",
    "web/preload.ts",
    "web/public",
    "web/src",
    "web/tsconfig.json",
    "web/vite.config.ts",
)
"""What the page is made of; `web/src/generated` is made from the schema."""

PAGE = "bbconvert/convert/page"
"""Where the page is built: in a clone `bbconvert/convert` is a link, in a source distribution a folder."""

STAMP = "sources.sha256"
"""Written beside index.html: the hash of the sources that the page was built from."""


class PageBuildError(Exception):
    """The page cannot be built here: what is missing, and what to install."""


def sources_hash(root: Path) -> str:
    """SHA-256 over names and contents of the page's sources under `root`."""
    digest = hashlib.sha256()
    for source in SOURCES:
        path = root / source
        files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
        for file in files:
            name = file.relative_to(root).as_posix()
            if not name.startswith("web/src/generated/"):
                digest.update(f"{name}\0{file.stat().st_size}\0".encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()


def is_current(root: Path) -> bool:
    """Whether `convert/page/` was built from the sources as they are now, or came built with a source distribution."""
    page = root / PAGE
    if not (page / "index.html").is_file():
        return False
    if not (root / "web" / "package.json").is_file():
        return True
    stamp = page / STAMP
    return stamp.is_file() and stamp.read_text().strip() == sources_hash(root)


def find_npm() -> str:
    """The path of npm, beside a Node that is new enough.

    Raises:
        PageBuildError: Node or npm is missing, or Node is too old.
    """
    wanted = f"Node.js {NODE[0]}.{NODE[1]} or newer, with npm"
    advice = (
        f"Building the page needs {wanted}. Install it from nodejs.org or with your package manager "
        "(Debian and Ubuntu: apt-get install nodejs npm; macOS: brew install node), then repeat the command. "
        "To use bbconvert without Node, install a wheel: it carries the built page."
    )
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None:
        raise PageBuildError(f"Node.js was not found. {advice}")
    if npm is None:
        raise PageBuildError(f"npm was not found (Node.js is at {node}). {advice}")
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    version = re.match(r"v(\d+)\.(\d+)", answer)
    if version is None or (int(version[1]), int(version[2])) < NODE:
        raise PageBuildError(f"Node.js at {node} is {answer or 'of an unknown version'}, which is too old. {advice}")
    return npm


def build_page(root: Path) -> None:
    """Brings `convert/page/` up to date: `npm ci` where the installed modules are not the locked ones, `npm run build`.

    Raises:
        PageBuildError: Node is missing, or npm failed.
    """
    if is_current(root):
        return
    web = root / "web"
    if not (web / "package.json").is_file():
        raise PageBuildError(f"There is neither a built page in {root / 'convert' / 'page'} nor its sources in {web}.")
    npm = find_npm()
    before = sources_hash(root)
    installed, locked = web / "node_modules" / ".package-lock.json", web / "package-lock.json"
    if not installed.is_file() or installed.stat().st_mtime < locked.stat().st_mtime:
        _npm(npm, web, "ci", "--no-audit", "--no-fund")
    _npm(npm, web, "run", "build")
    page = root / PAGE
    if not (page / "index.html").is_file():
        raise PageBuildError(f"`npm run build` in {web} ended well but wrote no {page / 'index.html'}.")
    (page / STAMP).write_text(before + "\n")


def _npm(npm: str, web: Path, *arguments: str) -> None:
    """Runs npm in `web`; its output goes to stderr, because stdout belongs to the build front end."""
    command = " ".join(["npm", *arguments])
    print(f"bbconvert: {command} (in {web})", file=sys.stderr, flush=True)  # noqa: T201
    status = subprocess.run([npm, *arguments], cwd=web, stdout=sys.stderr.fileno(), check=False).returncode
    if status != 0:
        raise PageBuildError(f"`{command}` in {web} failed with status {status}; its own message stands above.")


class PageBuildHook(BuildHookInterface[Any]):
    """Runs `build_page` before a wheel, an editable install or a source distribution is made."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Builds the page; an editable install with `BBCONVERT_NO_PAGE=1` goes on without one (Python work only)."""
        del build_data
        if version == "editable" and os.environ.get("BBCONVERT_NO_PAGE") == "1":
            self.app.display_warning("bbconvert: BBCONVERT_NO_PAGE=1, the page is not built; `play` needs it.")
            return
        try:
            build_page(Path(self.root))
        except PageBuildError as error:
            self.app.abort(str(error))


if __name__ == "__main__":
    try:
        build_page(Path(__file__).resolve().parent)
    except PageBuildError as error:
        sys.exit(f"bbconvert: {error}")
