"""Stable-Baselines3 files that are damaged, dangerous or no continuous-control MLP: refused in words, exit code 1."""

import json
import os
import pickle
import shutil
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sb3_contrib import RecurrentPPO
from stable_baselines3 import A2C, DQN, PPO
from stable_baselines3.common.envs import FakeImageEnv, IdentityEnvBox, SimpleMultiObsEnv

from bbconvert.convert.checkpoints import read_checkpoint
from bbconvert.convert.errors import BBConvertError
from tests.oracle.sb3_agents import CASES, Agent, train
from tests.support.command_line import CommandLine
from tests.support.payload import Payload


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Agent:
    """The intact twin, with statistics beside it."""
    return train(CASES["a2c-sde"], tmp_path_factory.mktemp("intact"))


def entries(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write(path: Path, files: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> None:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)


def with_data(path: Path, **changes: Any) -> None:
    files = entries(path)
    write(path, {**files, "data": json.dumps({**json.loads(files["data"]), **changes}).encode()})


def with_tensors(path: Path, change: Callable[[dict[str, torch.Tensor]], object]) -> None:
    files = entries(path)
    scratch = path.with_name("scratch.pth")
    scratch.write_bytes(files["policy.pth"])
    tensors = torch.load(scratch, weights_only=True)
    change(tensors)
    torch.save(tensors, scratch)
    write(path, {**files, "policy.pth": scratch.read_bytes()})
    scratch.unlink()


# Damaged and dangerous files.


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3000])


def cut_to_its_start(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:400])


def one_bit_changed(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[content.index(b"policy.pth") + 2000] ^= 1
    path.write_bytes(content)


def bomb(path: Path) -> None:
    write(path, {**entries(path), "policy.pth": bytes(64 * 2**20)}, zipfile.ZIP_DEFLATED)


def bomb_inside(path: Path) -> None:
    inner = path.with_name("inner.pth")
    write(inner, {"archive/data.pkl": bytes(600 * 2**20)}, zipfile.ZIP_DEFLATED)
    write(path, {**entries(path), "policy.pth": inner.read_bytes()})
    inner.unlink()


def huge_data(path: Path) -> None:
    write(path, {**entries(path), "data": b" " * (129 * 2**20)})


def crowded_data(path: Path) -> None:
    write(path, {**entries(path), "data": b"[" + b"[]," * 600_000 + b"0]"})


def escapes(path: Path) -> None:
    write(path, {**entries(path), "../../escaped.txt": b"out"})


def escapes_absolutely(path: Path) -> None:
    write(path, {**entries(path), "/tmp/escaped.txt": b"out"})


def marker_of(path: Path) -> Path:
    return path.with_name("the-payload-ran")


def executes(path: Path) -> None:
    write(path, {**entries(path), "policy.pth": pickle.dumps({"log_std": Payload(marker_of(path))})})


def executes_in_data(path: Path) -> None:
    with_data(
        path,
        policy_class={":type:": "x", ":serialized:": "gASVJgAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOU", "__module__": "a"},
    )


def no_json(path: Path) -> None:
    write(path, {**entries(path), "data": b"{"})


def deep_json(path: Path) -> None:
    write(path, {**entries(path), "data": b"[" * 200_000})


def no_policy_class(path: Path) -> None:
    with_data(path, policy_class=None)


def stable_baselines_2(path: Path) -> None:
    write(path, {"data": b"{}", "parameter_list": b"[]", "parameters": b""})


# Sound files of other policies.


def nan_weights(path: Path) -> None:
    with_tensors(path, lambda tensors: tensors["action_net.weight"].fill_(float("nan")))


def layers_that_do_not_meet(path: Path) -> None:
    with_tensors(path, lambda tensors: tensors.update({"action_net.weight": torch.zeros(1, 63)}))


def no_action_net(path: Path) -> None:
    with_tensors(path, lambda tensors: tensors.pop("action_net.weight"))


def convolution(path: Path) -> None:
    with_tensors(path, lambda tensors: tensors.update({"action_net.weight": torch.zeros(1, 64, 3, 3)}))


def own_policy_class(path: Path) -> None:
    with_data(
        path, policy_class={":type:": "x", "__module__": "mine", "__init__": "<function MyPolicy.__init__ at 0x1>"}
    )


def own_extractor(path: Path) -> None:
    with_data(path, policy_kwargs={":type:": "x", "features_extractor_class": "<class '__main__.MyExtractor'>"})


def unknown_activation(path: Path) -> None:
    with_data(path, policy_kwargs={":type:": "x", "activation_fn": "<class 'torch.nn.modules.activation.Mish'>"})


def other_statistics(path: Path) -> None:
    other = path.with_name("other")
    other.mkdir()
    train(CASES["ppo"], other)
    shutil.copyfile(other / "vec_normalize.pkl", path.with_name("vec_normalize.pkl"))


def with_images(path: Path) -> None:
    warnings.simplefilter("ignore")
    A2C("CnnPolicy", FakeImageEnv(screen_height=40, screen_width=40, discrete=False), device="cpu").save(path)


def with_several_observations(path: Path) -> None:
    PPO("MultiInputPolicy", SimpleMultiObsEnv(random_start=False), device="cpu", n_steps=2, batch_size=2).save(path)


def with_discrete_actions(path: Path) -> None:
    PPO("MlpPolicy", "CartPole-v1", device="cpu").save(path)


def with_q_values(path: Path) -> None:
    DQN("MlpPolicy", "CartPole-v1", buffer_size=10, device="cpu").save(path)


def recurrent(path: Path) -> None:
    RecurrentPPO("MlpLstmPolicy", IdentityEnvBox(), device="cpu", n_steps=2, batch_size=2).save(path)


NOT_AN_MLP = "not a continuous-control MLP"


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (cut_short, ["damaged or cut short"]),
        (cut_to_its_start, ["damaged or cut short"]),
        (one_bit_changed, ["damaged or cut short"]),
        (bomb, ["policy.pth", "zip bomb"]),
        (bomb_inside, ["unpacks to 600 MiB"]),
        (huge_data, ["data unpacks to 129 MiB"]),
        (crowded_data, ["1,200,001 values or more", "at most 500,000"]),
        (escapes, ["'../../escaped.txt'", "outside of the archive"]),
        (escapes_absolutely, ["'/tmp/escaped.txt'", "outside of the archive"]),
        (executes, ["agent.zip/policy.pth", f"asks to call {os.name}.system"]),
        (executes_in_data, [NOT_AN_MLP]),
        (no_json, ["not JSON"]),
        (deep_json, ["not JSON"]),
        (no_policy_class, [NOT_AN_MLP]),
        (stable_baselines_2, ["Stable-Baselines 2"]),
        (nan_weights, ["action_net.weight", "NaN"]),
        (layers_that_do_not_meet, ["gives 64", "takes 63"]),
        (no_action_net, ["no action_net.weight"]),
        (convolution, [NOT_AN_MLP, "(1, 64, 3, 3)"]),
        (own_policy_class, [NOT_AN_MLP, "mine.MyPolicy"]),
        (own_extractor, [NOT_AN_MLP, "MyExtractor"]),
        (unknown_activation, ["Mish", "LeakyReLU"]),
        (other_statistics, ["statistics of 11", "observes 4"]),
        (with_images, [NOT_AN_MLP, "observation_space is a Box of shape [1, 40, 40]"]),
        (with_several_observations, [NOT_AN_MLP, "observation_space is a Dict"]),
        (with_discrete_actions, [NOT_AN_MLP, "action_space is a Discrete"]),
        (with_q_values, [NOT_AN_MLP, "action_space is a Discrete"]),
        (recurrent, [NOT_AN_MLP, "recurrent", "lstm"]),
    ],
)
def test_a_bad_file_is_refused_in_words(
    damage: Callable[[Path], None], words: list[str], agent: Agent, tmp_path: Path
) -> None:
    path = tmp_path / "agent.zip"
    shutil.copyfile(agent.checkpoint, path)
    assert read_checkpoint(path).network.actor.inputs == 4, "the intact twin is read"
    damage(path)

    with pytest.raises(BBConvertError) as refusal:
        read_checkpoint(path)

    message = str(refusal.value)
    assert [part for part in words if part not in message] == [], message
    assert str(path) in message or "vec_normalize.pkl" in message
    assert not marker_of(path).exists(), "the pickle was executed"


