"""A page, a bundle, and a client of the server that serves both."""

import shutil
from pathlib import Path

import brotli
import pytest
from starlette.testclient import TestClient

from bbconvert.convert.bundle.bundle import Bundle, open_bundle
from bbconvert.convert.bundle.library import make_library
from bbconvert.convert.serve.server import make_app
from bbconvert.convert.shipped import DEFAULT_BUNDLE
from tests.unit.serve.page_files import MODULE, SCRIPT, WORKER


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A page with one file of each kind that the server treats differently."""
    page = tmp_path / "page"
    (page / "assets").mkdir(parents=True)
    (page / "index.html").write_text("<!doctype html><title>page</title>" + " " * 2000)
    (page / WORKER).write_text("worker")
    (page / SCRIPT).write_text("script " * 1000)
    (page / MODULE).write_bytes(bytes(5000))
    (page / f"{MODULE}.br").write_bytes(brotli.compress(bytes(5000), quality=0))
    (page / ".secret.json").write_text("{}")
    (page / "sources.sha256").write_text("stamp")
    return page


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    """A copy of the default bundle, beside a file that is nobody's business."""
    folder = tmp_path / "bundles" / "copy"
    shutil.copytree(DEFAULT_BUNDLE, folder)
    (tmp_path / "bundles" / "secret.xml").write_text("<secret/>")
    return open_bundle(folder)


@pytest.fixture
def client(page: Path, bundle: Bundle) -> TestClient:
    return TestClient(make_app(make_library([bundle]), page), base_url="http://localhost")


@pytest.fixture
def name(bundle: Bundle) -> str:
    return bundle.manifest.name
