"""`bbconvert search`: what the Hub has, and whether it converts."""

import json
import shutil
from pathlib import Path

import pytest

from bbconvert.convert.hub.search import near_words
from tests.support.command_line import CommandLine
from tests.support.local_hub import LocalHub
from tests.support.small_agent import AGENT_ENV, AGENT_REPO

CARD = """---
library_name: {library}
tags: [{env_id}, reinforcement-learning]
model-index:
- name: {algorithm}
  results:
  - dataset: {{name: {env_id}, type: {env_id}}}
    metrics: [{{type: mean_reward, value: {reward}}}]
---
"""


def add(hub: LocalHub, repo_id: str, checkpoint: str = "ppo.cleanrl_model", card: str = "", downloads: int = 0) -> None:
    """Puts a repository there; its checkpoint is empty, as a search reads none."""
    folder = hub.folder / repo_id
    folder.mkdir(parents=True)
    (folder / checkpoint).touch()
    if card:
        (folder / "README.md").write_text(card)
    hub.downloads[repo_id] = downloads


def found(command: CommandLine, *words: str) -> list[dict[str, object]]:
    result = command("search", *words, "--json")
    assert (result.returncode, result.stderr) == (0, "")
    repositories: list[dict[str, object]] = json.loads(result.stdout)["repositories"]
    return repositories


def test_a_repository_is_described_by_its_card(hub: LocalHub, bbconvert_at_hub: CommandLine) -> None:
    hub.downloads[AGENT_REPO] = 42

    (repository,) = found(bbconvert_at_hub, "hopper")

    assert repository == {
        "repo_id": AGENT_REPO,
        "env_id": AGENT_ENV,
        "algorithm": "PPO",
        "library": "cleanrl",
        "published": {"mean": 1000.0, "std": 0.5},
        "downloads": 42,
        "stored_bytes": sum(path.stat().st_size for path in hub.files(AGENT_REPO)),
        "converts": True,
        "obstacle": None,
    }
    table = bbconvert_at_hub("search", "hopper").stdout
    for word in (AGENT_REPO, AGENT_ENV, "PPO", "1000 ± 0.5", "42", "yes", "1 of 1 repositories convert."):
        assert word in table


def test_what_converts_and_is_downloaded_most_comes_first(hub: LocalHub, bbconvert_at_hub: CommandLine) -> None:
    card = {"library": "cleanrl", "algorithm": "PPO", "reward": "1 +/- 2"}
    add(hub, "a/Swimmer-none", "notes.txt", CARD.format(env_id="Swimmer-v4", **card), downloads=900)
    add(hub, "b/Swimmer-atari", card=CARD.format(env_id="SwimmerAtari-v9", **card), downloads=800)
    add(hub, "c/Swimmer-low", card=CARD.format(env_id=AGENT_ENV, **card), downloads=5)
    add(hub, "d/Swimmer-high", card=CARD.format(env_id=AGENT_ENV, **card), downloads=50)

    repositories = found(bbconvert_at_hub, "swimmer")

    assert [r["repo_id"] for r in repositories] == [
        "d/Swimmer-high",
        "c/Swimmer-low",
        "a/Swimmer-none",
        "b/Swimmer-atari",
    ]
    assert [r["converts"] for r in repositories] == [True, True, False, False]
    assert "found README.md, notes.txt" in str(repositories[2]["obstacle"])
    assert "SwimmerAtari-v9 is not an environment" in str(repositories[3]["obstacle"])
    limited = bbconvert_at_hub("search", "swimmer", "--limit", "1").stdout
    assert "d/Swimmer-high" in limited
    assert "c/Swimmer-low" not in limited
    assert "2 of 4 repositories convert. The first 1 are shown" in limited


def test_a_repository_without_a_card_is_found_by_its_name_where_it_converts(
    hub: LocalHub, bbconvert_at_hub: CommandLine
) -> None:
    add(hub, "x/Humanoid-v4-ppo_continuous_action-seed3")
    add(hub, "x/Humanoid-language-model", "model.safetensors.index.json")

    (repository,) = found(bbconvert_at_hub, "humanoid")

    assert repository["repo_id"] == "x/Humanoid-v4-ppo_continuous_action-seed3"
    assert (repository["env_id"], repository["algorithm"]) == ("Humanoid-v4", "ppo_continuous_action")


def test_a_private_repository_is_found_with_a_token_only(hub: LocalHub, bbconvert_at_hub: CommandLine) -> None:
    hub.faults.private.add(AGENT_REPO)

    assert found(bbconvert_at_hub, "hopper") == []
    shown = bbconvert_at_hub("search", "hopper", HF_TOKEN="hf_a_token_that_may_read")
    assert AGENT_REPO in shown.stdout


def test_nothing_found_names_what_is_near_and_what_to_try(bbconvert_at_hub: CommandLine) -> None:
    result = bbconvert_at_hub("search", "humnoid")

    assert (result.returncode, result.stdout) == (0, "")
    assert "No policy" in result.stderr
    assert "Did you mean Humanoid" in result.stderr
    assert "bbconvert envs" in result.stderr


def test_near_words_are_environments() -> None:
    assert near_words("humnoid stand")[0] == "Humanoid"
    assert near_words("qqqq") == []


def test_a_hub_that_refuses_is_said(hub: LocalHub, bbconvert_at_hub: CommandLine) -> None:
    hub.faults.status = 403

    result = bbconvert_at_hub("search", "humanoid")

    assert (result.returncode, result.stdout) == (1, "")
    assert "refuses the search for 'humanoid' (403)" in result.stderr


@pytest.mark.hub
def test_the_real_repository_is_found(shared_hub: Path, hub: LocalHub, bbconvert_at_hub: CommandLine) -> None:
    shutil.copytree(shared_hub / "cleanrl", hub.folder / "cleanrl")

    (humanoid,) = found(bbconvert_at_hub, "cleanrl", "humanoid")

    assert humanoid["published"] == {"mean": 378.92, "std": 50.08}
