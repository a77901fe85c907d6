"""`pull` and `evaluate` of many at once: a row for each, whatever becomes of the others."""

import json
import shutil
import signal
from pathlib import Path

import pytest

from bbconvert.convert.cli.many import names_in
from bbconvert.convert.errors import UsageError
from tests.support.command_line import CommandLine
from tests.support.local_hub import LocalHub
from tests.support.small_agent import AGENT, AGENT_CARD, AGENT_ENV, AGENT_REPO

BROKEN_REPO = "tester/broken-ppo"
OTHER_REPO = "tester/other-ppo"


@pytest.fixture
def repositories(hub: LocalHub, small_bundle: Path) -> LocalHub:
    """The Hub with a repository that converts, a whole bundle, a broken checkpoint, and one that is not a policy."""
    shutil.copytree(small_bundle, hub.folder / OTHER_REPO)
    broken = hub.folder / BROKEN_REPO
    broken.mkdir()
    (broken / "README.md").write_text(AGENT_CARD)
    (broken / "ppo_continuous_action.cleanrl_model").write_bytes(AGENT.read_bytes()[:-5000])
    (hub.folder / "tester" / "notes").mkdir()
    (hub.folder / "tester" / "notes" / "notes.txt").touch()
    return hub


def no_temporary_folder(command: CommandLine) -> bool:
    return not [path for path in command.cwd.rglob(".*") if path.is_dir()]


def test_a_failure_is_a_row_and_the_others_are_pulled(repositories: LocalHub, bbconvert_at_hub: CommandLine) -> None:
    result = bbconvert_at_hub("pull", BROKEN_REPO, AGENT_REPO, "no/such", OTHER_REPO, "--jobs", "2")

    assert result.returncode == 1
    rows = {line.split()[0]: line for line in result.stdout.splitlines() if "/" in line}
    assert "cut short" in rows[BROKEN_REPO]
    assert "no/such does not exist" in rows["no/such"]
    assert "bundles/tester--hopper-ppo" in rows[AGENT_REPO]
    assert "bundles/tester--other-ppo" in rows[OTHER_REPO]
    assert result.stdout.splitlines()[-1] == "2 of 4 pulled."
    for folder in ("tester--hopper-ppo", "tester--other-ppo"):
        assert (bbconvert_at_hub.cwd / "bundles" / folder / "bundle.json").is_file()
    assert sorted(path.name for path in (bbconvert_at_hub.cwd / "bundles").iterdir()) == [
        "tester--hopper-ppo",
        "tester--other-ppo",
    ]


def test_an_author_means_what_converts_and_the_same_command_goes_on(
    repositories: LocalHub, bbconvert_at_hub: CommandLine
) -> None:
    listed = bbconvert_at_hub.cwd / "list.txt"
    listed.write_text(f"# what I want\n\n{OTHER_REPO}  # a bundle\n{AGENT_REPO}\n{OTHER_REPO}\n")

    first = bbconvert_at_hub("pull", "--file", listed, "--json")

    assert (first.returncode, first.stderr) == (0, "")
    results = json.loads(first.stdout)["results"]
    assert [(row["repo"], row["ok"]) for row in results] == [(OTHER_REPO, True), (AGENT_REPO, True)]
    assert [row["bundle"] for row in results] == ["bundles/tester--other-ppo", "bundles/tester--hopper-ppo"]
    assert [row["env_id"] for row in results] == [AGENT_ENV, AGENT_ENV]
    made = {path: path.stat().st_mtime_ns for path in bbconvert_at_hub.cwd.glob("bundles/*/bundle.json")}

    again = bbconvert_at_hub("pull", "tester/", "--json")

    rows = {row["repo"]: row for row in json.loads(again.stdout)["results"]}
    assert again.returncode == 1
    assert rows.keys() == {AGENT_REPO, BROKEN_REPO, OTHER_REPO}
    assert "cut short" in rows[BROKEN_REPO]["error"]
    assert {path: path.stat().st_mtime_ns for path in made} == made


