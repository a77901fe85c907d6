"""`bbconvert push`, and the way back with `bbconvert pull`."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from bbconvert.convert.bundle.bundle import open_bundle
from bbconvert.convert.bundle.library import bundle_files
from bbconvert.convert.shipped import DEFAULT_BUNDLE
from tests.support.command_line import CommandLine
from tests.support.local_hub import GOOD_TOKEN, LocalHub
from tests.support.small_agent import AGENT_REPO

REPO = "me/hopper"
# The local Hub takes large files over LFS.
SIGNED_IN = {"HF_TOKEN": GOOD_TOKEN, "HF_HUB_DISABLE_XET": "1"}


@pytest.fixture
def bundle(bbconvert_at_hub: CommandLine, small_bundle: Path) -> Path:
    """A copy of the small bundle."""
    return shutil.copytree(small_bundle, bbconvert_at_hub.cwd / "mine")


def spoil(bundle: Path) -> None:
    """One recorded action is no longer the policy's."""
    from dataclasses import replace

    from bbconvert.convert.bundle.bundle import write_golden

    golden = open_bundle(bundle).golden
    action = golden.action.copy()
    action[7, 1] += 0.01
    write_golden(bundle, replace(golden, action=action))


def test_a_bundle_goes_to_the_hub_in_one_commit_and_comes_back_whole(
    hub: LocalHub, bbconvert_at_hub: CommandLine, bundle: Path, small_bundle: Path
) -> None:
    (bundle / "thesis.txt").write_text("not part of the bundle")

    pushed = bbconvert_at_hub("push", bundle, REPO, "--yes", **SIGNED_IN)

    assert (pushed.returncode, pushed.stdout) == (0, f"{hub.url}/{REPO}\n"), pushed.stderr
    for words in ("which will be made, public", "policy.onnx", "The model card begins:", "library_name: bbconvert"):
        assert words in pushed.stderr
    names = [path.relative_to(hub.folder / REPO).as_posix() for path in hub.files(REPO)]
    assert set(names) == set(bundle_files(open_bundle(bundle)))
    assert [repo for repo, _ in hub.commits] == [REPO]

    pulled = bbconvert_at_hub("pull", REPO)

    assert (pulled.returncode, pulled.stdout) == (0, "bundles/me--hopper\n"), pulled.stderr
    assert "nothing to convert" in pulled.stderr
    assert "Verifying: rollout" in pulled.stderr
    folder = bbconvert_at_hub.cwd / "bundles" / "me--hopper"
    for name in set(names) - {"bundle.json"}:
        assert (folder / name).read_bytes() == (small_bundle / name).read_bytes(), name
    back, mine = open_bundle(folder).manifest, open_bundle(bundle).manifest
    assert back.model_dump(exclude={"name", "pulled_from"}) == mine.model_dump(exclude={"name", "pulled_from"})
    assert back.name == "me--hopper"
    assert back.pulled_from is not None
    assert (back.pulled_from.repo_id, back.pulled_from.revision) == (REPO, hub.commit(REPO))


def test_a_second_push_changes_nothing_from_either_copy(
    hub: LocalHub, bbconvert_at_hub: CommandLine, bundle: Path
) -> None:
    assert bbconvert_at_hub("push", bundle, REPO, "--yes", **SIGNED_IN).returncode == 0
    assert bbconvert_at_hub("pull", REPO).returncode == 0

    for folder in (bundle, Path("bundles/me--hopper")):
        again = bbconvert_at_hub("push", folder, REPO, **SIGNED_IN)
        assert again.returncode == 0, again.stderr
        assert f"Nothing changed: {REPO} has this bundle already." in again.stderr
    assert len(hub.commits) == 1

    (bundle / "README.md").write_text((bundle / "README.md").read_text() + "\nA word more.\n")
    document = json.loads(bbconvert_at_hub("push", bundle, REPO, "--yes", "--json", **SIGNED_IN).stdout)
    assert {file["name"] for file in document["files"] if file["state"] != "unchanged"} == {"README.md"}
    assert not document["created"]
    assert len(hub.commits) == 2
    assert "A word more." in (hub.folder / REPO / "README.md").read_text()


def test_a_pulled_bundle_is_kept_and_another_revision_is_not_mixed_up(
    hub: LocalHub, bbconvert_at_hub: CommandLine, bundle: Path
) -> None:
    assert bbconvert_at_hub("push", bundle, REPO, "--yes", **SIGNED_IN).returncode == 0
    assert bbconvert_at_hub("pull", REPO).returncode == 0
    asked = len(hub.requests)

    kept = bbconvert_at_hub("pull", REPO)
    other = bbconvert_at_hub("pull", REPO, "--normalization", "none", "--force")

    assert (kept.returncode, kept.stdout) == (0, "bundles/me--hopper\n")
    assert "exists and was kept" in kept.stderr
    assert len(hub.requests) > asked  # by the second command alone
    assert other.returncode == 1
    assert "is a bundle already, with normalisation frozen; asked for was none" in other.stderr
    assert (bbconvert_at_hub.cwd / "bundles" / "me--hopper" / "bundle.json").is_file()


def test_without_a_terminal_nothing_is_uploaded_unasked(
    hub: LocalHub, bbconvert_at_hub: CommandLine, bundle: Path
) -> None:
    result = bbconvert_at_hub("push", bundle, REPO, **SIGNED_IN)

    assert (result.returncode, result.stdout) == (2, "")
    assert "--yes" in result.stderr
    assert REPO not in hub.repositories()


