"""`bbconvert push --space`: the page as a static Space, and what a second push takes away."""

import json
import shutil
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

from bbconvert.convert.bundle.bundle import open_bundle
from bbconvert.convert.bundle.readme import linked_card
from tests.support.command_line import CommandLine
from tests.support.local_hub import GOOD_TOKEN, LocalHub

REPO = "me/hopper"
SPACE = f"spaces/{REPO}"
SIGNED_IN = {"HF_TOKEN": GOOD_TOKEN, "HF_HUB_DISABLE_XET": "1"}


@pytest.fixture
def bundle(bbconvert_at_hub: CommandLine, small_bundle: Path) -> Path:
    """A copy of the small bundle."""
    return shutil.copytree(small_bundle, bbconvert_at_hub.cwd / "mine")


def _names(hub: LocalHub, repo_id: str) -> set[str]:
    return {path.relative_to(hub.folder / repo_id).as_posix() for path in hub.files(repo_id)}


@pytest.mark.timeout(600)
def test_a_space_plays_the_bundle_and_the_card_leads_to_it(
    hub: LocalHub, bbconvert_at_hub: CommandLine, bundle: Path
) -> None:
    pushed = bbconvert_at_hub("push", bundle, REPO, "--space", "--yes", "--unproven", **SIGNED_IN)

    assert pushed.returncode == 0, pushed.stderr
    assert pushed.stdout.split() == [f"{hub.url}/{REPO}", f"{hub.url}/spaces/{REPO}"]
    assert "To the Space me/hopper, which will be made, public" in pushed.stderr
    name = open_bundle(bundle).manifest.name
    files = _names(hub, SPACE)
    assert files >= {"index.html", "README.md", "bundles/index.json", f"bundles/{name}/policy.onnx"}
    assert f"bundles/{name}/parity.svg" in files
    assert not any(file.endswith((".br", ".gz")) for file in files)
    front = yaml.safe_load((hub.folder / SPACE / "README.md").read_text().split("---\n")[1])
    assert (front["sdk"], front["app_file"], front["models"]) == ("static", "index.html", [REPO])
    assert front["custom_headers"]["cross-origin-opener-policy"] == "same-origin"
    card = (hub.folder / REPO / "README.md").read_text()
    assert f"]({hub.url}/spaces/{REPO})" in card
    assert f"{hub.url}/spaces/{REPO}/resolve/main/bundles/{name}/preview.jpg" in card

    # A second push takes away what is gone, and leaves the rest.
    (hub.folder / SPACE / "assets" / "of-an-older-version.js").write_text("old")
    document = bbconvert_at_hub("push", bundle, REPO, "--space", "--yes", "--unproven", "--json", **SIGNED_IN)
    states = {file["name"]: file["state"] for file in json.loads(document.stdout)["space"]["files"]}
    assert states["assets/of-an-older-version.js"] == "removed"
    assert states["index.html"] == "unchanged"
    assert "assets/of-an-older-version.js" not in _names(hub, SPACE)
    assert _names(hub, SPACE) == files


def test_a_push_takes_away_what_an_earlier_bundle_left_and_nothing_else(
    hub: LocalHub, bbconvert_at_hub: CommandLine, bundle: Path
) -> None:
    assert bbconvert_at_hub("push", bundle, REPO, "--yes", "--unproven", **SIGNED_IN).returncode == 0
    there = hub.folder / REPO
    manifest = json.loads((there / "bundle.json").read_text())
    manifest["env"]["assets"] = ["old.stl"]
    (there / "bundle.json").write_text(json.dumps(manifest))
    (there / "old.stl").write_text("a mesh of the earlier bundle")
    (there / "thesis.pdf").write_text("the owner's own")

    (bundle / "README.md").unlink()
    again = bbconvert_at_hub("push", bundle, REPO, "--yes", "--unproven", **SIGNED_IN)

    assert again.returncode == 0, again.stderr
    assert "old.stl" in again.stderr
    assert "removed" in again.stderr
    assert "old.stl" not in _names(hub, REPO)
    assert {"thesis.pdf", "README.md"} <= _names(hub, REPO)


def test_a_space_of_somebody_elses_app_is_not_touched(
    hub: LocalHub, bbconvert_at_hub: CommandLine, bundle: Path
) -> None:
    (hub.folder / SPACE).mkdir(parents=True)
    (hub.folder / SPACE / "app.py").write_text("import gradio")

    refused = bbconvert_at_hub("push", bundle, REPO, "--space", "--yes", "--unproven", **SIGNED_IN)

    assert refused.returncode == 1
    assert "holds something else than a page of bbconvert's (app.py): not touched" in refused.stderr
    assert hub.commits == []
    assert REPO not in hub.repositories()


@pytest.mark.parametrize(("token", "words"), [("", "HF_TOKEN"), ("hf_reads", "does not let this token write")])
def test_a_token_that_may_not_write_is_told_so(
    token: str, words: str, hub: LocalHub, bbconvert_at_hub: CommandLine, bundle: Path
) -> None:
    if token:
        hub.faults.read_only.add("me")
        token = GOOD_TOKEN

    refused = bbconvert_at_hub(
        "push", bundle, REPO, "--space", "--yes", "--unproven", **{**SIGNED_IN, "HF_TOKEN": token}
    )

    assert refused.returncode == 1
    assert words in refused.stderr
    assert hub.commits == []


def test_the_link_stands_under_the_title_and_the_owners_words_stay() -> None:
    card = linked_card("---\nlicense: mit\n---\n\n# Hopper\n\nMy words.\n", "https://hub/spaces/me/hopper", "hopper")

    assert card.startswith("---\nlicense: mit\n---\n\n# Hopper\n\n[![Play it in your browser]")
    assert card.endswith("(https://hub/spaces/me/hopper)\n\nMy words.\n")