def test_an_author_without_a_policy_is_an_error_not_an_empty_success(
    repositories: LocalHub, bbconvert_at_hub: CommandLine
) -> None:
    shutil.move(repositories.folder / "tester" / "notes", repositories.folder / "writer" / "notes")

    none = bbconvert_at_hub("pull", "--author", "writer")
    nobody = bbconvert_at_hub("pull", "nobody/")

    assert (none.returncode, nobody.returncode) == (1, 1)
    assert "No repository of writer converts" in none.stderr
    assert "nobody has no repository on the Hub" in nobody.stderr


def test_out_is_the_folder_that_several_go_into(repositories: LocalHub, bbconvert_at_hub: CommandLine) -> None:
    result = bbconvert_at_hub("pull", OTHER_REPO, "no/such", "--out", "zoo")

    assert result.returncode == 1
    assert [path.name for path in (bbconvert_at_hub.cwd / "zoo").iterdir()] == ["tester--other-ppo"]


def test_ctrl_c_stops_all_of_them_and_leaves_nothing_half_written(
    repositories: LocalHub, bbconvert_at_hub: CommandLine
) -> None:
    repositories.faults.stall_at = 5_000
    process = bbconvert_at_hub.start("pull", AGENT_REPO, OTHER_REPO, "--jobs", "2")
    assert repositories.faults.stalled.wait(timeout=60)

    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)

    assert process.returncode == 130
    assert "Stopped: 0 of 2 are done, and nothing is half-written." in stderr
    assert "Traceback" not in stderr
    assert no_temporary_folder(bbconvert_at_hub)
    assert list(bbconvert_at_hub.cwd.glob("bundles/*")) == []


def test_several_evaluations_are_kept_and_not_played_again(bbconvert: CommandLine, small_bundle: Path) -> None:
    for name in ("one", "two"):
        shutil.copytree(small_bundle, bbconvert.cwd / name)
    manifest = bbconvert.cwd / "two" / "bundle.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"name": "two"}))
    command = ("evaluate", "one", "two", "none", "--episodes", "1", "--json")

    first = bbconvert(*command)

    assert (first.returncode, first.stderr) == (1, "")
    one, two, none = json.loads(first.stdout)["results"]
    assert (one["bundle"], one["ok"], one["episodes"]) == ("one", True, 1)
    assert one["returns"] == two["returns"]
    assert "none is not a bundle" in none["error"]
    single = json.loads(bbconvert("evaluate", "one", "--episodes", "1", "--json").stdout)
    assert {"bundle": "one", "ok": True, **single} == one
    kept = sorted((bbconvert.cwd / "evaluations").iterdir())
    assert len(kept) == 2
    kept[0].write_text(json.dumps(single | {"mean": 123.0}))

    assert json.loads(bbconvert(*command).stdout)["results"][0]["mean"] == 123.0
    assert json.loads(bbconvert(*command, "--seed", "1").stdout)["results"][0]["mean"] != 123.0
    assert json.loads(bbconvert(*command, "--force").stdout)["results"] == [one, two, none]
    table = bbconvert(*command[:-1])
    assert table.stdout.splitlines()[-1] == "2 of 3 evaluated."


def test_debug_shows_the_traceback_of_each_failure(bbconvert: CommandLine) -> None:
    plain = bbconvert("evaluate", "none", "neither")
    debugged = bbconvert("evaluate", "none", "neither", "--debug")

    assert "Traceback" not in plain.stderr
    assert debugged.stderr.count("Traceback") >= 2


def test_a_list_names_one_a_line_with_comments(tmp_path: Path) -> None:
    listed = tmp_path / "list.txt"
    listed.write_text("# all\n a/b # one\n\nc/d\n")
    assert names_in(listed) == ["a/b", "c/d"]
    assert names_in(None) == []

    listed.write_text("# nothing\n")
    for path, words in ((listed, "names nothing"), (tmp_path / "none", "cannot be read")):
        with pytest.raises(UsageError, match=words):
            names_in(path)


def test_jobs_and_a_scheduler_exclude_each_other(bbconvert: CommandLine) -> None:
    result = bbconvert("evaluate", "one", "--jobs", "2", "--scheduler", "tcp://127.0.0.1:9")

    assert (result.returncode, result.stdout) == (2, "")
    assert "the cluster decides" in result.stderr
