import json
import tempfile
import zlib
from pathlib import Path

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from bbconvert.convert.bundle.bundle import Bundle, open_bundle
from bbconvert.convert.bundle.library import local_library, make_library
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.serve.server import make_app
from bbconvert.convert.shipped import DEFAULT_BUNDLE, SHIPPED
from tests.unit.serve.page_files import MODULE, SCRIPT, WORKER


def test_the_index_tells_a_bundle_with_its_control_rate(client: TestClient, bundle: Bundle) -> None:
    (row,) = client.get("/bundles/index.json").json()["bundles"]
    known = {
        "name": bundle.manifest.name,
        "title": bundle.manifest.title,
        "env_id": "bbconvert/HumanoidBalance-v0",
        "algorithm": bundle.manifest.source.algorithm,
        "repo_id": None,
        "control_hz": 100.0,
        "environment": "catalogue",
        "preview": None,
    }
    assert {name: row[name] for name in known} == known
    # What else is told is the gallery's: test_site.py.
    assert set(row) - set(known) == {"return", "published", "parity"}


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("", "text/html; charset=utf-8"),
        ("index.html?bundle=x", "text/html; charset=utf-8"),
        (WORKER, "text/javascript; charset=utf-8"),
        (MODULE, "application/wasm"),
        ("bundles/index.json", "application/json"),
        ("bundles/{name}/bundle.json", "application/json"),
        ("bundles/{name}/policy.onnx", "application/octet-stream"),
        ("bundles/{name}/tfjs/model.json", "application/json"),
        ("bundles/{name}/tfjs/weights.bin", "application/octet-stream"),
        ("bundles/{name}/scene.xml", "application/xml"),
        ("bundles/{name}/golden.safetensors", "application/octet-stream"),
        ("bundles/{name}/README.md", "text/markdown; charset=utf-8"),
    ],
)
def test_every_file_has_its_media_type(client: TestClient, name: str, path: str, media_type: str) -> None:
    response = client.get("/" + path.format(name=name))
    assert response.status_code == 200
    assert response.headers["content-type"] == media_type


def test_bundle_files_arrive_byte_for_byte(client: TestClient, bundle: Bundle, name: str) -> None:
    for file in ("bundle.json", "policy.onnx", "scene.xml", "golden.safetensors"):
        assert client.get(f"/bundles/{name}/{file}").content == (bundle.folder / file).read_bytes()


@pytest.mark.parametrize("path", ["", SCRIPT, MODULE, "bundles/index.json", "nothing.js", "bundles/none/bundle.json"])
def test_every_response_is_isolated_and_only_the_worker_may_evaluate_code(client: TestClient, path: str) -> None:
    for asked, may_evaluate in ((path, False), (WORKER, True)):
        headers = client.get(f"/{asked}").headers
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["cross-origin-embedder-policy"] == "require-corp"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["x-content-type-options"] == "nosniff"
        scripts = next(
            part.split() for part in headers["content-security-policy"].split(";") if part.split()[0] == "script-src"
        )
        assert scripts[:3] == ["script-src", "'self'", "'wasm-unsafe-eval'"]
        assert ("'unsafe-eval'" in scripts) == may_evaluate


def test_what_the_build_compressed_is_sent_as_it_is(client: TestClient, page: Path) -> None:
    with client.stream("GET", f"/{MODULE}", headers={"Accept-Encoding": "gzip, br"}) as response:
        assert response.headers["content-encoding"] == "br"
        assert b"".join(response.iter_raw()) == (page / f"{MODULE}.br").read_bytes()


@pytest.mark.parametrize("accepted", ["gzip", "gzip;q=0.5, br;q=0"])
def test_other_files_are_compressed_with_gzip(client: TestClient, page: Path, accepted: str) -> None:
    for path in (MODULE, SCRIPT):
        with client.stream("GET", f"/{path}", headers={"Accept-Encoding": accepted}) as response:
            assert response.headers["content-encoding"] == "gzip"
            assert response.headers["vary"] == "Accept-Encoding"
            raw = b"".join(response.iter_raw())
            assert int(response.headers["content-length"]) == len(raw) < len((page / path).read_bytes())
            assert zlib.decompress(raw, wbits=31) == (page / path).read_bytes()


def test_a_bundle_is_compressed_with_brotli_where_the_client_takes_it(
    client: TestClient, bundle: Bundle, name: str
) -> None:
    with client.stream(
        "GET", f"/bundles/{name}/policy.onnx", headers={"Accept-Encoding": "gzip, deflate, br"}
    ) as response:
        assert response.headers["content-encoding"] == "br"
        assert brotli.decompress(b"".join(response.iter_raw())) == (bundle.folder / "policy.onnx").read_bytes()


@pytest.mark.parametrize("accepted", ["", "identity", "gzip;q=0"])
def test_a_client_that_accepts_no_compression_gets_none(client: TestClient, page: Path, accepted: str) -> None:
    response = client.get(f"/{MODULE}", headers={"Accept-Encoding": accepted})
    assert "content-encoding" not in response.headers
    assert response.content == (page / MODULE).read_bytes()


def test_only_what_has_a_hash_in_its_name_is_cached_without_asking(client: TestClient, name: str) -> None:
    for path in (WORKER, SCRIPT, MODULE):
        assert client.get(f"/{path}").headers["cache-control"] == "public, max-age=31536000, immutable"
    for path in ("", "index.html", "bundles/index.json", f"bundles/{name}/policy.onnx"):
        assert client.get(f"/{path}").headers["cache-control"] == "no-cache"


