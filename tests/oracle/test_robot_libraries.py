"""Checkpoints of rsl_rl, skrl and rl_games: a tiny agent of each is trained, and its own inference is the oracle."""

from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
import torch

from bbconvert.convert.checkpoints import read_checkpoint
from bbconvert.convert.checkpoints.checkpoint import Checkpoint, Unsaid
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.network import PolicyNetwork
from bbconvert.convert.numpy_network import network_outputs

ELU = Unsaid(activation="elu", output="clip")
OBSERVATIONS, ACTIONS = 6, 3
ROWS = np.random.default_rng(1).normal(0, 2, (50, OBSERVATIONS)).astype(np.float32)


def _actions(checkpoint: Checkpoint, rows: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """What `policy.onnx` computes before the action's bounds: statistics in float64, rounded once."""
    x = rows.astype(np.float64)
    if checkpoint.statistics is not None:
        x = (x - checkpoint.statistics.mean) / np.sqrt(checkpoint.statistics.var + checkpoint.epsilon)
        if checkpoint.clip is not None:
            x = np.clip(x, -checkpoint.clip, checkpoint.clip)
    return network_outputs(checkpoint.network, x.astype(np.float32).astype(np.float64))


def _without_statistics(checkpoint: Checkpoint) -> np.ndarray[Any, Any]:
    return network_outputs(checkpoint.network, ROWS.astype(np.float64))


class _Drift:
    """A vectorised environment of rsl_rl whose observations drift: the statistics have something to learn."""

    def __init__(self) -> None:
        self.num_envs, self.num_actions, self.max_episode_length = 8, ACTIONS, 20
        self.device = "cpu"
        self.cfg: dict[str, Any] = {}
        self.episode_length_buf = torch.zeros(8, dtype=torch.long)

    def get_observations(self) -> Any:
        from tensordict import TensorDict

        rows = 3 + 2 * torch.randn(8, OBSERVATIONS)
        return TensorDict({"policy": rows}, batch_size=[8])

    def step(self, actions: torch.Tensor) -> tuple[Any, torch.Tensor, torch.Tensor, dict[str, Any]]:
        self.episode_length_buf += 1
        dones = self.episode_length_buf >= self.max_episode_length
        self.episode_length_buf[dones] = 0
        return self.get_observations(), -actions.square().sum(dim=1), dones.long(), {"time_outs": dones.float()}


@pytest.mark.parametrize(("kind", "layers"), [("mlp", 1), ("lstm", 1), ("gru", 2)])
def test_rsl_rl(kind: str, layers: int, tmp_path: Path) -> None:
    runners = pytest.importorskip("rsl_rl.runners")
    torch.manual_seed(0)
    model: dict[str, Any] = {
        "class_name": "rsl_rl.models.MLPModel" if kind == "mlp" else "rsl_rl.models.RNNModel",
        "hidden_dims": [16, 8],
        "activation": "elu",
        "obs_normalization": True,
    }
    if kind != "mlp":
        model |= {"rnn_type": kind, "rnn_hidden_dim": 12, "rnn_num_layers": layers}
    gaussian = {"class_name": "rsl_rl.modules.GaussianDistribution", "init_std": 0.7, "std_type": "scalar"}
    config = {
        "num_steps_per_env": 4,
        "save_interval": 100,
        "logger": "tensorboard",
        "obs_groups": {"actor": ["policy"], "critic": ["policy"]},
        "algorithm": {"class_name": "rsl_rl.algorithms.PPO", "num_mini_batches": 2, "num_learning_epochs": 1},
        "actor": {**model, "distribution_cfg": gaussian},
        "critic": dict(model),
    }
    runner = runners.OnPolicyRunner(_Drift(), config, log_dir=None, device="cpu")
    runner.learn(2)
    path = tmp_path / "model_2.pt"
    runner.save(str(path))
    policy = runner.get_inference_policy(device="cpu")
    from tensordict import TensorDict

    policy.reset()
    with torch.no_grad():
        rows = [policy(TensorDict({"policy": torch.tensor(row[None])}, batch_size=[1])).numpy()[0] for row in ROWS]

    checkpoint = read_checkpoint(path, unsaid=ELU)

    assert checkpoint.library == "rsl_rl"
    assert checkpoint.network.log_std is not None
    assert checkpoint.network.log_std.shape == (ACTIONS,)
    assert (checkpoint.network.recurrent is None) == (kind == "mlp")
    np.testing.assert_allclose(_actions(checkpoint, ROWS), rows, atol=1e-5)
    assert np.max(np.abs(_without_statistics(checkpoint) - rows)) > 1e-2, "its statistics matter"


class _Old(torch.nn.Module):
    """rsl_rl 3's policy as it names its parts: rsl_rl/modules/actor_critic.py."""

    def __init__(self) -> None:
        super().__init__()
        self.actor = torch.nn.Sequential(torch.nn.Linear(OBSERVATIONS, 8), torch.nn.ELU(), torch.nn.Linear(8, ACTIONS))
        self.critic = torch.nn.Sequential(torch.nn.Linear(OBSERVATIONS, 8), torch.nn.ELU(), torch.nn.Linear(8, 1))
        self.std = torch.nn.Parameter(torch.full((ACTIONS,), 0.5))


@pytest.mark.parametrize("inside", [False, True])
def test_rsl_rl_before_its_models_were_apart(inside: bool, tmp_path: Path) -> None:
    modules = pytest.importorskip("rsl_rl.modules")
    torch.manual_seed(0)
    policy, normalizer = _Old(), modules.EmpiricalNormalization(OBSERVATIONS)
    normalizer.train()
    normalizer.update(3 + 2 * torch.randn(500, OBSERVATIONS))
    normalizer.eval()
    saved: dict[str, Any] = {"model_state_dict": policy.state_dict(), "optimizer_state_dict": {}, "iter": 7}
    statistics = normalizer.state_dict()
    if inside:
        saved["model_state_dict"] |= {f"actor_obs_normalizer.{name}": value for name, value in statistics.items()}
    else:
        saved["obs_norm_state_dict"] = statistics
    path = tmp_path / "model_7.pt"
    torch.save(saved, path)
    with torch.no_grad():
        expected = policy.actor(normalizer(torch.tensor(ROWS))).numpy()

    checkpoint = read_checkpoint(path, unsaid=ELU)

    np.testing.assert_allclose(_actions(checkpoint, ROWS), expected, atol=1e-5)
    assert np.max(np.abs(_without_statistics(checkpoint) - expected)) > 1e-2
    assert checkpoint.network.log_std is not None
    np.testing.assert_allclose(checkpoint.network.log_std, np.log(0.5), atol=1e-6)


def test_skrl(tmp_path: Path) -> None:
    pytest.importorskip("skrl")
    from skrl.agents.torch.ppo import PPO, PPO_CFG
    from skrl.envs.wrappers.torch import wrap_env
    from skrl.memories.torch import RandomMemory
    from skrl.resources.preprocessors.torch import RunningStandardScaler
    from skrl.trainers.torch import SequentialTrainer
    from skrl.utils.model_instantiators.torch import deterministic_model, gaussian_model

    torch.manual_seed(0)
    env = wrap_env(gymnasium.make_vec("InvertedPendulum-v5", num_envs=2, vectorization_mode="sync"), verbose=False)
    layers = [{"name": "net", "input": "OBSERVATIONS", "layers": [16, 8], "activations": "elu"}]
    spaces = {"observation_space": env.observation_space, "action_space": env.action_space, "device": "cpu"}
    models = {
        "policy": gaussian_model(**spaces, network=layers, output="ACTIONS", clip_actions=False),
        "value": deterministic_model(**spaces, network=layers, output="ONE"),
    }
    config = PPO_CFG()
    config.rollouts, config.learning_epochs, config.mini_batches = 8, 1, 2
    config.observation_preprocessor = RunningStandardScaler
    config.observation_preprocessor_kwargs = {"size": env.observation_space, "device": "cpu"}
    config.experiment.write_interval = config.experiment.checkpoint_interval = 0
    memory = RandomMemory(memory_size=8, num_envs=2, device="cpu")
    agent = PPO(models=models, memory=memory, cfg=config, **spaces)
    SequentialTrainer(
        cfg={"timesteps": 32, "headless": True, "disable_progressbar": True, "close_environment_at_exit": False},
        env=env,
        agents=agent,
    ).train()
    path = tmp_path / "agent_32.pt"
    agent.save(str(path))
    rows = np.random.default_rng(1).normal(0, 2, (50, 4)).astype(np.float32)
    with torch.no_grad():
        _, outputs = agent.act(torch.tensor(rows), None, timestep=32, timesteps=32)
    expected = outputs["mean_actions"].numpy()

    checkpoint = read_checkpoint(path, unsaid=ELU)

    assert checkpoint.library == "skrl"
    assert checkpoint.clip == 5
    np.testing.assert_allclose(_actions(checkpoint, rows), expected, atol=1e-5)
    assert np.max(np.abs(network_outputs(checkpoint.network, rows.astype(np.float64)) - expected)) > 1e-2


@pytest.mark.parametrize("compiled", [False, True])
def test_rl_games(compiled: bool, tmp_path: Path) -> None:
    pytest.importorskip("rl_games")
    from rl_games.algos_torch.models import ModelA2CContinuousLogStd
    from rl_games.algos_torch.network_builder import A2CBuilder

    torch.manual_seed(0)
    builder = A2CBuilder()
    scale = {"name": "const_initializer", "val": -0.5}
    space = {"mu_activation": "None", "sigma_activation": "None", "mu_init": {"name": "default"}, "sigma_init": scale}
    builder.load(
        {
            "separate": False,
            "space": {"continuous": {**space, "fixed_sigma": True}},
            "mlp": {"units": [16, 8], "activation": "elu", "initializer": {"name": "default"}},
        }
    )
    model = ModelA2CContinuousLogStd(builder).build(
        {
            "actions_num": ACTIONS,
            "input_shape": (OBSERVATIONS,),
            "num_seqs": 1,
            "value_size": 1,
            "normalize_value": True,
            "normalize_input": True,
        }
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    model.train()
    for _ in range(10):
        batch = {
            "is_train": True,
            "prev_actions": torch.zeros(64, ACTIONS),
            "obs": 3 + 2 * torch.randn(64, OBSERVATIONS),
        }
        optimizer.zero_grad()
        model(batch)["prev_neglogp"].mean().backward()
        optimizer.step()
    model.eval()
    state = {f"_orig_mod.{name}" if compiled else name: value for name, value in model.state_dict().items()}
    path = tmp_path / "agent.pth"
    torch.save({"model": state, "epoch": 10, "frame": 640, "optimizer": optimizer.state_dict()}, path)
    with torch.no_grad():
        expected = model({"is_train": False, "prev_actions": None, "obs": torch.tensor(ROWS)})["mus"].numpy()

    checkpoint = read_checkpoint(path, unsaid=ELU)

    assert checkpoint.library == "rl_games"
    np.testing.assert_allclose(_actions(checkpoint, ROWS), expected, atol=1e-5)
    assert np.max(np.abs(_without_statistics(checkpoint) - expected)) > 1e-2
    assert checkpoint.network.log_std is not None


def test_statistics_that_do_not_add_up_are_refused(tmp_path: Path) -> None:
    statistics = {"_mean": torch.zeros(1, OBSERVATIONS), "_std": torch.ones(1, OBSERVATIONS - 1)}
    saved = {"model_state_dict": _Old().state_dict(), "obs_norm_state_dict": statistics, "iter": 1}
    torch.save(saved, tmp_path / "model_1.pt")
    with pytest.raises(BBConvertError, match=r"expected _mean and _std of 6 finite numbers each"):
        read_checkpoint(tmp_path / "model_1.pt", unsaid=ELU)


def test_a_policy_of_ones_own_of_the_same_name_is_read_as_before(tmp_path: Path) -> None:
    """One's own `model_state_dict` has no `iter`: the tensors' names alone decide."""
    torch.save({"model_state_dict": _Old().state_dict()}, tmp_path / "own.pt")
    network: PolicyNetwork = read_checkpoint(tmp_path / "own.pt", unsaid=ELU).network
    assert network.actor.widths == [8, ACTIONS]
