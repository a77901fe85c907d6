import email
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

from bbconvert.convert import __version__
from bbconvert.convert.shipped import SHIPPED
from tests.support.local_hub import running_hub
from tests.support.repository import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
NODE_PACKAGE = json.loads((ROOT / "web" / "package.json").read_text())


def _without_node(folder: Path) -> dict[str, str]:
    """The environment of a machine without Node: no program but the shell's is found."""
    folder.mkdir(exist_ok=True)
    return {**os.environ, "PATH": str(folder)}


PAGE = "bbconvert/convert/page/"
NOTICES = "bbconvert/convert/notices"


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, made without Node from the source distribution, which is made from this tree."""
    out = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out)]
    subprocess.run([*build, "--sdist", str(ROOT)], check=True, capture_output=True, text=True)
    (sdist,) = out.glob("*.tar.gz")
    shutil.unpack_archive(sdist, out, filter="data")
    (sources,) = (path for path in out.iterdir() if path.is_dir())
    environment = _without_node(tmp_path_factory.mktemp("empty"))
    subprocess.run([*build, "--wheel", str(sources)], check=True, capture_output=True, text=True, env=environment)
    (wheel,) = out.glob("*.whl")
    return wheel


@pytest.fixture(scope="session")
def names(wheel: Path) -> list[str]:
    """The files in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


@pytest.mark.packaging
def test_the_wheel_is_pure_python_of_this_version(wheel: Path) -> None:
    assert wheel.name == f"bbconvert-{__version__}-py3-none-any.whl"


@pytest.mark.packaging
def test_the_wheel_has_one_package_and_nothing_else(names: list[str]) -> None:
    assert {name.split("/")[0] for name in names} == {"bbconvert", f"bbconvert-{__version__}.dist-info"}
    assert {name.split("/")[1] for name in names if name.startswith("bbconvert/")} == {
        *("__init__.py", "__main__.py", "py.typed"),
        *("convert", "observation", "mjcf"),
    }
    assert not [name for name in names if "node_modules" in name or "__pycache__" in name]


@pytest.mark.packaging
def test_the_wheel_has_the_page_the_default_bundle_the_scene_and_the_notices(names: list[str]) -> None:
    page = [name.removeprefix(PAGE) for name in names if name.startswith(PAGE)]
    assert "index.html" in page
    for asset in (r"sim-worker-.*\.js", r"mujoco-.*\.wasm", r"mujoco-.*\.wasm\.br", r"ort-wasm-simd-threaded-.*\.wasm"):
        assert len([name for name in page if re.fullmatch(f"assets/{asset}", name)]) == 1, asset
    for folder in (f"bbconvert/convert/shipped/{folder.name}" for folder in SHIPPED):
        bundle = {name.removeprefix(f"{folder}/") for name in names if name.startswith(f"{folder}/")}
        files = {path.relative_to(ROOT / folder).as_posix() for path in _files(folder)}
        assert bundle == files >= {"bundle.json", "policy.onnx", "tfjs/model.json", "scene.xml", "golden.safetensors"}
    assert {f"bbconvert/mjcf/{body}/scene.xml" for body in ("humanoid_balance", "balance_bot", "cart_pole")} <= set(
        names
    )
    assert {f"{NOTICES}/THIRD_PARTY_NOTICES.md", f"{NOTICES}/onnxruntime.txt"} <= set(names)
    info = f"bbconvert-{__version__}.dist-info/licenses"
    assert {f"{info}/LICENSE", f"{info}/{NOTICES}/THIRD_PARTY_NOTICES.md"} <= set(names)


def _files(folder: str) -> list[Path]:
    return [path for path in (ROOT / folder).rglob("*") if path.is_file()]


@pytest.mark.packaging
def test_the_wheel_declares_its_command_its_environments_and_its_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        info = f"bbconvert-{__version__}.dist-info"
        entry_points = archive.read(f"{info}/entry_points.txt").decode()
        metadata = email.message_from_bytes(archive.read(f"{info}/METADATA"))
    assert "[console_scripts]\nbbconvert = bbconvert.convert.cli.main:main\n" in entry_points
    assert "[gymnasium.envs]\nbbconvert = bbconvert.mjcf.registration:register_envs\n" in entry_points
    assert metadata["License-Expression"] == "MIT"
    assert f"mujoco=={version('mujoco')}" in (metadata.get_all("Requires-Dist") or [])


