import gzip
import json
import re
import shutil
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import brotli
import pytest

from bbconvert.convert.browser import open_page
from bbconvert.convert.bundle.bundle import open_bundle
from bbconvert.convert.bundle.library import Library, make_library
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.shipped import DEFAULT_BUNDLE, PAGE
from bbconvert.convert.site.export import write_site
from tests.support.command_line import CommandLine
from tests.support.plain_host import plain_host

SUB_PATH = "some/sub/path"


@pytest.fixture
def library() -> Library:
    return make_library([open_bundle(DEFAULT_BUNDLE)])


@pytest.fixture
def site(tmp_path: Path, library: Library) -> Path:
    """The site, below the root of a host."""
    folder = tmp_path / "host" / SUB_PATH
    write_site(library, folder, force=False)
    return folder


@pytest.fixture
def address(site: Path, tmp_path: Path) -> Iterator[str]:
    """Where the plain host serves the site, ending in a slash."""
    assert site.is_dir()
    with plain_host(tmp_path / "host") as root:
        yield f"{root}{SUB_PATH}/"


def _get(address: str) -> bytes:
    with urllib.request.urlopen(address) as response:
        return bytes(response.read())


def test_the_site_has_the_page_and_the_bundle_byte_for_byte(site: Path, address: str) -> None:
    for file in ("index.html", *(f"assets/{path.name}" for path in (PAGE / "assets").glob("*.wasm"))):
        assert _get(address + file) == (PAGE / file).read_bytes()
    (entry,) = json.loads(_get(f"{address}bundles/index.json"))["bundles"]
    for file in (
        "bundle.json",
        "policy.onnx",
        "tfjs/model.json",
        "tfjs/weights.bin",
        "scene.xml",
        "golden.safetensors",
    ):
        assert _get(f"{address}bundles/{entry['name']}/{file}") == (DEFAULT_BUNDLE / file).read_bytes()


def test_nothing_in_the_page_points_to_the_root_of_the_host(address: str) -> None:
    html = _get(address).decode()
    links = re.findall(r"(?:src|href)=\"([^\"#]+)\"", html)
    assert len(links) >= 2
    for link in links:
        assert not re.match(r"/|\w+:", link), link
        assert _get(address + link)


def test_the_site_carries_the_notices_and_says_what_headers_help(site: Path) -> None:
    assert (site / ".nojekyll").read_bytes() == b""
    assert "MuJoCo" in (site / "notices" / "THIRD_PARTY_NOTICES.md").read_text()
    readme = (site / "README.md").read_text()
    assert "Content-Security-Policy" in readme
    assert "humanoid-balance" in readme
    headers = (site / "_headers").read_text()
    worker = headers.split("/assets/sim-worker-*\n")[1].splitlines()[0]
    assert "'unsafe-eval'" in worker
    assert headers.count("'unsafe-eval'") == 1


def test_only_what_a_host_serves_is_in_the_site(site: Path) -> None:
    suffixes = {path.suffix for path in site.rglob("*") if path.is_file()}
    assert not suffixes & {".sha256", ".py"}


def test_beside_each_large_file_lies_the_same_in_brotli_and_gzip(site: Path) -> None:
    names = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    compressed = [name for name in names if f"{name}.br" in names]
    assert any(name.endswith(".wasm") for name in compressed)
    assert any(name.endswith("policy.onnx") for name in compressed)
    assert "index.html" in compressed
    for name in compressed:
        content = (site / name).read_bytes()
        assert brotli.decompress((site / f"{name}.br").read_bytes()) == content
        assert gzip.decompress((site / f"{name}.gz").read_bytes()) == content


def test_an_existing_folder_is_kept_without_force_and_no_other_than_a_site_is_replaced(
    tmp_path: Path, library: Library
) -> None:
    out = tmp_path / "site"
    write_site(library, out, force=False)
    (out / "edited").write_text("by hand")
    with pytest.raises(BBConvertError, match=r"exists.*--force"):
        write_site(library, out, force=False)
    assert (out / "edited").exists()
    write_site(library, out, force=True)
    assert not (out / "edited").exists()
    home = tmp_path / "home"
    home.mkdir()
    (home / "thesis.tex").write_text("years of work")
    with pytest.raises(BBConvertError, match="is not a site"):
        write_site(library, home, force=True)
    assert (home / "thesis.tex").read_text() == "years of work"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "site"]


def test_a_site_that_cannot_be_finished_leaves_nothing(tmp_path: Path) -> None:
    broken = tmp_path / "bundle"
    shutil.copytree(DEFAULT_BUNDLE, broken)
    library = make_library([open_bundle(broken)])
    out = tmp_path / "site"
    out.mkdir()
    missing = tmp_path / "page"
    missing.mkdir()
    with pytest.raises(BBConvertError, match="not built"):
        write_site(library, out, force=False, page=missing)
    (missing / "index.html").write_text("")
    # A folder where a file should go: the copy fails half-way.
    (missing / "bundles" / "index.json").mkdir(parents=True)
    (missing / "bundles" / "index.json" / "x.json").write_text("")
    with pytest.raises(OSError, match=r"index\.json"):
        write_site(library, out, force=False, page=missing)
    assert list(out.iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bundle", "page", "site"]


def test_export_prints_the_folder_last(bbconvert: CommandLine) -> None:
    done = bbconvert("export", DEFAULT_BUNDLE, "--out", "mysite", "--no-previews")
    assert (done.returncode, done.stdout) == (0, "mysite\n")
    assert (bbconvert.cwd / "mysite" / "index.html").is_file()
    again = bbconvert("export", DEFAULT_BUNDLE, "--out", "mysite", "--no-previews")
    assert (again.returncode, again.stdout) == (1, "")
    assert "--force" in again.stderr


def test_without_a_browser_the_gallery_has_drawn_figures_and_export_says_so(bbconvert: CommandLine) -> None:
    done = bbconvert("export", DEFAULT_BUNDLE, "--out", "mysite", PATH=str(bbconvert.cwd))
    assert (done.returncode, done.stdout) == (0, "mysite\n")
    assert "drawn figures instead: rendering needs Chrome or Chromium" in " ".join(done.stderr.split())
    (entry,) = json.loads((bbconvert.cwd / "mysite" / "bundles" / "index.json").read_text())["bundles"]
    assert entry["preview"] is None
    assert list((bbconvert.cwd / "mysite").rglob("*.jpg")) == []


@pytest.mark.browser
def test_the_exported_page_plays_under_a_sub_path_without_special_headers(address: str) -> None:
    with open_page(f"{address}?paused=1&seed=7", drawing=True) as page:
        snapshot = page.evaluate(
            "window.bbconvert.ready.then(async (player) => {"
            "  await player.reset({ seed: 7 });"
            "  const { step, terminated, seed } = await player.step(50);"
            "  return { step, terminated, seed, isolated: crossOriginIsolated };"
            "})"
        )
    assert snapshot == {"step": 50, "terminated": False, "seed": 7, "isolated": False}


def test_the_host_of_these_tests_sends_no_special_header(address: str) -> None:
    with urllib.request.urlopen(address) as response:
        assert not [name for name in response.headers if name.lower().startswith(("cross-origin", "content-security"))]