def test_a_bundle_file_is_sent_again_only_when_its_content_changed(
    client: TestClient, bundle: Bundle, name: str
) -> None:
    address, file = f"/bundles/{name}/scene.xml", bundle.folder / "scene.xml"
    for encoding in ("identity", "gzip", "br"):
        tag = client.get(address, headers={"Accept-Encoding": encoding}).headers["etag"]
        again = client.get(address, headers={"Accept-Encoding": encoding, "If-None-Match": f'"other", {tag}'})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    file.touch()
    assert client.get(address, headers={"Accept-Encoding": "br", "If-None-Match": tag}).status_code == 304
    file.write_text(file.read_text() + "<!-- edited -->")
    edited = client.get(address, headers={"Accept-Encoding": "br", "If-None-Match": tag})
    assert edited.status_code == 200
    assert edited.text.endswith("<!-- edited -->")


def test_an_error_of_the_server_has_the_security_headers(
    page: Path, bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("bbconvert.convert.serve.server.file_inside", fail)
    app = make_app(make_library([bundle]), page)
    client = TestClient(app, base_url="http://localhost", raise_server_exceptions=False)
    response = client.get("/index.html")
    assert response.status_code == 500
    assert response.headers["cross-origin-opener-policy"] == "same-origin"
    assert "content-security-policy" in response.headers


def test_a_file_that_cannot_be_read_is_not_found(
    client: TestClient, page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(
        "bbconvert.convert.serve.server.StoredFile.encoded", refuse
    )  # root, who runs the tests in CI, may read all
    assert client.get(f"/{SCRIPT}").status_code == 404


def test_a_bundle_says_nothing_but_what_was_verified(client: TestClient, bundle: Bundle, name: str) -> None:
    (bundle.folder / "policy.onnx.br").write_bytes(b"another policy")
    (bundle.folder / "scene.xml.br").symlink_to(bundle.folder.parent / "secret.xml")
    for file in ("policy.onnx", "scene.xml"):
        with client.stream("GET", f"/bundles/{name}/{file}", headers={"Accept-Encoding": "br"}) as response:
            assert brotli.decompress(b"".join(response.iter_raw())) == (bundle.folder / file).read_bytes()


def test_a_range_is_sent_of_the_file_as_it_is(client: TestClient, page: Path) -> None:
    whole = (page / MODULE).read_bytes()
    headers = {"Range": "bytes=1000-1999", "Accept-Encoding": "gzip, br"}
    part = client.get(f"/{MODULE}", headers=headers)
    assert (part.status_code, part.headers["content-range"]) == (206, "bytes 1000-1999/5000")
    assert "content-encoding" not in part.headers
    assert part.content == whole[1000:2000]
    assert client.get(f"/{MODULE}", headers={"Range": "bytes=-1"}).headers["content-range"] == "bytes 4999-4999/5000"
    several = client.get(f"/{SCRIPT}", headers={"Range": "bytes=0-5,100-105"})
    assert several.status_code == 206
    assert several.headers["content-type"].startswith("multipart/byteranges")
    beyond = client.get(f"/{MODULE}", headers={"Range": "bytes=5000-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, "bytes */5000")


def test_a_range_goes_on_only_where_the_file_is_still_the_same(client: TestClient, bundle: Bundle, name: str) -> None:
    address, file = f"/bundles/{name}/scene.xml", bundle.folder / "scene.xml"
    tag = client.get(address, headers={"Accept-Encoding": "identity"}).headers["etag"]
    headers = {"Range": "bytes=10-", "If-Range": tag}
    assert client.get(address, headers=headers).content == file.read_bytes()[10:]
    file.write_text(file.read_text() + "<!-- edited -->")
    assert client.get(address, headers=headers).status_code == 200


@given(st.text(st.sampled_from("bytes=0123456789-, \t_²abc"), max_size=40), st.booleans())
def test_no_range_makes_the_server_fail(text: str, prefixed: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "index.html").write_bytes(b"<!doctype html>" + bytes(2000))
        client = TestClient(make_app({}, Path(folder)), base_url="http://localhost")
        asked = ("bytes=" * prefixed + text).encode("latin-1")
        response = client.get("/", headers=[(b"range", asked)])
        assert response.status_code in (200, 206, 400, 416)
        assert len(response.content) <= 2100 + 40 * 200


def test_two_bundles_of_one_name_are_refused_and_the_same_twice_is_one(bundle: Bundle) -> None:
    default = open_bundle(DEFAULT_BUNDLE)
    assert list(make_library([default, default])) == [default.manifest.name]
    with pytest.raises(BBConvertError, match=r"are both called 'humanoid-balance'"):
        make_library([default, bundle])


def test_a_broken_bundle_beside_good_ones_is_left_out_and_named(bundle: Bundle) -> None:
    folder = bundle.folder.parent
    manifest = json.loads((bundle.folder / "bundle.json").read_text())
    (bundle.folder / "bundle.json").write_text(json.dumps({**manifest, "name": "good"}))
    (folder / "broken").mkdir()
    (folder / "broken" / "bundle.json").write_text("{")
    library, left_out = local_library(folder)
    assert list(library) == [*(folder.name for folder in SHIPPED), "good"]
    assert len(left_out) == 1
    assert f"{folder / 'broken'} is left out" in left_out[0]


def test_a_missing_page_is_explained(tmp_path: Path, bundle: Bundle) -> None:
    with pytest.raises(BBConvertError, match=r"The page is not built.*just build"):
        make_app(make_library([bundle]), tmp_path)
