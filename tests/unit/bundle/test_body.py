"""Bodies to train in the tab: manifest and scene of every environment that Gymnasium builds, without a policy."""

import re
from pathlib import Path

from starlette.testclient import TestClient

from bbconvert.convert.bundle.body import NO_POLICY, body_name, known_body, trainable_ids, unknown_body, write_body
from bbconvert.convert.bundle.bundle import open_bundle
from bbconvert.convert.serve.security_headers import TRAIN_POLICY
from bbconvert.convert.serve.server import make_app


def test_names_of_bodies_are_unique_and_found_with_or_without_a_namespace() -> None:
    ids = trainable_ids()
    assert len({body_name(env_id) for env_id in ids}) == len(ids)
    assert known_body("bbconvert/CartPole-v0") == known_body("CartPole-v0") == "CartPole-v0"
    assert known_body("other/CartPole-v0") is None
    assert known_body("Hoper-v5") is None
    assert re.match(r"Hoper-v5 is neither a bundle nor an environment .*Hopper-v5", str(unknown_body("Hoper-v5")))


def test_a_body_is_a_manifest_and_a_scene(tmp_path: Path) -> None:
    write_body("InvertedPendulum-v5", tmp_path)
    manifest = open_bundle(tmp_path).manifest
    assert (manifest.env.id, manifest.source.library) == ("InvertedPendulum-v5", NO_POLICY)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bundle.json", "scene.xml"]


def test_the_server_makes_bodies_when_they_are_asked_for(tmp_path: Path) -> None:
    for name in ("index.html", "train.html"):
        (tmp_path / name).write_text("<!doctype html>")
    client = TestClient(make_app({}, tmp_path), base_url="http://localhost")
    listed = client.get("/bodies/index.json").json()["bodies"]
    assert {"env_id": "bbconvert/CartPole-v0", "name": "CartPole-v0"} in listed
    assert client.get("/bodies/CartPole-v0/bundle.json").json()["env"]["id"] == "bbconvert/CartPole-v0"
    assert client.get("/bodies/CartPole-v0/scene.xml").text.lstrip().startswith("<")
    for path in ("CartPole-v0/policy.onnx", "CartPole-v0/../CartPole-v0", "Hoper-v5/bundle.json"):
        assert client.get(f"/bodies/{path}").status_code == 404
    assert client.get("/train.html").headers["content-security-policy"] == TRAIN_POLICY
