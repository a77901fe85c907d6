"""Bad input: one clear message, the right exit code, nothing half-written; and the intact twin converts."""

import pickle
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from tests.support.command_line import CommandLine, assert_nothing_written
from tests.support.payload import Payload
from tests.support.small_agent import AGENT, AGENT_ENV


def state_dict() -> dict[str, torch.Tensor]:
    """The intact checkpoint's tensors."""
    loaded: dict[str, torch.Tensor] = torch.load(AGENT, weights_only=True)
    return loaded


# Checkpoint files, all given to the same command.


def not_torch(path: Path) -> None:
    path.write_bytes(b"this is not a checkpoint, it is a sentence")


def empty(path: Path) -> None:
    path.write_bytes(b"")


def cut_short(path: Path) -> None:
    path.write_bytes(AGENT.read_bytes()[:-5000])


def marker_of(path: Path) -> Path:
    return path.parents[1] / "the-payload-ran"


def executes_plainly(path: Path) -> None:
    path.write_bytes(pickle.dumps({"actor_mean.0.weight": Payload(marker_of(path))}))


def executes_inside_a_torch_file(path: Path) -> None:
    torch.save({**state_dict(), "extra": Payload(marker_of(path))}, path)


def unexpected_names(path: Path) -> None:
    torch.save({f"policy.{name}": tensor for name, tensor in state_dict().items()}, path)


def other_sizes(path: Path) -> None:
    tensors = state_dict()
    torch.save({**tensors, "actor_mean.0.weight": tensors["actor_mean.0.weight"][:, :9].clone()}, path)


def layers_that_do_not_meet(path: Path) -> None:
    tensors = state_dict()
    torch.save({**tensors, "actor_mean.2.weight": tensors["actor_mean.2.weight"][:, :-1].clone()}, path)


def nan_weights(path: Path) -> None:
    tensors = state_dict()
    tensors["actor_mean.2.weight"][3, 4] = float("nan")
    torch.save(tensors, path)


def no_tensors(path: Path) -> None:
    torch.save([1, 2, 3], path)


def zip_bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("archive/data.pkl", "w") as member:
        for _ in range(600):
            member.write(bytes(2**20))


CONVERT = ("convert", "agent.cleanrl_model", "--env", AGENT_ENV, "--normalization", "none", "--out", "out")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (not_torch, "no format that bbconvert knows"),
        (empty, "is empty"),
        (cut_short, "cut short"),
        (executes_plainly, "asks to call"),
        (executes_inside_a_torch_file, "asks to call"),
        (unexpected_names, "policy.critic, policy.actor_mean: name the policy's with --prefix"),
        (other_sizes, "expected 9 to 1"),
        (layers_that_do_not_meet, "actor_mean.2 takes"),
        (nan_weights, "1 weights of"),
        (no_tensors, "expected a state_dict"),
        (zip_bomb, "600 MiB"),
    ],
)
def test_a_bad_checkpoint_is_refused_in_words(
    damage: Callable[[Path], None], words: str, bbconvert: CommandLine
) -> None:
    path = bbconvert.cwd / "agent.cleanrl_model"
    damage(path)

    result = bbconvert(*CONVERT)

    assert (result.returncode, result.stdout) == (1, "")
    assert words in result.stderr
    assert "Unexpected" not in result.stderr
    assert "Traceback" not in result.stderr
    assert not marker_of(path).exists(), "the pickle was executed"
    assert_nothing_written(bbconvert)


def test_the_payload_would_run_if_it_were_unpickled(tmp_path: Path) -> None:
    path = tmp_path / "work" / "agent.cleanrl_model"
    path.parent.mkdir()
    executes_inside_a_torch_file(path)

    torch.load(path, weights_only=False)

    assert marker_of(path).exists()


def test_the_intact_checkpoint_converts_with_the_same_command(bbconvert: CommandLine) -> None:
    torch.save(state_dict(), bbconvert.cwd / "agent.cleanrl_model")

    result = bbconvert(*CONVERT)

    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-1] == "out"
    assert (bbconvert.cwd / "out" / "bundle.json").is_file()
    assert sorted(path.name for path in bbconvert.cwd.iterdir()) == ["agent.cleanrl_model", "out"]


def test_an_unknown_environment_is_refused_with_those_near_it(bbconvert: CommandLine) -> None:
    result = bbconvert("convert", AGENT, "--env", "Humanoid-v99", "--out", "out")

    assert result.returncode == 1
    assert "Humanoid-v99 is not an environment that bbconvert knows" in result.stderr
    assert "Humanoid-v4" in result.stderr
    assert "bbconvert envs" in result.stderr
    assert_nothing_written(bbconvert)


# The output folder.


def test_an_existing_folder_that_is_no_bundle_is_left_alone_even_with_force(bbconvert: CommandLine) -> None:
    note = bbconvert.cwd / "out" / "thesis.txt"
    note.parent.mkdir()
    note.write_text("years of work")
    shutil.copyfile(AGENT, bbconvert.cwd / "agent.cleanrl_model")

    for force in ([], ["--force"]):
        result = bbconvert(*CONVERT, *force)
        assert result.returncode == 1
        assert "--out" in result.stderr
        assert [path.read_text() for path in note.parent.iterdir()] == ["years of work"]


@pytest.mark.parametrize("out", ["agent.cleanrl_model/out", "/proc/bbconvert-out"])
def test_an_output_that_cannot_be_written_is_said_before_any_work(out: str, bbconvert: CommandLine) -> None:
    shutil.copyfile(AGENT, bbconvert.cwd / "agent.cleanrl_model")

    result = bbconvert(*CONVERT[:-1], out)

    assert result.returncode == 1
    assert f"Cannot write to {out}" in result.stderr
    assert "…" not in result.stderr
    assert_nothing_written(bbconvert)
