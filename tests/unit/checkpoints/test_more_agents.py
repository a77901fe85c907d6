"""Experts of CS 285 and SAC actors with two heads: each against its author's own forward pass."""

import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import bbconvert
from bbconvert.convert.checkpoints import read_checkpoint
from bbconvert.convert.checkpoints.checkpoint import Checkpoint
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.numpy_network import numpy_outputs
from bbconvert.observation.normalization import normalize

INPUTS, ACTIONS = 11, 3


def _expert(**changed: Any) -> dict[str, Any]:
    """As the course's own code pickled it."""
    rng = np.random.default_rng(3)

    def affine(before: int, after: int) -> dict[str, Any]:
        weight, bias = (rng.normal(0, 0.4, shape).astype(np.float32) for shape in ((before, after), (1, after)))
        return {"AffineLayer": {"W": weight.astype(np.float64), "b": bias.astype(np.float64)}}

    mean = rng.normal(0, 1, (1, INPUTS))
    policy = {
        "obsnorm": {
            "Standardizer": {
                "count": np.array(1000.0),
                "meansq_1_D": mean**2 + rng.uniform(0.1, 2, (1, INPUTS)),
                "mean_1_D": mean,
            }
        },
        "logstdevs_1_Da": rng.normal(-1, 0.2, (1, ACTIONS)),
        "out": affine(16, ACTIONS),
        "hidden": {"FeedforwardNet": {"layer_0": affine(INPUTS, 16), "layer_2": affine(16, 16)}},
    }
    return {"GaussianPolicy": {**policy, **changed}, "nonlin_type": "tanh"}


def _original(expert: dict[str, Any], observation: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """hw1/load_policy.py, line by line, in float64."""
    policy = expert["GaussianPolicy"]
    standard = policy["obsnorm"]["Standardizer"]
    deviation = np.sqrt(np.maximum(0, standard["meansq_1_D"] - np.square(standard["mean_1_D"])))
    x = (observation - standard["mean_1_D"]) / (deviation + 1e-6)
    slope = {"tanh": None, "lrelu": 0.01}[expert["nonlin_type"]]
    hidden = policy["hidden"]["FeedforwardNet"]
    for name in sorted(hidden):
        layer = hidden[name]["AffineLayer"]
        z = x @ layer["W"] + layer["b"]
        x = np.tanh(z) if slope is None else np.maximum(z, slope * z)
    out = policy["out"]["AffineLayer"]
    return np.asarray(x @ out["W"] + out["b"])


def _ours(checkpoint: Checkpoint, observation: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    statistics = checkpoint.statistics
    if statistics is not None:
        observation = normalize(observation, statistics.mean, statistics.var, checkpoint.epsilon, checkpoint.clip)
    return numpy_outputs(checkpoint.network.actor, observation.astype(np.float64))


@pytest.mark.parametrize("kind", ["tanh", "lrelu"])
@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_an_expert_acts_as_its_own_code_does(kind: str, protocol: int, tmp_path: Path) -> None:
    expert = {**_expert(), "nonlin_type": kind}
    (tmp_path / "expert.pkl").write_bytes(pickle.dumps(expert, protocol))
    observation = np.random.default_rng(0).normal(0, 2, (50, INPUTS))

    checkpoint = read_checkpoint(tmp_path / "expert.pkl")

    assert (checkpoint.library, checkpoint.normalizes) == ("cs285", True)
    np.testing.assert_allclose(_ours(checkpoint, observation), _original(expert, observation), rtol=0, atol=3e-6)


NARROW = {"AffineLayer": {"W": np.ones((5, 16)), "b": np.ones((1, 16))}}


class _Calls:
    def __reduce__(self) -> Any:
        return os.system, ("true",)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"out": {"AffineLayer": {"W": np.ones((16, 3)), "b": _Calls()}}}, "asks to call posix.system"),
        ({"out": {}}, "it has no AffineLayer"),
        ({"hidden": {"FeedforwardNet": {"layer_0": NARROW}}}, "it standardises 11 numbers, and its network takes 5"),
        ({"out": {"AffineLayer": {"W": np.full((16, 3), np.nan), "b": np.ones((1, 3))}}}, "NaN or infinite"),
        ({"logstdevs_1_Da": np.ones((1, 5))}, "it has 5 deviations, and 3 actions"),
        ({"obsnorm": {"Standardizer": {"mean_1_D": "no"}}}, "stands where an array is expected"),
    ],
)
def test_a_bad_expert_is_refused_in_words(change: dict[str, Any], words: str, tmp_path: Path) -> None:
    (tmp_path / "expert.pkl").write_bytes(pickle.dumps(_expert(**change), 4))

    with pytest.raises(BBConvertError) as told:
        read_checkpoint(tmp_path / "expert.pkl")

    assert words in str(told.value)


class _Actor(nn.Module):
    """As github.com/XinJingHao/SAC-Continuous-Pytorch has it."""

    def __init__(self) -> None:
        super().__init__()
        self.a_net = nn.Sequential(nn.Linear(INPUTS, 32), nn.ReLU(), nn.Linear(32, 16), nn.ReLU())
        self.mu_layer = nn.Linear(16, ACTIONS)
        self.log_std_layer = nn.Linear(16, ACTIONS)

    def forward(self, state: torch.Tensor) -> torch.Tensor:
        return torch.tanh(self.mu_layer(self.a_net(state)))


def test_an_actor_with_two_heads_acts_as_its_own_class_does(tmp_path: Path) -> None:
    torch.manual_seed(0)
    actor = _Actor()
    torch.save(actor.state_dict(), tmp_path / "actor.pth")
    state = torch.randn(50, INPUTS)

    checkpoint = read_checkpoint(tmp_path / "actor.pth")

    assert checkpoint.network.squash is not None
    with torch.no_grad():
        wanted = actor(state).numpy()
    np.testing.assert_allclose(np.tanh(_ours(checkpoint, state.numpy().astype(np.float64))), wanted, atol=1e-6)


def test_an_actor_with_something_more_is_refused(tmp_path: Path) -> None:
    torch.save({**_Actor().state_dict(), "memory.weight": torch.ones(3, 3)}, tmp_path / "actor.pth")

    with pytest.raises(BBConvertError, match=r"memory.weight \(3, 3\) is not of this actor"):
        read_checkpoint(tmp_path / "actor.pth")


@pytest.mark.hub
@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "env", "kwargs", "least"),
    [
        ("cs285/Hopper.pkl", "Hopper-v4", {}, 3700),
        ("cs285/Ant.pkl", "Ant-v4", {"use_contact_forces": True}, 4300),
        ("sac_humanoid/Humanv4_actor1800.pth", "Humanoid-v4", {}, 6100),
    ],
)
def test_the_real_agents_score_what_their_table_says(
    file: str, env: str, kwargs: dict[str, Any], least: float, shared_agents: Path, tmp_path: Path
) -> None:
    bundle = bbconvert.convert(shared_agents / file, env, env_kwargs=kwargs, out=tmp_path / "bundle")
    result = bbconvert.evaluate(bundle, episodes=2, seed=0)

    assert result.mean > least
    assert [episode.length for episode in result.episodes] == [1000, 1000]