@pytest.mark.parametrize(("answer", "code", "uploaded"), [(b"n\n", 1, False), (b"y\n", 0, True)])
def test_on_a_terminal_the_answer_decides(
    answer: bytes, code: int, uploaded: bool, hub: LocalHub, bbconvert_at_hub: CommandLine, bundle: Path
) -> None:
    ours, theirs = os.openpty()
    with os.fdopen(ours, "wb"), os.fdopen(theirs, "rb") as terminal:
        os.write(ours, answer)
        result = subprocess.run(
            bbconvert_at_hub.command("push", bundle, REPO, "--unproven"),
            cwd=bbconvert_at_hub.cwd,
            env=bbconvert_at_hub.environment | SIGNED_IN,
            stdin=terminal,
            capture_output=True,
            text=True,
            check=False,
            timeout=110,
        )

    assert result.returncode == code, result.stderr
    assert f"Upload to {hub.url}/{REPO}?" in result.stderr
    assert (REPO in hub.repositories()) == uploaded
    assert ("Not uploaded." in result.stderr) != uploaded


def test_without_a_token_the_message_says_how_to_get_one(
    hub: LocalHub, bbconvert_at_hub: CommandLine, bundle: Path
) -> None:
    result = bbconvert_at_hub("push", bundle, REPO, "--yes")

    assert (result.returncode, result.stdout) == (1, "")
    for words in (f"{hub.url}/settings/tokens", "HF_TOKEN", "hf auth login"):
        assert words in result.stderr
    assert hub.requests == []


def test_a_token_that_may_not_write_is_refused_in_words(
    hub: LocalHub, bbconvert_at_hub: CommandLine, bundle: Path
) -> None:
    hub.faults.read_only.add("me")
    forbidden = bbconvert_at_hub("push", bundle, REPO, "--yes", "--unproven", **SIGNED_IN)
    unknown = bbconvert_at_hub("push", bundle, REPO, "--yes", "--unproven", **SIGNED_IN | {"HF_TOKEN": "hf_other"})

    for result, status in ((forbidden, 403), (unknown, 401)):
        assert (result.returncode, result.stdout) == (1, "")
        assert f"does not let this token write to {REPO} ({status})" in result.stderr
        assert "Unexpected" not in result.stderr
    assert hub.commits == []


def test_a_name_that_something_else_has_is_left_alone(
    hub: LocalHub, bbconvert_at_hub: CommandLine, bundle: Path
) -> None:
    before = hub.commit(AGENT_REPO)

    result = bbconvert_at_hub("push", bundle, AGENT_REPO, "--yes", **SIGNED_IN)

    assert result.returncode == 1
    assert f"{AGENT_REPO} exists and holds something else than a bundle" in result.stderr
    assert hub.commit(AGENT_REPO) == before


def test_a_bundle_that_does_not_hold_is_not_uploaded_unless_one_insists(
    hub: LocalHub, bbconvert_at_hub: CommandLine, bundle: Path
) -> None:
    spoil(bundle)

    refused = bbconvert_at_hub("push", bundle, REPO, "--yes", **SIGNED_IN)
    assert refused.returncode == 1
    assert "does not hold what it promises: rollout" in refused.stderr
    assert REPO not in hub.repositories()

    insisted = bbconvert_at_hub("push", bundle, REPO, "--yes", "--unproven", **SIGNED_IN)
    assert insisted.returncode == 0, insisted.stderr
    pulled = bbconvert_at_hub("pull", REPO)
    assert (pulled.returncode, pulled.stdout) == (1, "")
    assert f"The bundle {REPO} does not hold what it promises: rollout" in pulled.stderr
    assert not (bbconvert_at_hub.cwd / "bundles" / "me--hopper").exists()


def test_a_private_repository_stays_private_and_is_pulled_with_the_token(
    hub: LocalHub, bbconvert_at_hub: CommandLine, bundle: Path
) -> None:
    pushed = bbconvert_at_hub("push", bundle, REPO, "--private", "--yes", "--unproven", **SIGNED_IN)

    assert pushed.returncode == 0, pushed.stderr
    assert "which will be made, private" in pushed.stderr
    assert bbconvert_at_hub("pull", REPO).returncode == 1
    assert bbconvert_at_hub("pull", REPO, **SIGNED_IN).returncode == 0


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ({"assets": ["../../escaped.txt"]}, "names the file '../../escaped.txt', which is not one below it"),
        ({"assets": ["gone.stl"]}, "has a bundle.json but not gone.stl"),
    ],
)
def test_a_damaged_bundle_on_the_hub_writes_nothing(
    damage: dict[str, object], words: str, hub: LocalHub, bbconvert_at_hub: CommandLine
) -> None:
    folder = hub.folder / REPO
    shutil.copytree(DEFAULT_BUNDLE, folder)
    manifest = json.loads((folder / "bundle.json").read_text())
    manifest["env"] |= damage
    (folder / "bundle.json").write_text(json.dumps(manifest))

    result = bbconvert_at_hub("pull", REPO)

    assert (result.returncode, result.stdout) == (1, "")
    assert words in result.stderr
    assert list(bbconvert_at_hub.cwd.glob("bundles/*")) == []
    assert list(bbconvert_at_hub.cwd.glob("bundles/.*")) == []
