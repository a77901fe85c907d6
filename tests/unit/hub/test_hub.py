"""convert/hub/repository.py and its neighbours, against a Hub on loopback."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from bbconvert.convert.errors import BBConvertError, UsageError
from bbconvert.convert.hub.address import HubAddress, parse_address
from bbconvert.convert.hub.model_card import ModelCard
from bbconvert.convert.hub.repository import HubRepository, RepositoryFiles, choose_checkpoint
from tests.support.command_line import CommandLine
from tests.support.local_hub import GOOD_TOKEN, LocalHub, running_hub
from tests.support.small_agent import AGENT, AGENT_ENV, AGENT_REPO

ENDPOINT = "https://mirror.example/hf"
HUMANOID = "cleanrl/Humanoid-v4-ppo_continuous_action-seed1"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sb3/ppo-Ant-v3", HubAddress("sb3/ppo-Ant-v3")),
        ("cleanrl/Humanoid-v4", HubAddress(HUMANOID, shorthand="cleanrl/Humanoid-v4")),
        (f"https://huggingface.co/{HUMANOID}", HubAddress(HUMANOID)),
        (f"https://huggingface.co/{HUMANOID}/tree/main", HubAddress(HUMANOID, "main")),
        (f"https://huggingface.co/{HUMANOID}/tree/refs%2Fpr%2F1", HubAddress(HUMANOID, "refs/pr/1")),
        (f"https://hf.co/{HUMANOID}/blob/abc/d/e.zip?x=1", HubAddress(HUMANOID, "abc", "d/e.zip")),
        (f"{ENDPOINT}/{HUMANOID}/", HubAddress(HUMANOID)),
    ],
)
def test_a_repository_may_be_written_in_three_forms(text: str, expected: HubAddress) -> None:
    assert parse_address(text, endpoint=ENDPOINT) == expected


def test_algo_and_seed_complete_the_shorthand() -> None:
    address = parse_address("cleanrl/Hopper-v4", endpoint=ENDPOINT, algo="td3_continuous_action", seed=0)

    assert address.repo_id == "cleanrl/Hopper-v4-td3_continuous_action-seed0"


@pytest.mark.parametrize(
    "text",
    ["Humanoid-v4", "a/b/c", "a b/c", "../etc", "", "https://example.com/a/b", "https://huggingface.co/datasets/a/b"],
)
def test_what_names_no_repository_is_wrong_usage(text: str) -> None:
    with pytest.raises(UsageError, match="owner/name"):
        parse_address(text, endpoint=ENDPOINT)


@pytest.mark.parametrize(
    ("algo", "script"),
    [
        ("td3", "td3_continuous_action"),
        ("SAC", "sac_continuous_action"),
        ("rpo", "rpo_continuous_action"),
        ("ddpg_jax", "ddpg_continuous_action_jax"),
        ("td3_continuous_action_jax", "td3_continuous_action_jax"),
        ("my_ppo", "my_ppo"),
    ],
)
def test_a_short_algorithm_is_the_name_of_its_script(algo: str, script: str) -> None:
    assert parse_address("o/Ant-v4", endpoint=ENDPOINT, algo=algo) == HubAddress(
        f"o/Ant-v4-{script}-seed1", shorthand="o/Ant-v4"
    )


def test_algo_with_a_full_name_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="Leave them out"):
        parse_address(HUMANOID, endpoint=ENDPOINT, seed=2)


def test_the_environment_is_the_cards_then_the_names_then_an_error() -> None:
    def repository(repo_id: str, card: ModelCard | None) -> HubRepository:
        return HubRepository(repo_id, "0" * 40, Path("agent.cleanrl_model"), card, None)

    assert repository(HUMANOID, ModelCard(env_id="Ant-v4")).env_id == "Ant-v4"
    assert repository(HUMANOID, ModelCard()).env_id == "Humanoid-v4"
    with pytest.raises(BBConvertError, match=r"bbconvert convert agent.cleanrl_model --env"):
        _ = repository("me/agent", None).env_id


def files_of(*names: str, repo_id: str = "me/agent", size: int = 1) -> RepositoryFiles:
    return RepositoryFiles(repo_id, "0" * 40, dict.fromkeys(names, size), False)


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (("README.md", "ppo.cleanrl_model"), "ppo.cleanrl_model"),
        (("agent.zip", "agent/policy.pth", "agent/policy.optimizer.pth", "replay.mp4"), "agent.zip"),
        (("ppo-Ant.zip", "train_eval_metrics.zip", "vec_normalize.pkl"), "ppo-Ant.zip"),
        (("models/Best.zip",), "models/Best.zip"),
        (("policy.onnx", "policy.safetensors"), "policy.onnx"),
        (("checkpoints/step_1.zip", "Agent.zip"), "Agent.zip"),
    ],
)
def test_the_one_policy_of_a_repository_is_chosen(names: tuple[str, ...], chosen: str) -> None:
    assert choose_checkpoint(files_of(*names)) == chosen


def test_of_several_policies_one_is_named_by_its_page() -> None:
    two = files_of("a.cleanrl_model", "b.zip")

    with pytest.raises(BBConvertError, match=r"several policies: a.cleanrl_model, b.zip.*/me/agent/blob/0+/a.cleanrl"):
        choose_checkpoint(two)
    assert choose_checkpoint(two, "b.zip") == "b.zip"
    with pytest.raises(BBConvertError, match=r"has no c.cleanrl_model; it has a.cleanrl_model, b.zip"):
        choose_checkpoint(two, "c.cleanrl_model")


def test_a_repository_without_a_policy_says_what_is_there_and_what_is_read() -> None:
    with pytest.raises(BBConvertError, match=r"found README.md; bbconvert reads CleanRL's \*.cleanrl_model"):
        choose_checkpoint(files_of("README.md"))
    with pytest.raises(BBConvertError, match=r"bbconvert pull \S+/blob/0+/model.safetensors says what is missing"):
        choose_checkpoint(files_of("model.safetensors"))
    with pytest.raises(BBConvertError, match="600 MiB"):
        choose_checkpoint(files_of("a.cleanrl_model", size=600 * 2**20))


@pytest.mark.hub
def test_the_shorthand_resolves_to_the_real_repository(
    shared_hub: Path, isolated: Callable[[str], CommandLine]
) -> None:
    with running_hub(shared_hub) as hub:
        result = isolated(hub.url)("inspect", "cleanrl/Humanoid-v4", "--json")
        commit = hub.commit(HUMANOID)

    assert result.returncode == 0, result.stderr
    for expected in (f'"repo_id": "{HUMANOID}"', f'"revision": "{commit}"', '"mean_reward": 378.92', '"std": 50.08'):
        assert expected in result.stdout


@pytest.mark.hub
def test_a_shorthand_that_does_not_exist_lists_what_does_with_its_reward(
    shared_hub: Path, isolated: Callable[[str], CommandLine]
) -> None:
    with running_hub(shared_hub) as hub:
        result = isolated(hub.url)("pull", "cleanrl/Humanoid-v4", "--seed", "7")

    assert result.returncode == 1
    assert f"{HUMANOID}  378.92 ± 50.08" in result.stderr
    assert f"bbconvert pull {HUMANOID}" in result.stderr


def test_a_repository_that_is_named_like_a_shorthand_is_found(hub: LocalHub, bbconvert_at_hub: CommandLine) -> None:
    (hub.folder / AGENT_REPO).rename(hub.folder / "tester" / "Walker-v0")

    result = bbconvert_at_hub("inspect", "tester/Walker-v0", "--json")

    assert result.returncode == 0, result.stderr
    assert '"repo_id": "tester/Walker-v0"' in result.stdout


def test_pull_writes_a_whole_bundle_pins_the_commit_and_works_offline_afterwards(
    hub: LocalHub, bbconvert_at_hub: CommandLine
) -> None:
    from bbconvert.convert.bundle.bundle import open_bundle

    result = bbconvert_at_hub("pull", AGENT_REPO)

    assert result.returncode == 0, result.stderr
    path = bbconvert_at_hub.cwd / result.stdout.splitlines()[-1]
    assert path == bbconvert_at_hub.cwd / "bundles" / "tester--hopper-ppo"
    manifest = open_bundle(path).manifest
    assert (manifest.env.id, manifest.source.repo_id) == (AGENT_ENV, AGENT_REPO)
    assert manifest.source.revision == hub.commit(AGENT_REPO)
    assert manifest.source.license == "mit"
    assert manifest.published is not None
    assert manifest.published.mean_reward == 1000

    asked = len(hub.requests)
    again = bbconvert_at_hub("pull", AGENT_REPO)
    assert (again.returncode, again.stdout) == (0, result.stdout)
    assert "--force" in again.stderr
    offline = bbconvert_at_hub("pull", AGENT_REPO, "--force", HF_HUB_OFFLINE="1")
    assert offline.returncode == 0, offline.stderr
    assert hub.requests[asked:] == []


def test_a_token_opens_a_gated_repository_and_a_private_one(hub: LocalHub, bbconvert_at_hub: CommandLine) -> None:
    hub.faults.private.add(AGENT_REPO)
    hub.faults.gated.add(AGENT_REPO)

    assert bbconvert_at_hub("inspect", AGENT_REPO).returncode == 1
    assert bbconvert_at_hub("inspect", AGENT_REPO, HF_TOKEN=GOOD_TOKEN).returncode == 0


def test_a_cut_download_is_taken_up_again(hub: LocalHub, bbconvert_at_hub: CommandLine) -> None:
    hub.faults.cut_at, hub.faults.cuts = 5_000, 1

    result = bbconvert_at_hub("pull", AGENT_REPO, "--normalization", "none")

    assert result.returncode == 0, result.stderr
    assert len([line for line in hub.requests if line.startswith("GET") and AGENT.name in line]) == 2


def test_a_large_download_goes_on_with_the_bytes_it_has(
    hub: LocalHub, bbconvert_at_hub: CommandLine, tmp_path: Path
) -> None:
    content = random.Random(0).randbytes(12 * 2**20)
    (hub.folder / AGENT_REPO / AGENT.name).write_bytes(content)
    hub.faults.cut_at, hub.faults.cuts = 11 * 2**20, 1

    result = bbconvert_at_hub("pull", AGENT_REPO)

    assert "damaged at its beginning" in result.stderr
    # huggingface_hub writes 10 MiB at a time.
    assert [line.rpartition(" ")[2] for line in hub.requests if "bytes=" in line] == [f"bytes={10 * 2**20}-"]
    (downloaded,) = (tmp_path / "hf").rglob(AGENT.name)
    assert downloaded.read_bytes() == content


@pytest.mark.hub
@pytest.mark.parametrize(
    ("shorthand", "algo", "algorithm"),
    [
        ("cleanrl/HalfCheetah-v4", "ppo", "ppo_continuous_action"),
        ("cleanrl/Hopper-v4", "td3", "td3_continuous_action"),
        ("cleanrl/Walker2d-v4", "ddpg", "ddpg_continuous_action"),
        ("cleanrl/InvertedDoublePendulum-v4", "td3_jax", "td3_continuous_action_jax"),
    ],
)
def test_each_real_agent_of_cleanrl_converts_by_its_shorthand_and_holds(
    shorthand: str, algo: str, algorithm: str, shared_hub: Path, isolated: Callable[[str], CommandLine]
) -> None:
    from bbconvert.convert.bundle.bundle import open_bundle

    with running_hub(shared_hub) as hub:
        command = isolated(hub.url)
        result = command("pull", shorthand, "--algo", algo, "--out", "out")

    assert result.returncode == 0, result.stderr
    manifest = open_bundle(command.cwd / "out").manifest
    assert manifest.env.id == shorthand.split("/")[1]
    assert (manifest.source.algorithm, manifest.source.filename) == (algorithm, f"{algorithm}.cleanrl_model")
    assert {check.level for check in manifest.parity.checks} == {"network", "observation", "rollout"}
    assert all(check.ok for check in manifest.parity.checks)
