"""Which paths are answered: those of the page and the known files of its bundles, and nothing beside them."""

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from bbconvert.convert.bundle.bundle import Bundle, open_bundle
from bbconvert.convert.bundle.library import bundle_files, file_inside, make_library
from bbconvert.convert.serve.server import Server, listen, make_app
from bbconvert.convert.shipped import DEFAULT_BUNDLE
from tests.unit.serve.page_files import MODULE

ESCAPES = [
    "/bundles/{name}/../secret.xml",
    "/bundles/{name}/%2e%2e/secret.xml",
    "/bundles/{name}/%2e%2e%2fsecret.xml",
    "/bundles/{name}/..%5csecret.xml",
    "/bundles/{name}/tfjs/../../secret.xml",
    "/bundles/../secret.xml",
    "/bundles/%2e%2e/secret.xml",
    "/bundles/{name}//scene.xml",
    "/bundles/{name}/scene.xml%00.xml",
    "/bundles/{name}/scene.xml/",
    "/bundles/{name}/tfjs",
    "/bundles/{name}/",
    "/bundles/{name}/unknown.json",
    "/bundles/{name}/link.xml",
    "/bundles/{name}/.hidden.xml",
    "/bundles/{name}/secret.xml",
    "/../bundles/secret.xml",
    "/..%2fbundles/secret.xml",
    "/%2e%2e/bundles/secret.xml",
    "/assets/../../bundles/secret.xml",
    "//etc/passwd",
    "/.secret.json",
    "/sources.sha256",
    f"/{MODULE}.br",
    "/assets",
]


@pytest.fixture
def port(page: Path, bundle: Bundle) -> Iterator[int]:
    """A real server, so that paths arrive as a client wrote them."""
    (bundle.folder / "link.xml").symlink_to(bundle.folder.parent / "secret.xml")
    (bundle.folder / ".hidden.xml").write_text("<hidden/>")
    # A manifest can name any file as an asset of its scene: these must not go out.
    assets = ["../secret.xml", "link.xml", ".hidden.xml", str(bundle.folder.parent / "secret.xml"), "tfjs"]
    manifest = json.loads((bundle.folder / "bundle.json").read_text())
    manifest["env"]["assets"] = assets
    (bundle.folder / "bundle.json").write_text(json.dumps(manifest))
    listener = listen("127.0.0.1", 0)
    app = make_app(make_library([open_bundle(bundle.folder)]), page)
    server = Server(app)
    thread = Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield listener.getsockname()[1]
    server.should_exit = True
    thread.join()


@pytest.mark.parametrize("path", ESCAPES)
def test_no_path_leaves_the_page_and_the_known_files_of_a_bundle(port: int, name: str, path: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", f"/bundles/{name}/scene.xml")
    intact = connection.getresponse()
    assert (intact.status, intact.read()[:4] != b"") == (200, True)
    connection.request("GET", path.format(name=name))
    response = connection.getresponse()
    assert response.status == 404
    assert b"secret/>" not in response.read()
    connection.close()


MARK = b"nobody's business"
SEGMENTS = [
    "..",
    ".",
    "",
    "%2e%2e",
    "%2E.",
    "%252e%252e",
    "..%2f",
    "%2f",
    "..%5c",
    "%5c",
    "%c0%ae%c0%ae",
    "%00",
    "%ff",
    "~",
]
PLACES = ["bundles", "assets", "tfjs", "secret.xml", "outside.json", "scene.xml", "bundle.json", "index.html", "circle"]
PLACES += [
    "etc/passwd",
    "proc/self/environ",
    "link.xml",
    "linked",
    ".secret.json",
    "x" * 255,
    "y" * 300,
    "%F0%9F%98%80",
]


def test_of_two_thousand_made_up_paths_none_leaves_the_served_files(
    page: Path, bundle: Bundle, port: int, name: str
) -> None:
    (page.parent / "outside.json").write_bytes(MARK)
    (bundle.folder.parent / "secret.xml").write_bytes(MARK)
    (page / "linked").symlink_to(page.parent)
    (page / "circle").symlink_to("circle")
    (page / ".secret.json").write_bytes(MARK)
    served = [path for folder in (page, bundle.folder) for path in folder.rglob("[!.]*") if path.is_file()]
    contents = {path.read_bytes() for path in served if not path.is_symlink()}
    random = Random(11)
    statuses = []
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for _ in range(2000):
        parts = random.choices([*SEGMENTS, *PLACES, name], k=random.randint(1, 9))
        path = random.choice(["/", "//", f"/bundles/{name}/", "/assets/"]) + "/".join(parts)
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read()
        statuses.append(response.status)
        assert response.status in (200, 404), path
        assert response.headers["cross-origin-resource-policy"] == "same-origin", path
        assert MARK not in body, path
        assert response.status == 404 or body in contents, path
    connection.close()
    assert statuses.count(404) > 1000


LONG = "n" * 256


@pytest.mark.parametrize(
    "path", [f"{LONG}.js", f"bundles/{LONG}/bundle.json", f"bundles/{{name}}/{LONG}.xml", f"{LONG}/{LONG}.js", "%00.js"]
)
def test_a_name_that_no_file_can_have_is_not_found(client: TestClient, name: str, path: str) -> None:
    response = client.get(f"/{path.format(name=name)}")
    assert response.status_code == 404
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "content-security-policy" in response.headers


def test_a_file_named_beyond_what_the_system_takes_in_a_manifest_is_not_found(bundle: Bundle) -> None:
    assets = [f"{LONG}.xml", "circle.xml", "a\0b.xml"]
    (bundle.folder / "circle.xml").symlink_to("circle.xml")
    environment = bundle.manifest.env.model_copy(update={"assets": assets})
    named = Bundle(bundle.folder, bundle.manifest.model_copy(update={"env": environment}))
    assert not set(assets) & set(bundle_files(named))


@given(st.text(st.sampled_from("abc/\\.~%\0:"), max_size=20))
def test_a_file_inside_is_inside(name: str) -> None:
    found = file_inside(DEFAULT_BUNDLE.parent, f"{DEFAULT_BUNDLE.name}/{name}")
    assert found is None or found.is_relative_to(DEFAULT_BUNDLE.resolve())