def test_a_payload_would_run_if_it_were_unpickled(agent: Agent, tmp_path: Path) -> None:
    path = tmp_path / "agent.zip"
    shutil.copyfile(agent.checkpoint, path)
    executes(path)

    pickle.loads(entries(path)["policy.pth"])

    assert marker_of(path).exists()


def test_the_command_refuses_another_environment_and_leaves_nothing(agent: Agent, bbconvert: CommandLine) -> None:
    shutil.copyfile(agent.checkpoint, bbconvert.cwd / "agent.zip")

    result = bbconvert("convert", "agent.zip", "--env", "Hopper-v4", "--out", "out")

    assert (result.returncode, result.stdout) == (1, "")
    assert "maps 4 observations to 1 actions, the environment has 11 and 3" in result.stderr
    assert [path.name for path in bbconvert.cwd.iterdir()] == ["agent.zip"]


def test_the_command_converts_with_statistics_named_and_refuses_evil_ones(agent: Agent, bbconvert: CommandLine) -> None:
    assert agent.vec_normalize is not None
    shutil.copyfile(agent.checkpoint, bbconvert.cwd / "agent.zip")
    shutil.copyfile(agent.vec_normalize, bbconvert.cwd / "sound.pkl")
    (bbconvert.cwd / "evil.pkl").write_bytes(pickle.dumps(Payload(marker_of(bbconvert.cwd / "agent.zip"))))
    command = ("convert", "agent.zip", "--env", "InvertedPendulum-v4", "--out", "out", "--vec-normalize")

    refused = bbconvert(*command, "evil.pkl")
    done = bbconvert(*command, "sound.pkl")

    assert (refused.returncode, refused.stdout) == (1, "")
    assert f"asks to call {os.name}.system" in refused.stderr
    assert not marker_of(bbconvert.cwd / "agent.zip").exists()
    assert (done.returncode, done.stdout) == (0, "out\n"), done.stderr
    manifest = json.loads((bbconvert.cwd / "out" / "bundle.json").read_text())
    assert manifest["normalization"]["mode"] == "frozen"
    np.testing.assert_array_equal(manifest["normalization"]["mean"], agent.env.obs_rms.mean)
