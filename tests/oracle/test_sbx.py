"""SBX's checkpoints: read, they act as their own `predict()` does."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecNormalize

from bbconvert.convert.bundle.bundle import open_bundle
from bbconvert.convert.checkpoints import read_checkpoint
from bbconvert.convert.checkpoints.checkpoint import Checkpoint
from bbconvert.convert.network import PolicyNetwork
from bbconvert.convert.numpy_network import network_outputs, numpy_outputs
from bbconvert.observation.normalization import normalize
from tests.oracle.sbx_agents import CASES, Agent, train
from tests.support.command_line import CommandLine

pytest.importorskip("sbx")

TOLERANCE = 2e-6
"""Of a torque up to 2: the oracle computes in float32, we in float64."""
LOW, HIGH = np.array([-2.0]), np.array([2.0])
"""Pendulum's torque, N·m."""


@pytest.fixture(scope="module", autouse=True)
def quick_compiler() -> Iterator[None]:
    """Compiling takes longer than these few steps of training."""
    import jax

    config: Any = jax.config
    config.update("jax_disable_most_optimizations", True)
    yield
    config.update("jax_disable_most_optimizations", False)


@pytest.fixture(scope="module", params=CASES)
def agent(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Agent:
    """One that observes Pendulum's three numbers."""
    return train(CASES[request.param], "Pendulum-v1", tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="module")
def balancer(tmp_path_factory: pytest.TempPathFactory) -> Agent:
    """A PPO with statistics, on an environment that converts."""
    return train(CASES["ppo"], "InvertedPendulum-v5", tmp_path_factory.mktemp("balancer"))


def observations(size: int = 3) -> NDArray[np.float64]:
    """Numbers that float32 has."""
    rows = np.random.default_rng(0).normal(0, 1.5, (200, size))
    return rows.astype(np.float32).astype(np.float64)


def seen(checkpoint: Checkpoint, rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the networks are given."""
    statistics = checkpoint.statistics
    if statistics is None:
        return rows
    return normalize(rows, statistics.mean, statistics.var, checkpoint.epsilon, checkpoint.clip).astype(np.float64)


def actions(network: PolicyNetwork, rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Layers and Pendulum's bounds in float64."""
    outputs = network_outputs(network, rows)
    if network.squash is None:
        return np.clip(outputs, LOW, HIGH)
    stretched: NDArray[np.float64] = LOW + (np.tanh(outputs) + 1) / 2 * (HIGH - LOW)
    return stretched


def predicted(agent: Agent, rows: NDArray[np.float64]) -> NDArray[np.float32]:
    """The agent's own deterministic actions."""
    own = agent.env.normalize_obs(rows) if isinstance(agent.env, VecNormalize) else rows
    chosen: NDArray[np.float32] = agent.model.predict(own.astype(np.float32), deterministic=True)[0]
    return chosen


def test_the_agent_acts_as_its_own_predict(agent: Agent) -> None:
    rows = observations()
    expected = predicted(agent, rows)

    checkpoint = read_checkpoint(agent.checkpoint)

    ours = actions(checkpoint.network, seen(checkpoint, rows))
    assert ours.shape == expected.shape
    assert np.all(expected.std(axis=0) > 0.02), "the oracle acts alike everywhere"
    np.testing.assert_allclose(ours, expected, rtol=0, atol=TOLERANCE)
    assert (checkpoint.library, checkpoint.algorithm) == ("sbx", agent.case.algorithm.lower())
    assert checkpoint.normalizes == agent.case.normalized


def test_the_comparison_notices_one_other_number(agent: Agent) -> None:
    rows = observations()
    checkpoint = read_checkpoint(agent.checkpoint)
    actor = checkpoint.network.actor
    *others, last = actor.layers
    moved = replace(actor, layers=(*others, replace(last, bias=last.bias + np.float32(1e-3))))

    ours = actions(replace(checkpoint.network, actor=moved), seen(checkpoint, rows))

    assert np.max(np.abs(ours - predicted(agent, rows))) > 10 * TOLERANCE


def test_ppo_has_its_deviation_its_value_and_its_statistics(balancer: Agent) -> None:
    rows = observations(4)
    policy = balancer.model.policy
    assert isinstance(balancer.env, VecNormalize)
    own = balancer.env.normalize_obs(rows)
    values = np.asarray(policy.vf_state.apply_fn(policy.vf_state.params, own.astype(np.float32)))

    checkpoint = read_checkpoint(balancer.checkpoint)

    network = checkpoint.network
    assert network.critic is not None
    np.testing.assert_allclose(numpy_outputs(network.critic, seen(checkpoint, rows)), values, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(network.log_std, policy.actor_state.params["params"]["log_std"])
    assert np.max(np.abs(rows - seen(checkpoint, rows))) > 0.5, "the statistics do not matter"


def test_the_command_converts_an_agent_and_its_proof_holds(balancer: Agent, bbconvert: CommandLine) -> None:
    for file in balancer.checkpoint.parent.iterdir():
        (bbconvert.cwd / file.name).write_bytes(file.read_bytes())

    result = bbconvert("convert", "agent.zip", "--env", "InvertedPendulum-v5", "--out", "out")

    assert (result.returncode, result.stdout) == (0, "out\n"), result.stderr
    assert "Observation statistics read from vec_normalize.pkl" in result.stderr
    manifest = open_bundle(bbconvert.cwd / "out").manifest
    assert (manifest.source.library, manifest.source.algorithm) == ("sbx", "ppo")
    assert manifest.normalization.mode == "frozen"
