"""Stable-Baselines3's checkpoints: converted, they act as their own `predict()` does; what is none is refused."""

import dataclasses
import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from sb3_contrib.common.wrappers import TimeFeatureWrapper

from bbconvert.convert.bundle.bundle import Bundle, open_bundle
from bbconvert.convert.checkpoints import read_checkpoint
from bbconvert.convert.checkpoints.checkpoint import Checkpoint
from bbconvert.convert.checkpoints.sb3_networks import PolicyArguments, actor_critic
from bbconvert.convert.cli.console import Progress
from bbconvert.convert.conversion import Conversion, convert_checkpoint
from bbconvert.convert.environments.environment import make_environment, rebuild_environment
from bbconvert.convert.manifest import Source
from bbconvert.convert.rollout.policy import onnx_session
from bbconvert.convert.torch_network import torch_module
from bbconvert.convert.verify import closed_loop
from bbconvert.convert.verify.kicked import kicked_observations
from tests.oracle.sb3_agents import CASES, Agent, Case, train

TOLERANCE = 1e-5
"""Of an action: the oracle computes in float32, policy.onnx in float64."""


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Networks this small only wait for each other on several."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module", autouse=True)
def one_episode() -> Iterator[None]:
    """These tests are about the policy; what a whole closed loop measures has tests of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(closed_loop, "SEEDS", range(1))
        yield


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Agent]:
    """From a case's name to its agent, trained once."""

    @functools.cache
    def agent(name: str) -> Agent:
        return train(CASES[name], tmp_path_factory.mktemp(name))

    return agent


@pytest.fixture(scope="module")
def bundle_of(trained: Callable[[str], Agent], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Bundle]:
    """From a case's name to the bundle of its agent, converted once."""

    @functools.cache
    def bundle(name: str) -> Bundle:
        agent = trained(name)
        return converted(agent.checkpoint, agent.case, tmp_path_factory.mktemp(name) / "bundle")

    return bundle


def converted(checkpoint: Path, case: Case, out: Path, vec_normalize: Path | None = None) -> Bundle:
    conversion = Conversion(
        checkpoint=checkpoint,
        env_id=case.env_id,
        source=Source(filename=checkpoint.name, sha256="", library="unknown", algorithm="unknown"),
        name="agent",
        title="agent",
        vec_normalize=vec_normalize,
    )
    convert_checkpoint(conversion, out, force=False, sandbox=False, progress=Progress(quiet=True))
    return open_bundle(out)


def outputs(bundle: Bundle, names: list[str], observations: NDArray[np.float64]) -> list[NDArray[np.floating]]:
    found: list[NDArray[np.floating]] = onnx_session(bundle.policy_bytes).run(names, {"observation": observations})
    return found


def observations_of(bundle: Bundle, steps: int = 300) -> NDArray[np.float64]:
    env = rebuild_environment(bundle.manifest, bundle.folder)
    try:
        return np.array(list(kicked_observations(env, steps, seed=3)))
    finally:
        env.close()


@pytest.mark.parametrize("name", CASES)
def test_the_converted_agent_acts_as_its_own_predict(
    name: str, trained: Callable[[str], Agent], bundle_of: Callable[[str], Bundle]
) -> None:
    agent, bundle = trained(name), bundle_of(name)
    observations = observations_of(bundle)

    (actions,) = outputs(bundle, ["action"], observations)
    expected = agent.predict(observations)

    assert actions.shape == expected.shape
    assert actions.dtype == np.float32
    assert np.all(expected.std(axis=0) > 0.02), "the oracle acts alike everywhere"
    np.testing.assert_allclose(actions, expected, rtol=0, atol=TOLERANCE)
    manifest = bundle.manifest
    assert (manifest.source.library, manifest.source.algorithm) == ("stable-baselines3", name.partition("-")[0])
    assert manifest.env.wrappers == (["TimeFeatureWrapper"] if agent.case.time_feature else [])
    assert manifest.normalization.mode == ("frozen" if agent.case.normalized else "none")


