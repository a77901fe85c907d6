"""What is installed is what was locked, to the byte; and the audit says when it found, and when it could not look."""

import http.server
import importlib.util
import json
import re
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.support.repository import ROOT

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")


def load(path: str) -> ModuleType:
    """A script of the repository as a module."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT / path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


locked, audit = load("locked.py"), load(".ci/audit.py")


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(text: str) -> set[tuple[str, str]]:
    return {(normal(name), version) for name, version in re.findall(r"^([\w.-]+)==([\w.]+)", text, re.MULTILINE)}


def test_the_lock_has_every_pinned_package_with_hashes_and_torch_alone_is_missing() -> None:
    pinned, in_lock = pins((ROOT / "constraints.txt").read_text()), pins(LOCK)
    tools = {"rust-just"}  # what CI installs before there is a project

    assert {name for name, _ in pinned - in_lock} - tools == {"torch"}
    assert {name for name, _ in in_lock} & {"torch", "triton"} == set()
    for requirement in re.split(r"\n\n# .*\n", LOCK)[1:]:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", requirement), requirement


def test_every_extra_is_locked_with_all_that_it_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked: dict[str, list[str]] = {"base": project["dependencies"], **project["optional-dependencies"]}
    for extra, requirements in asked.items():
        names = {name for name, _ in pins(locked.selected(LOCK, [] if extra == "base" else [extra]))}
        assert {normal(re.split(r"[\[<>=]", requirement)[0]) for requirement in requirements} - {"torch"} <= names, (
            extra
        )


def test_playing_needs_no_package_of_the_tests() -> None:
    names = {name for name, _ in pins(locked.selected(LOCK, ["build", "browser"]))}

    assert {"playwright", "hatchling", "mujoco"} <= names
    assert names & {"pytest", "jax", "stable-baselines3", "ruff"} == set()


def test_an_extra_that_is_not_locked_is_refused() -> None:
    with pytest.raises(ValueError, match=r"requirements.lock has nothing for new"):
        locked.selected(LOCK, ["browser", "new"])


def test_just_installs_nothing_of_pypi_without_its_hash_but_torch() -> None:
    recipes = (ROOT / "Justfile").read_text()
    _, _, rest = recipes.partition("\n_install extras:\n")
    installs = [line for line in rest.partition("\n_prerequisites:")[0].splitlines() if "pip install" in line]

    hashed = [line for line in installs if "--require-hashes --no-deps" in line]
    others = [line.split("pip install ")[1].split()[-1] for line in installs if line not in hashed]
    assert len(hashed) == 1
    assert others == ["torch", "."]
    assert "--no-deps" in installs[-1]


def test_every_npm_package_has_its_integrity_and_comes_from_no_other_place() -> None:
    packages = json.loads((ROOT / "web" / "package-lock.json").read_text())["packages"]
    installed = {name: entry for name, entry in packages.items() if name}

    assert len(installed) > 100
    assert [name for name, entry in installed.items() if not entry.get("integrity", "").startswith("sha512-")] == []
    elsewhere = "https://registry.npmjs.org/"
    assert [n for n, entry in installed.items() if not entry.get("resolved", elsewhere).startswith(elsewhere)] == []
    assert "npm ci" in (ROOT / "Justfile").read_text()


@contextmanager
def pypi(answers: dict[str, Any]) -> Iterator[str]:
    """Answers `/NAME/VERSION/json`; what is not in `answers` is not found."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = answers.get(self.path.split("/")[1])
            self.send_response(404 if answer is None else 200)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_the_audit_finds_what_pypi_knows_and_passes_over_what_was_withdrawn() -> None:
    answers = {
        "good": {"vulnerabilities": []},
        "bad": {
            "vulnerabilities": [{"id": "PYSEC-1", "withdrawn": None}, {"id": "PYSEC-2", "withdrawn": "2026-01-01"}]
        },
    }
    with pypi(answers) as address:
        assert audit.python_vulnerabilities([("good", "1"), ("bad", "2")], address) == {"PYSEC-1": "bad 2"}


def test_the_audit_says_that_it_could_not_run() -> None:
    with pypi({"odd": {}}) as address:
        for name in ("absent", "odd"):
            with pytest.raises(audit.CouldNotRunError, match=f"PyPI says nothing about {name} 1"):
                audit.python_vulnerabilities([(name, "1")], address)
    with pytest.raises(audit.CouldNotRunError, match="PyPI says nothing"):
        audit.python_vulnerabilities([("good", "1")], address)
    for report in ("", '{"message": "405 Method Not Allowed", "error": {}}', "[]"):
        with pytest.raises(audit.CouldNotRunError, match="npm said"):
            audit.npm_vulnerabilities(report)


def test_the_audit_reads_npms_report() -> None:
    advisory = {"url": "https://github.com/advisories/GHSA-1", "range": "<2"}
    report = {"vulnerabilities": {"a": {"via": [advisory]}, "b": {"via": ["a"]}}}

    assert audit.npm_vulnerabilities(json.dumps(report)) == {"GHSA-1": "a <2"}
    assert audit.npm_vulnerabilities('{"vulnerabilities": {}}') == {}


def test_a_vulnerability_fails_the_audit_unless_a_reason_allows_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    allowed = tmp_path / "allowed.txt"
    allowed.write_text("# none\n")
    monkeypatch.setattr(audit, "ALLOWED", allowed)
    monkeypatch.setattr(audit, "python_vulnerabilities", lambda _: {"PYSEC-1": "bad 2"})
    monkeypatch.setattr(audit, "_npm_audit", lambda: "")

    assert audit.main() == 1
    assert "PYSEC-1 in bad 2: NOT ALLOWED" in capsys.readouterr().out

    allowed.write_text("PYSEC-1 only its server is concerned, which we do not run\n")
    assert audit.main() == 0
    said = capsys.readouterr().out
    assert "allowed: only its server" in said
    assert "The audit of the npm packages could not run: npm said: nothing." in said

    allowed.write_text("PYSEC-1\n")
    with pytest.raises(ValueError, match="without a reason"):
        audit.main()


def test_the_audit_asks_about_everything_that_is_locked() -> None:
    asked = audit.pins(LOCK, (ROOT / "constraints.txt").read_text())

    assert {("torch", "2.13.0"), ("mujoco", version("mujoco")), ("typing-extensions", "4.16.0")} <= set(asked)
    assert len(asked) > 100
