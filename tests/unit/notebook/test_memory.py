"""Policies in memory: which wirings are read, what is recorded, and what is refused in words."""

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium.wrappers import NormalizeObservation
from numpy.typing import NDArray
from safetensors.numpy import load
from torch import nn

from bbconvert.convert.environments.environment import rebuild_environment
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.notebook.memory import bundle_of, record_episode
from bbconvert.convert.progress import CallbackProgress
from bbconvert.convert.rollout.policy import OnnxPolicy
from bbconvert.convert.rollout.rollout import replay

QUIET = CallbackProgress(None)


class Unnamed(nn.Module):
    """An MLP whose activations stand in `forward` alone, where no reader of its tensors sees them."""

    def __init__(self, activation: str) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.layers = nn.ModuleList([nn.Linear(11, 16), nn.Linear(16, 16), nn.Linear(16, 3)])
        self.activation = getattr(nn.functional, activation)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The action."""
        for layer in self.layers[:-1]:
            x = self.activation(layer(x))
        return torch.tanh(self.layers[-1](x))


@pytest.fixture
def hopper() -> "gymnasium.Env[NDArray[np.float64], NDArray[np.float32]]":
    return gymnasium.make("Hopper-v5", frame_skip=4)


@pytest.mark.parametrize("activation", ["tanh", "relu", "silu"])
def test_a_modules_wiring_is_found_by_what_it_answers(
    hopper: "gymnasium.Env[NDArray[np.float64], NDArray[np.float32]]", activation: str
) -> None:
    module = Unnamed(activation)
    bundle, recorded = bundle_of(hopper, module, 0, QUIET)

    assert recorded is None
    assert bundle.manifest.network.activation == activation
    assert bundle.manifest.action.transform == "tanh"
    assert bundle.manifest.env.kwargs == {"frame_skip": 4}
    observation = bundle.golden.observation
    with torch.no_grad():
        wanted = module(torch.as_tensor(observation, dtype=torch.float32)).numpy()
    actions = OnnxPolicy(bundle.policy, bundle.manifest.normalization).actions(observation)
    np.testing.assert_allclose(actions, wanted, atol=1e-5)


def test_a_module_of_another_wiring_is_refused(
    hopper: "gymnasium.Env[NDArray[np.float64], NDArray[np.float32]]",
) -> None:
    module = Unnamed("tanh")
    module.activation = torch.sin
    with pytest.raises(BBConvertError, match=r"Unnamed is no plain MLP .* by 0\.\d+ at least\. Show what it plays"):
        bundle_of(hopper, module, 0, QUIET)


def test_a_function_is_recorded_and_the_page_can_replay_it() -> None:
    env = gymnasium.make("InvertedPendulum-v5")

    def balance(observation: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.array([12 * observation[1] + 2 * observation[3]])

    bundle, recorded = bundle_of(env, balance, 3, QUIET)

    assert recorded is not None
    assert bundle.manifest.title == "InvertedPendulum-v5, balance, recorded"
    episode = record_episode(env, balance, 3, QUIET)
    assert episode.steps > 20
    again = replay(rebuild_environment(bundle.manifest, bundle.folder), episode)
    assert np.array_equal(again.qpos, episode.qpos)
    assert np.array_equal(again.reward, episode.reward)
    assert np.array_equal(load(recorded)["qpos"], episode.qpos)


def test_what_no_page_has_is_refused(hopper: "gymnasium.Env[NDArray[np.float64], NDArray[np.float32]]") -> None:
    with pytest.raises(BBConvertError, match="wrapper NormalizeObservation may change what the policy sees"):
        bundle_of(NormalizeObservation(hopper), Unnamed("tanh"), 0, QUIET)
    with pytest.raises(BBConvertError, match="CartPoleEnv is not a MuJoCo environment"):
        bundle_of(gymnasium.make("CartPole-v1"), Unnamed("tanh"), 0, QUIET)
    with pytest.raises(BBConvertError, match="A list is not a policy"):
        bundle_of(hopper, [1, 2], 0, QUIET)
    with pytest.raises(BBConvertError, match=r"does not fit HopperEnv, whose actions have shape \(3,\)"):
        record_episode(hopper, lambda observation: observation[:2], 0, QUIET)
    with pytest.raises(BBConvertError, match=r"Linear does not take observations \[k, 11\]"):
        bundle_of(hopper, nn.Linear(5, 3), 0, QUIET)
