"""CleanRL's checkpoints: each script's actor in torch against what its file was converted to."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from bbconvert.convert.checkpoints import read_checkpoint
from bbconvert.convert.checkpoints.checkpoint import Checkpoint
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.export.onnx_export import export_onnx
from bbconvert.convert.manifest import Action, Normalization
from bbconvert.convert.rollout.policy import onnx_session
from bbconvert.observation.normalization import normalize
from tests.support.cleanrl_agents import Actor, Agent, QNetwork, flax_bytes, flax_tree, save_actor, save_ppo

OBSERVATION = 11
LOW, HIGH = torch.tensor([-0.4, -1.0, -2.0]), torch.tensor([0.4, 1.0, 3.0])
OBSERVATIONS = np.random.default_rng(0).normal(0, 2, (200, OBSERVATION))
CRITICS = {"td3": 2, "ddpg": 1, "sac": 2}


def actor_of(algorithm: str, hidden: tuple[int, ...] = (256, 256), *, rows: int | None = None) -> Actor:
    """`rows`: bounds as a vector environment has them, [rows, n]."""
    low, high = (LOW, HIGH) if rows is None else (LOW.repeat(rows, 1), HIGH.repeat(rows, 1))
    return Actor(OBSERVATION, hidden, low, high, "fc_mean" if algorithm == "sac" else "fc_mu")


def saved(folder: Path, algorithm: str, actor: Actor) -> Path:
    path = folder / f"{algorithm}_continuous_action.cleanrl_model"
    save_actor(path, actor, *(QNetwork(OBSERVATION, 3, (64,)) for _ in range(CRITICS[algorithm])))
    return path


def converted_actions(checkpoint: Checkpoint, normalization: Normalization | None = None) -> np.ndarray:
    """policy.onnx in ONNX Runtime, for an environment with the bounds LOW and HIGH."""
    squash = checkpoint.network.squash
    scale = bias = None
    if squash is not None:
        scale = ((HIGH - LOW) / 2).tolist() if squash.scale is None else squash.scale.tolist()
        bias = ((HIGH + LOW) / 2).tolist() if squash.bias is None else squash.bias.tolist()
    action = Action(
        size=3, low=LOW.tolist(), high=HIGH.tolist(), transform="tanh" if squash else "clip", scale=scale, bias=bias,
        names=["a", "b", "c"],
    )  # fmt: skip
    model = export_onnx(checkpoint.network, normalization or Normalization(mode="none"), action, {})
    actions: np.ndarray = onnx_session(model).run(["action"], {"observation": OBSERVATIONS})[0]
    return actions


def scripts_actions(module: torch.nn.Module, observations: np.ndarray = OBSERVATIONS) -> np.ndarray:
    """What the script computes: float32 observations, here with float64 layers; clipped as the environment does."""
    with torch.no_grad():
        actions = module.double()(torch.from_numpy(observations.astype(np.float32)).double())
    return np.asarray(torch.clamp(actions, LOW, HIGH).numpy())


@pytest.mark.parametrize("algorithm", CRITICS)
@pytest.mark.parametrize(("hidden", "rows"), [((256, 256), None), ((256, 256), 1), ((32, 48, 16), 2), ((24,), None)])
def test_td3_ddpg_and_sac_act_as_their_scripts_do(
    algorithm: str, hidden: tuple[int, ...], rows: int | None, tmp_path: Path
) -> None:
    torch.manual_seed(1)
    actor = actor_of(algorithm, hidden, rows=rows)

    checkpoint = read_checkpoint(saved(tmp_path, algorithm, actor))

    assert (checkpoint.library, checkpoint.algorithm) == ("cleanrl", f"{algorithm}_continuous_action")
    assert checkpoint.network.critic is None
    single = actor_of(algorithm, hidden)
    single.load_state_dict({name: tensor[0] if tensor.ndim == 2 and name.startswith("action_") else tensor
                            for name, tensor in actor.state_dict().items()})  # fmt: skip
    np.testing.assert_allclose(converted_actions(checkpoint), scripts_actions(single), rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("critics", "algorithm"), [(2, "td3_continuous_action_jax"), (1, "ddpg_continuous_action_jax")]
)
def test_the_jax_agents_act_as_their_scripts_do_with_the_environments_bounds(
    critics: int, algorithm: str, tmp_path: Path
) -> None:
    torch.manual_seed(2)
    actor = actor_of("td3", (64, 32))
    path = tmp_path / "agent.cleanrl_model"
    networks = [actor, *(QNetwork(OBSERVATION, 3, (16,)) for _ in range(critics))]
    path.write_bytes(flax_bytes([flax_tree(network) for network in networks]))

    checkpoint = read_checkpoint(path)

    assert checkpoint.algorithm == algorithm
    np.testing.assert_allclose(converted_actions(checkpoint), scripts_actions(actor), rtol=0, atol=1e-6)


@pytest.mark.parametrize("algorithm", ["ppo_continuous_action", "rpo_continuous_action"])
@pytest.mark.parametrize("hidden", [(64, 64), (32,), (40, 30, 20)])
def test_ppo_and_rpo_act_as_their_scripts_do(algorithm: str, hidden: tuple[int, ...], tmp_path: Path) -> None:
    torch.manual_seed(3)
    agent = Agent(OBSERVATION, 3, hidden)
    save_ppo(tmp_path / f"{algorithm}.cleanrl_model", agent)

    checkpoint = read_checkpoint(tmp_path / f"{algorithm}.cleanrl_model")

    assert (checkpoint.algorithm, checkpoint.normalizes, checkpoint.statistics) == (algorithm, True, None)
    assert checkpoint.network.critic is not None
    np.testing.assert_allclose(converted_actions(checkpoint), scripts_actions(agent), rtol=0, atol=1e-6)


def test_statistics_inside_the_agent_are_what_it_plays_with(tmp_path: Path) -> None:
    agent = Agent(OBSERVATION, 3, (64, 64))
    mean, var = np.linspace(-1, 1, OBSERVATION), np.linspace(0.1, 3, OBSERVATION)
    statistics = {"mean": mean, "var": var, "count": np.array(1e4)}
    named = {f"obs_rms.{name}": torch.from_numpy(array) for name, array in statistics.items()}
    path = tmp_path / "ppo.cleanrl_model"
    torch.save({**agent.state_dict(), **named}, path)

    checkpoint = read_checkpoint(path)

    assert checkpoint.statistics is not None
    assert checkpoint.statistics.count == 1e4
    frozen = Normalization(
        mode="frozen", mean=checkpoint.statistics.mean.tolist(), var=checkpoint.statistics.var.tolist(), clip=10.0
    )
    seen = normalize(OBSERVATIONS, mean, var, 1e-8, 10.0)
    np.testing.assert_allclose(converted_actions(checkpoint, frozen), scripts_actions(agent, seen), rtol=0, atol=1e-6)
    torch.save({**agent.state_dict(), **dict(list(named.items())[:2])}, path)
    with pytest.raises(BBConvertError, match=r"but not obs_rms.count: its statistics are incomplete"):
        read_checkpoint(path)


def test_an_actor_saved_without_its_bounds_takes_the_environments(tmp_path: Path) -> None:
    actor = actor_of("td3")
    path = tmp_path / "ddpg_continuous_action.cleanrl_model"
    tensors = {name: tensor for name, tensor in actor.state_dict().items() if not name.startswith("action_")}
    torch.save(tensors, path)

    checkpoint = read_checkpoint(path)

    assert checkpoint.algorithm == "ddpg_continuous_action"
    np.testing.assert_allclose(converted_actions(checkpoint), scripts_actions(actor), rtol=0, atol=1e-6)


# Bad input: a change to the tensors of an intact TD3 agent, the actor's state_dict first.

StateDicts = list[dict[str, torch.Tensor]]


def change(name: str, value: Callable[[torch.Tensor], torch.Tensor], network: int = 0) -> Callable[[StateDicts], Any]:
    def apply(networks: StateDicts) -> None:
        networks[network][name] = value(networks[network][name])

    return apply


def add(name: str, *shape: int) -> Callable[[StateDicts], Any]:
    return lambda networks: networks[0].update({name: torch.zeros(shape)})


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (change("fc2.weight", lambda w: w[:, 1:].clone()), r"fc2 takes 255 numbers, but the layer before it gives 256"),
        (change("fc2.weight", lambda w: w * float("nan")), r"fc2.weight has 65536 weights of 65536 that are NaN"),
        (change("fc1.bias", lambda b: b[1:].clone()), r"fc1 is not a dense layer: weight \(256, 11\), bias \(255,\)"),
        (change("fc1.weight", lambda w: w[:, 1:].clone(), network=1), r"its critic takes 14; found .* \(64, 13\)"),
        (change("action_scale", lambda s: s[:2].clone()), r"action_scale has shape \(2,\), expected 3 numbers"),
        (change("action_bias", lambda b: torch.stack([b, b + 1])), r"action_bias has shape \(2, 3\), expected 3"),
        (add("conv.weight", 8, 4, 3, 3), r"not a continuous-control MLP: conv.weight has shape .* sees images"),
        (add("lstm.weight_ih_l0", 8, 4), r"not a continuous-control MLP: it is recurrent \(lstm.weight_ih_l0\)"),
        (add("ln1.weight", 256), r"ln1.weight is not of CleanRL's Actor"),
        (lambda networks: networks[0].pop("fc_mu.weight"), r"tuple of 3 state_dicts, of which the first is not one"),
    ],
)
def test_a_bad_actor_is_refused_in_words_and_the_intact_one_read(
    damage: Callable[[StateDicts], Any], words: str, tmp_path: Path
) -> None:
    path = saved(tmp_path, "td3", actor_of("td3"))
    networks = [dict(network) for network in torch.load(path, weights_only=True)]
    torch.save(tuple(networks), path)
    assert read_checkpoint(path).network.actor.widths == [256, 256, 3]

    damage(networks)
    torch.save(tuple(networks), path)

    with pytest.raises(BBConvertError, match=words):
        read_checkpoint(path)


def test_a_discrete_agent_of_cleanrl_is_no_continuous_control_mlp(tmp_path: Path) -> None:
    agent = {f"actor.{i}.{part}": tensor for i, part, tensor in [
        (0, "weight", torch.zeros(64, 4)), (0, "bias", torch.zeros(64)),
        (2, "weight", torch.zeros(2, 64)), (2, "bias", torch.zeros(2)),
    ]}  # fmt: skip
    torch.save(agent, tmp_path / "dqn.cleanrl_model")

    with pytest.raises(BBConvertError, match="An agent with discrete actions cannot be converted"):
        read_checkpoint(tmp_path / "dqn.cleanrl_model")


@pytest.mark.hub
def test_the_real_checkpoints_are_told_apart_by_their_content(shared_hub: Path, tmp_path: Path) -> None:
    for path in sorted((shared_hub / "cleanrl").rglob("*.cleanrl_model")):
        renamed = tmp_path / "renamed.bin"
        renamed.write_bytes(path.read_bytes())
        assert read_checkpoint(renamed).algorithm == path.stem
