"""Episodes that a tab played, or that a policy saw: `evaluate --in-tab` and `evaluate --pictures`."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from bbconvert.convert.bundle.bundle import open_bundle
from bbconvert.convert.errors import BBConvertError, UsageError
from bbconvert.convert.evaluate_in_tab import evaluate_in_tab
from bbconvert.convert.evaluate_sight import evaluate_pictures
from bbconvert.convert.manifest import Normalization
from bbconvert.convert.shipped import BALANCE_BOT_BUNDLE, SEEING_BUNDLE
from tests.support.command_line import CommandLine


def ignore(_: int) -> None:
    """No progress wanted."""


@pytest.mark.browser
def test_returns_in_a_tab_are_those_of_gymnasium(bbconvert: CommandLine) -> None:
    asked = ("evaluate", BALANCE_BOT_BUNDLE, "--episodes", "4", "--seed", "31", "--json")
    there, here = bbconvert(*asked, "--in-tab"), bbconvert(*asked)
    assert there.returncode == 0, there.stderr
    played, expected = json.loads(there.stdout), json.loads(here.stdout)
    assert played["lengths"] == expected["lengths"]
    np.testing.assert_allclose(played["returns"], expected["returns"], atol=1e-6)
    assert played["mean"] == pytest.approx(expected["mean"], abs=1e-6)


def test_what_a_swarm_cannot_play_is_said_before_a_browser_starts() -> None:
    bundle = open_bundle(BALANCE_BOT_BUNDLE)
    running = Normalization(mode="running", count=1e-4)
    endless = bundle.manifest.env.model_copy(update={"max_episode_steps": None})
    for changes, words in (
        ({"normalization": running}, "keeps running statistics"),
        ({"env": endless}, "no last step"),
    ):
        other = replace(bundle, manifest=bundle.manifest.model_copy(update=changes))
        with pytest.raises(BBConvertError, match=words):
            evaluate_in_tab(other, [1], ignore)


@pytest.mark.parametrize("more", [("--stochastic",), ("--normalization", "none"), (str(SEEING_BUNDLE),)])
def test_in_tab_is_for_one_bundle_as_it_is(bbconvert: CommandLine, more: tuple[str, ...]) -> None:
    done = bbconvert("evaluate", BALANCE_BOT_BUNDLE, "--in-tab", *more)
    assert done.returncode == 2
    assert "--in-tab plays one bundle as it is" in done.stderr


def rollout(tmp_path: Path, **tensors: np.ndarray) -> Path:
    """A file with these tensors, and with those that a saved episode of the lander has."""
    usual = {
        "seed": np.array([5]),
        "picture": np.zeros((3, 64, 64, 3), np.uint8),
        "action": np.zeros((3, 3), np.float32),
        "reward": np.zeros(3),
    }
    path = tmp_path / "episode.safetensors"
    save_file({name: value for name, value in {**usual, **tensors}.items() if value.size}, path)
    return path


def test_black_pictures_lead_somewhere_and_that_is_not_what_was_recorded(tmp_path: Path) -> None:
    played = evaluate_pictures(open_bundle(SEEING_BUNDLE), rollout(tmp_path))
    assert (played.seed, played.steps, played.in_tab) == (5, 3, 0.0)
    assert played.action > 1e-3
    assert played.error > 10


@pytest.mark.parametrize(
    ("tensors", "words"),
    [
        ({"picture": np.zeros(0, np.uint8)}, "has no picture. Save an episode"),
        ({"picture": np.zeros((3, 32, 32, 3), np.uint8)}, r"picture has the shape \(3, 32, 32, 3\)"),
        ({"action": np.zeros((3, 2), np.float32)}, r"action has the shape \(3, 2\)"),
        ({"disturbed": np.array([1])}, "was disturbed by hand"),
        ({"state": np.zeros(4)}, "does not begin with a reset"),
    ],
)
def test_a_file_that_is_no_such_episode_is_refused(tmp_path: Path, tensors: dict[str, np.ndarray], words: str) -> None:
    with pytest.raises(BBConvertError, match=words):
        evaluate_pictures(open_bundle(SEEING_BUNDLE), rollout(tmp_path, **tensors))


def test_no_rollout_at_all_and_no_network_that_sees_are_said(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("no rollout")
    for file in (text, tmp_path / "missing"):
        with pytest.raises(BBConvertError, match="cannot be read as a saved rollout"):
            evaluate_pictures(open_bundle(SEEING_BUNDLE), file)
    with pytest.raises(UsageError, match="has no network that sees"):
        evaluate_pictures(open_bundle(BALANCE_BOT_BUNDLE), rollout(tmp_path))
