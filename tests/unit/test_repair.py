"""`bbconvert repair`: the copy is the same policy, needs no unpickling, and says what was wrong."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import bbconvert
from bbconvert.convert.checkpoints import read_checkpoint
from bbconvert.convert.checkpoints.file_format import file_format
from bbconvert.convert.repair import WEIGHTS
from bbconvert.convert.rollout.policy import OnnxPolicy
from tests.support.command_line import CommandLine
from tests.support.local_hub import LocalHub
from tests.support.small_agent import AGENT, AGENT_REPO


def test_a_file_without_statistics_becomes_a_policy_that_has_them(bbconvert: CommandLine) -> None:
    shutil.copyfile(AGENT, bbconvert.cwd / AGENT.name)

    done = bbconvert("repair", AGENT.name, "--env", "Hopper-v5", "--json")

    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    folder = bbconvert.cwd / document["folder"]
    assert {path.name for path in folder.iterdir()} == {
        *(WEIGHTS, "policy.onnx", "README.md", "parity.json", "parity.svg"),
    }
    said = " ".join(document["findings"])
    assert f"{AGENT.name} is a pickle" in said
    assert "was saved without their mean and variance" in said
    assert "Its author can add" in said
    assert "## What was repaired" in (folder / "README.md").read_text()
    assert file_format(folder / WEIGHTS) == "safetensors"
    original, copy = read_checkpoint(AGENT).network.actor, read_checkpoint(folder / WEIGHTS).network.actor
    assert copy.activation == original.activation
    for mine, theirs in zip(copy.layers, original.layers, strict=True):
        np.testing.assert_array_equal(mine.weight, theirs.weight)

    # Both files of the copy convert to policies that act alike, without a word about activation or output.
    for name in (WEIGHTS, "policy.onnx"):
        made = bbconvert("convert", folder / name, "--env", "Hopper-v5", "--out", f"from-{name}")
        assert made.returncode == 0, made.stderr
    actions = []
    for name in (WEIGHTS, "policy.onnx"):
        bundle = _open(bbconvert.cwd / f"from-{name}")
        policy = OnnxPolicy(bundle.policy_bytes, bundle.manifest.normalization, [])
        actions.append(policy(np.linspace(-1, 1, bundle.manifest.observation.size)))
    np.testing.assert_allclose(actions[0], actions[1], atol=1e-6)


def test_a_repository_is_repaired_by_name(hub: LocalHub, bbconvert_at_hub: CommandLine) -> None:
    done = bbconvert_at_hub("repair", AGENT_REPO)

    assert done.returncode == 0, done.stderr
    folder = bbconvert_at_hub.cwd / done.stdout.strip()
    assert folder.parent.name == "repaired"
    assert (folder / WEIGHTS).is_file()
    assert "What was wrong, and is mended in the copy:" in done.stderr
    again = bbconvert_at_hub("repair", AGENT_REPO)
    assert again.returncode == 1
    assert "--force" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((AGENT.name,), 2, "Name the environment"),
        ((AGENT.name, "--env", "Ant-v5"), 1, "does not fit Ant-v5"),
        (("broken.pt", "--env", "Hopper-v5"), 1, "is damaged"),
    ],
)
def test_what_cannot_be_repaired_is_told_and_leaves_nothing(
    arguments: tuple[str, ...], code: int, words: str, bbconvert: CommandLine
) -> None:
    shutil.copyfile(AGENT, bbconvert.cwd / AGENT.name)
    (bbconvert.cwd / "broken.pt").write_bytes(b"PK\x03\x04 and then nothing")

    refused = bbconvert("repair", *arguments)

    assert refused.returncode == code, refused.stderr
    assert words in refused.stderr
    assert not (bbconvert.cwd / "repaired").exists()


def _open(folder: Path) -> "bbconvert.Bundle":
    return bbconvert.open_bundle(folder)