@pytest.mark.packaging
def test_an_installed_wheel_serves_its_page_from_any_folder_without_node(wheel: Path, tmp_path: Path) -> None:
    target, elsewhere = tmp_path / "site-packages", tmp_path / "elsewhere"
    elsewhere.mkdir()
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(target)]
    subprocess.run([*pip, str(wheel)], check=True)
    environment = {**_without_node(tmp_path / "empty"), "PYTHONPATH": str(target)}
    # Somebody else's modules of the names of our folders stand where the command is given.
    for name in ("convert.py", "mjcf.py", "observation/__init__.py"):
        (elsewhere / name).parent.mkdir(exist_ok=True)
        (elsewhere / name).write_text(f"raise ImportError('{name} is not of bbconvert')\n")
    program = "import bbconvert as b; assert b.__file__.startswith({!r}); from bbconvert.__main__ import main; main()"
    command = [sys.executable, "-c", program.format(str(target)), "serve", "--port", "0"]
    with subprocess.Popen(command, cwd=elsewhere, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        connection = http.client.HTTPConnection(address.removeprefix("http://").removesuffix("/"))
        try:
            html = _get(connection, "/").decode()
            assets = re.findall(r"(?:src|href)=\"\./(assets/[^\"]+)\"", html)
            assert assets
            for asset in assets:
                assert _get(connection, f"/{asset}") == (target / PAGE / asset).read_bytes()
            entries = json.loads(_get(connection, "/bundles/index.json"))["bundles"]
            assert [entry["name"] for entry in entries] == [folder.name for folder in SHIPPED]
        finally:
            process.send_signal(signal.SIGINT)
    assert process.returncode == 0


RUNNERS = {
    "uvx": ["uv", "tool", "run", "--python", sys.executable, "--from"],
    "pipx": ["pipx", "run", "--python", sys.executable, "--spec"],
}


@pytest.mark.packaging
@pytest.mark.parametrize("runner", RUNNERS)
def test_one_command_plays_a_repository_from_an_empty_folder(
    runner: str, wheel: Path, shared_hub: Path, tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    command = [sys.executable, "-m", *RUNNERS[runner], str(wheel), "bbconvert"]
    with running_hub(shared_hub) as hub:
        environment = {
            **os.environ,
            "HF_ENDPOINT": hub.url,
            "HF_HOME": str(tmp_path / "hf"),
            "HF_HUB_DISABLE_XET": "1",
            "PIPX_HOME": str(tmp_path / "pipx"),
        }
        arguments = ["play", "cleanrl/Humanoid-v4", "--no-open", "--port", "0"]
        with subprocess.Popen(
            [*command, *arguments],
            cwd=empty,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            connection = http.client.HTTPConnection(address.removeprefix("http://").removesuffix("/"))
            try:
                (entry, *_) = json.loads(_get(connection, "/bundles/index.json"))["bundles"]
                manifest = json.loads(_get(connection, f"/bundles/{entry['name']}/bundle.json"))
            finally:
                os.killpg(process.pid, signal.SIGINT)
    assert manifest["env"]["id"] == "Humanoid-v4"
    compared = [check["name"] for check in manifest["parity"]["checks"] if check["level"] == "network"]
    assert any(name.endswith("of the checkpoint in NumPy") for name in compared)  # torch was not installed


def _get(connection: http.client.HTTPConnection, path: str) -> bytes:
    connection.request("GET", path)
    response = connection.getresponse()
    assert response.status == 200, path
    return response.read()


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """As much of the sources as the build of the page looks at before it starts npm, without a built page."""
    folder = tmp_path / "sources"
    (folder / "web").mkdir(parents=True)
    for name in ("hatch_build.py", "web/package.json", "web/package-lock.json"):
        shutil.copyfile(ROOT / name, folder / name)
    return folder


def _program(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def _build_page(sources: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(sources / "hatch_build.py")]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_a_build_without_node_says_what_to_install(sources: Path, tmp_path: Path) -> None:
    done = _build_page(sources, _without_node(tmp_path / "bin"))
    assert done.returncode == 1
    assert "Node.js was not found. Building the page needs Node.js 20.19 or newer" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_build_with_an_old_node_or_without_npm_says_so(sources: Path, tmp_path: Path) -> None:
    environment = _without_node(tmp_path / "bin")
    _program(tmp_path / "bin", "node", "echo v18.20.4")
    assert "npm was not found" in _build_page(sources, environment).stderr
    _program(tmp_path / "bin", "npm", "exit 0")
    assert "is v18.20.4, which is too old" in _build_page(sources, environment).stderr


def test_a_failing_npm_fails_the_build(sources: Path, tmp_path: Path) -> None:
    environment = _without_node(tmp_path / "bin")
    _program(tmp_path / "bin", "node", "echo v22.12.0")
    _program(tmp_path / "bin", "npm", "echo no such package; exit 7")
    done = _build_page(sources, environment)
    assert done.returncode == 1
    assert "no such package" in done.stderr
    assert "`npm ci --no-audit --no-fund` in" in done.stderr
    assert "failed with status 7" in done.stderr


def test_the_page_is_built_again_exactly_when_a_source_changed(sources: Path, tmp_path: Path) -> None:
    environment = _without_node(tmp_path / "bin")
    environment["PATH"] += ":/bin:/usr/bin"
    page, calls = sources / "bbconvert" / "convert" / "page", tmp_path / "calls"
    _program(tmp_path / "bin", "node", "echo v20.19.0")
    _program(tmp_path / "bin", "npm", f"echo $1 $2 >>{calls}; mkdir -p {page}; echo built >{page}/index.html")
    (sources / "web" / "src" / "generated").mkdir(parents=True)
    source = sources / "web" / "src" / "main.tsx"
    source.write_text("1")

    def npm_calls() -> list[str]:
        calls.write_text("")
        done = _build_page(sources, environment)
        assert done.returncode == 0, done.stderr
        return calls.read_text().splitlines()

    assert npm_calls() == ["ci --no-audit", "run build"]
    assert npm_calls() == []
    source.touch()
    (sources / "web" / "src" / "generated" / "bundle.ts").write_text("made by the build")
    assert npm_calls() == []
    source.write_text("2")
    assert "run build" in npm_calls()
    source.rename(source.with_name("renamed.tsx"))
    assert "run build" in npm_calls()
    (page / "index.html").unlink()
    assert "run build" in npm_calls()


def test_python_and_the_page_run_the_same_mujoco() -> None:
    pinned = [requirement for requirement in PROJECT["dependencies"] if requirement.startswith("mujoco")]
    assert pinned == [f"mujoco=={NODE_PACKAGE['dependencies']['@mujoco/mujoco']}"]
    assert pinned[0] in (ROOT / "constraints.txt").read_text().splitlines()


def test_constraints_pin_every_requirement_exactly_and_no_local_build() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in lines)
    pinned = {re.sub(r"[-_.]+", "-", line.split("==")[0]).lower() for line in lines}
    extras = PROJECT["optional-dependencies"].values()
    required = [*PROJECT["dependencies"], *(requirement for extra in extras for requirement in extra)]
    names = {re.sub(r"[-_.]+", "-", re.split(r"[\[<>=]", requirement)[0]).lower() for requirement in required}
    assert names <= pinned
    assert "torch==2.13.0" in lines


def test_the_notices_name_every_part_of_the_page_with_its_version() -> None:
    notices = (ROOT / "convert" / "notices" / "THIRD_PARTY_NOTICES.md").read_text()
    lock = json.loads((ROOT / "web" / "package-lock.json").read_text())["packages"]
    for name, pinned in NODE_PACKAGE["dependencies"].items():
        assert f"| {name} | {pinned} |" in notices
        assert lock[f"node_modules/{name}"]["version"] == pinned
    for text in ("Apache License", "Gymnasium", "TinyXML2", "Permission is hereby granted"):
        assert text in notices
