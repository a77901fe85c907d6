"""`bbconvert convert RUN_FOLDER` of CleanRL and rl_zoo3, and `bbconvert pull wandb:…`."""

import io
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import bbconvert
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.run_folder import read_run
from bbconvert.convert.wandb_run import parse_run
from tests.support.command_line import CommandLine
from tests.support.small_agent import AGENT

CLEANRL_RUN = "Hopper-v5__ppo_continuous_action__1__1700000000"


def _run(folder: Path, *files: str) -> Path:
    folder.mkdir(parents=True)
    for name in files:
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(AGENT, folder / name)
    return folder


def test_cleanrls_run_folder_converts_by_its_name(bbconvert: CommandLine) -> None:
    _run(bbconvert.cwd / "runs" / CLEANRL_RUN, AGENT.name)

    done = bbconvert("convert", f"runs/{CLEANRL_RUN}", "--out", "bundle")

    assert done.returncode == 0, done.stderr
    assert _open(bbconvert.cwd / "bundle").manifest.env.id == "Hopper-v5"


def test_rl_zoo3s_run_folder_is_understood(tmp_path: Path) -> None:
    folder = _run(
        tmp_path / "logs" / "ppo" / "Hopper-v4_1", "Hopper-v4.zip", "best_model.zip", "rl_model_5000_steps.zip"
    )
    (folder / "Hopper-v4").mkdir()
    (folder / "Hopper-v4" / "args.yml").write_text(
        "!!python/object/apply:collections.OrderedDict\n- - - env\n    - Hopper-v4\n"
    )

    run = read_run(folder)

    assert (run.policy.name, run.env_id) == ("Hopper-v4.zip", "Hopper-v4")
    assert run.note is not None
    assert "best_model.zip" in run.note
    alone = _run(tmp_path / "logs" / "ppo" / "Ant-v4_2", "best_model.zip")
    assert (read_run(alone).policy.name, read_run(alone).env_id) == ("best_model.zip", "Ant-v4")


def test_a_folder_without_a_policy_or_with_several_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing")
    with pytest.raises(BBConvertError, match=r"holds no policy: found notes.txt"):
        read_run(tmp_path)
    _run(tmp_path / "several", "a.cleanrl_model", "b.cleanrl_model")
    with pytest.raises(BBConvertError, match=r"holds several policies: a.cleanrl_model, b.cleanrl_model"):
        read_run(tmp_path / "several")


class _File:
    """A file of a run, as `wandb.Api().run(…).files()` gives it."""

    def __init__(self, name: str, content: bytes) -> None:
        self.name, self.size, self.content = name, len(content), content

    def download(self, root: str, replace: bool) -> io.IOBase:
        assert replace
        path = Path(root) / self.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.content)
        return path.open("rb")


def _wandb(monkeypatch: pytest.MonkeyPatch, files: list[_File], config: dict[str, Any]) -> None:
    def run(path: str) -> Any:
        if path != "me/hoppers/abc123":
            raise ValueError(f"Could not find run <Run {path} (not found)>")
        return SimpleNamespace(name="brave-hopper-7", config=config, files=lambda: files)

    monkeypatch.setitem(sys.modules, "wandb", SimpleNamespace(Api=lambda: SimpleNamespace(run=run)))


def test_a_run_of_wandb_is_pulled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    files = [_File(AGENT.name, AGENT.read_bytes()), _File("output.log", b"...")]
    _wandb(monkeypatch, files, {"env_id": "Hopper-v5", "seed": 1})

    bundle = bbconvert.pull("wandb:me/hoppers/abc123", out=tmp_path / "bundle")

    assert bundle.manifest.env.id == "Hopper-v5"
    assert bundle.manifest.title == "Hopper-v5, brave-hopper-7 of me"
    assert bundle.manifest.name == "me--hoppers--abc123"


@pytest.mark.parametrize(
    ("files", "config", "repo", "words"),
    [
        ([], {}, "wandb:me/hoppers", "Expected wandb:ENTITY/PROJECT/RUN_ID"),
        ([], {}, "wandb:me/hoppers/other", "Could not find run"),
        ([_File("output.log", b"")], {}, "wandb:me/hoppers/abc123", "logged no policy: it has output.log"),
        ([_File("a.zip", b"1"), _File("b.zip", b"2")], {}, "wandb:me/hoppers/abc123", "several policies: a.zip, b.zip"),
        ([_File("a.zip", b"1")], {}, "wandb:me/hoppers/abc123", "names no environment"),
        ([_File("../a.zip", b"1")], {"env": "Hopper-v5"}, "wandb:me/hoppers/abc123", "not one below it"),
        ([_File("a.zip", b"PK..")], {"env": "Hopper-v5"}, "wandb:me/hoppers/abc123", "a.zip"),
    ],
)
def test_a_run_that_cannot_be_pulled_is_told_and_leaves_nothing(
    files: list[_File],
    config: dict[str, Any],
    repo: str,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    _wandb(monkeypatch, files, config)

    with pytest.raises(BBConvertError) as told:
        bbconvert.pull(repo, out=tmp_path / "bundle")

    assert words in str(told.value)
    assert not (tmp_path / "bundle").exists()


def test_without_its_library_a_run_of_wandb_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(BBConvertError, match=r"pip install 'bbconvert\[wandb\]'"):
        bbconvert.pull("wandb:me/hoppers/abc123", out=tmp_path / "bundle")


def test_the_address_of_a_runs_page_names_it() -> None:
    assert parse_run("https://wandb.ai/me/hoppers/runs/abc123").path == "me/hoppers/abc123"


def _open(folder: Path) -> "bbconvert.Bundle":
    return bbconvert.open_bundle(folder)