def test_value_and_deviation_are_the_oracles_too(
    trained: Callable[[str], Agent], bundle_of: Callable[[str], Bundle]
) -> None:
    agent, bundle = trained("ppo-separate-elu"), bundle_of("ppo-separate-elu")
    observations = observations_of(bundle)

    values, log_std = outputs(bundle, ["value", "log_std"], observations)

    np.testing.assert_allclose(values, agent.values(observations), rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(log_std, agent.model.policy.log_std.detach().numpy())


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("ppo", {"epsilon": 1e-2}),
        ("ppo", {"clip": 2.5}),
        ("sac-sde", {"pre_clip": None}),
        ("sac-sde", {"pre_clip": 2.0}),
        ("ppo-separate-elu", {"activation": "tanh"}),
        ("ars-mlp", {"squash": None}),
    ],
)
def test_the_comparison_notices_each_part_of_the_policy(
    name: str, change: dict[str, Any], trained: Callable[[str], Agent], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = trained(name)
    monkeypatch.setattr("bbconvert.convert.pipeline.read_checkpoint", functools.partial(_read_otherwise, change))
    bundle = converted(agent.checkpoint, agent.case, tmp_path / "bundle")
    observations = observations_of(bundle)

    (actions,) = outputs(bundle, ["action"], observations)

    assert np.max(np.abs(actions - agent.predict(observations))) > 100 * TOLERANCE


def _read_otherwise(change: dict[str, Any], path: Path, **arguments: Any) -> Checkpoint:
    """The checkpoint with some of its fields replaced, or those of its network, or those of its actor and critic."""

    def replaced(part: Any, **others: Any) -> Any:
        names = {field.name for field in dataclasses.fields(part)}
        return dataclasses.replace(part, **{key: value for key, value in change.items() if key in names}, **others)

    checkpoint = read_checkpoint(path, **arguments)
    network = checkpoint.network
    critic = replaced(network.critic) if network.critic is not None else None
    changed: Checkpoint = replaced(checkpoint, network=replaced(network, actor=replaced(network.actor), critic=critic))
    return changed


def test_layers_shared_by_actor_and_critic_come_first_in_both(tmp_path: Path) -> None:
    modules = {
        "mlp_extractor.shared_net": torch.nn.Sequential(torch.nn.Linear(11, 6), torch.nn.Tanh()),
        "mlp_extractor.policy_net": torch.nn.Sequential(torch.nn.Linear(6, 5), torch.nn.Tanh()),
        "mlp_extractor.value_net": torch.nn.Sequential(torch.nn.Linear(6, 4), torch.nn.Tanh()),
        "action_net": torch.nn.Linear(5, 2),
        "value_net": torch.nn.Linear(4, 1),
    }
    tensors = {
        f"{name}.{key}": tensor for name, module in modules.items() for key, tensor in module.state_dict().items()
    }
    shared = {name: tensor.numpy() for name, tensor in tensors.items()}

    network = actor_critic(Path("agent.zip"), shared, PolicyArguments(activation="tanh"))

    observation = torch.randn(7, 11, generator=torch.Generator().manual_seed(1))
    latent = modules["mlp_extractor.shared_net"](observation)
    action = modules["action_net"](modules["mlp_extractor.policy_net"](latent))
    value = modules["value_net"](modules["mlp_extractor.value_net"](latent))
    assert network.critic is not None
    torch.testing.assert_close(torch_module(network.actor)(observation), action)
    torch.testing.assert_close(torch_module(network.critic)(observation), value)


def test_the_time_that_is_left_is_what_sb3_contrib_says(
    trained: Callable[[str], Agent], bundle_of: Callable[[str], Bundle]
) -> None:
    agent, bundle = trained("ddpg-time-feature"), bundle_of("ddpg-time-feature")
    ours = rebuild_environment(bundle.manifest, bundle.folder)
    theirs = TimeFeatureWrapper(make_environment(agent.case.env_id, {}))

    np.testing.assert_array_equal(ours.reset(seed=4)[0], theirs.reset(seed=4)[0])
    for _ in range(20):
        np.testing.assert_array_equal(ours.step(np.zeros(1, np.float32))[0], theirs.step(np.zeros(1))[0])
    ours.close()
    theirs.close()
