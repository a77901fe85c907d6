"""docs/your-own-scene.md, followed literally: its files, its commands."""

import json
import re
import shlex
from pathlib import Path

import pytest

from tests.support.command_line import CommandLine
from tests.support.repository import ROOT

pytest.importorskip("stable_baselines3", reason="the extra `train` is not installed: pip install 'bbconvert[train]'")

TEXT = (ROOT / "docs" / "your-own-scene.md").read_text()
STEPS = "150000"
FEWER_STEPS = "16384"


def _write_files(folder: Path) -> None:
    """Each block that the text introduces by a file's name."""
    for name, block in re.findall(r"`(wobble\.\w+)`[^`]*:\n\n```\w+\n(.*?)```", TEXT, flags=re.DOTALL):
        (folder / name).write_text(block)


def _commands() -> list[list[str]]:
    blocks = re.findall(r"```bash\n(.*?)```", TEXT, flags=re.DOTALL)
    return [shlex.split(line) for block in blocks for line in block.strip().splitlines()]


def _run(bbconvert: CommandLine, words: list[str]) -> None:
    environment = {}
    while "=" in words[0]:
        name, _, value = words[0].partition("=")
        environment[name] = value
        words = words[1:]
    assert words[0] == "bbconvert"
    done = bbconvert(*words[1:], **environment)
    assert done.returncode == 0, f"{words}: {done.stderr}"


def test_the_page_leads_from_a_scene_to_a_verified_bundle_that_is_served(bbconvert: CommandLine) -> None:
    _write_files(bbconvert.cwd)
    recipe = bbconvert.cwd / "wobble.yaml"
    assert STEPS in recipe.read_text()
    recipe.write_text(recipe.read_text().replace(STEPS, FEWER_STEPS))
    *commands, play = _commands()
    assert [words[words.index("bbconvert") + 1] for words in commands] == ["train", "convert", "verify"]
    for words in commands:
        _run(bbconvert, words)

    assert play == ["bbconvert", "play", "wobble-bundle"]
    manifest = json.loads((bbconvert.cwd / "wobble-bundle" / "bundle.json").read_text())
    assert manifest["env"]["id"] == "wobble:Wobble-v0"
    assert manifest["observation"]["size"] == 7
    assert all(check["ok"] for check in manifest["parity"]["checks"])
    # What plays it needs no Python of one's own.
    (bbconvert.cwd / "wobble.py").unlink()
    done = bbconvert("export", "wobble-bundle", "--out", "site")
    assert done.returncode == 0, done.stderr


def test_a_bundle_alone_imports_no_module(bbconvert: CommandLine) -> None:
    from bbconvert.convert.shipped import DEFAULT_BUNDLE

    marker = bbconvert.cwd / "imported"
    (bbconvert.cwd / "evil.py").write_text(f"open({str(marker)!r}, 'w')\n")
    folder = bbconvert.cwd / "bundle"
    folder.mkdir()
    for path in DEFAULT_BUNDLE.iterdir():
        if path.is_file():
            (folder / path.name).write_bytes(path.read_bytes())
    manifest = json.loads((folder / "bundle.json").read_text())
    manifest["env"]["id"] = "evil:Evil-v0"
    (folder / "bundle.json").write_text(json.dumps(manifest))
    done = bbconvert("evaluate", "bundle", "--episodes", "1")
    assert done.returncode == 1
    assert "set BBCONVERT_ENV_MODULES=evil" in done.stderr
    assert not marker.exists()


def test_data_that_contradicts_the_class_is_not_converted(bbconvert: CommandLine) -> None:
    _write_files(bbconvert.cwd)
    module = bbconvert.cwd / "wobble.py"
    right = 'source="qvel", start=0, stop=5'
    assert right in module.read_text()
    module.write_text(module.read_text().replace(right, 'source="qvel", start=1, stop=6'))
    done = bbconvert("train", "wobble:Wobble-v0", "--steps", "1", "--envs", "1", "--out", "run")
    assert done.returncode == 1
    assert "Wobble-v0 does not fit its description: number 4 of its observation is" in done.stderr
    assert not (bbconvert.cwd / "run").exists()


def test_a_module_that_does_not_import_is_explained(bbconvert: CommandLine) -> None:
    done = bbconvert("train", "nowhere:Nothing-v0", "--out", "run")
    assert done.returncode == 1
    assert "The module nowhere cannot be imported: ModuleNotFoundError" in done.stderr
