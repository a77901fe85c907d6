"""What trains in the tab: its updates against Stable-Baselines3's and torch's, its files against ours."""

import json
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file
from stable_baselines3 import PPO, SAC
from stable_baselines3.common.logger import configure
from stable_baselines3.common.type_aliases import ReplayBufferSamples

from bbconvert.convert.export.onnx_export import export_onnx
from bbconvert.convert.export.tfjs_export import export_tfjs
from bbconvert.convert.manifest import Action, Normalization
from bbconvert.convert.network import PolicyNetwork, Squash
from bbconvert.convert.torch_network import torch_module
from tests.support.networks import seeded_mlp
from tests.support.vitest import run_parity

OBSERVATIONS, ACTUATORS, ROWS = 5, 2, 64
TAU = 0.1
SETTINGS = {"clip_range": 0.2, "ent_coef": 0.01, "vf_coef": 0.5}
Arrays = dict[str, NDArray[Any]]


class _Space(gymnasium.Env[NDArray[np.float32], NDArray[np.float32]]):
    """Spaces without an environment: the batch is given."""

    observation_space = gymnasium.spaces.Box(-np.inf, np.inf, (OBSERVATIONS,), np.float32)
    action_space = gymnasium.spaces.Box(-1, 1, (ACTUATORS,), np.float32)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:  # noqa: ARG002
        return np.zeros(OBSERVATIONS, np.float32), {}

    def step(self, action: NDArray[np.float32]) -> Any:  # noqa: ARG002
        return np.zeros(OBSERVATIONS, np.float32), 0.0, False, False, {}


def _write_ppo(folder: Path) -> None:
    """A batch, the networks, and what one whole update of Stable-Baselines3 computes on it: losses and gradients."""
    rng = np.random.default_rng(0)
    model = PPO(
        "MlpPolicy",
        _Space(),
        n_steps=ROWS,
        batch_size=ROWS,
        n_epochs=1,
        learning_rate=0.0,
        max_grad_norm=1e9,
        policy_kwargs={"net_arch": [16, 12], "log_std_init": -0.3},
        device="cpu",
        seed=0,
        **SETTINGS,
    )
    model.set_logger(configure(None, []))
    with torch.no_grad():
        for parameter in model.policy.parameters():
            parameter.add_(torch.from_numpy(rng.normal(0, 0.2, tuple(parameter.shape)).astype(np.float32)))
    buffer = model.rollout_buffer
    observations = rng.normal(0, 1, (ROWS, OBSERVATIONS)).astype(np.float32)
    actions = rng.normal(0, 1, (ROWS, ACTUATORS)).astype(np.float32)
    with torch.no_grad():
        values, log_probability, _ = model.policy.evaluate_actions(
            torch.from_numpy(observations), torch.from_numpy(actions)
        )
    old = log_probability.numpy() + rng.normal(0, 0.3, ROWS).astype(np.float32)  # so that some ratios are clipped
    advantages, returns = (rng.normal(0, 2, ROWS).astype(np.float32) for _ in range(2))
    buffer.observations[:, 0], buffer.actions[:, 0] = observations, actions
    buffer.log_probs[:, 0], buffer.values[:, 0] = old, values.numpy()[:, 0]
    buffer.advantages[:, 0], buffer.returns[:, 0] = advantages, returns
    buffer.full, buffer.pos = True, ROWS
    model._current_progress_remaining = 1.0  # what `learn` sets before it trains
    model.train()

    logged = model.logger.name_to_value
    arrays: Arrays = {
        "observation": observations.astype(np.float64),
        "drawn": actions.astype(np.float64),
        "old": old.astype(np.float64),
        "advantage": advantages.astype(np.float64),
        "return": returns.astype(np.float64),
        "log_std": model.policy.log_std.detach().numpy().astype(np.float64),
        "losses": np.array(
            [logged[f"train/{name}"] for name in ("policy_gradient_loss", "value_loss", "entropy_loss", "loss")]
        ),
    }
    extractor = model.policy.mlp_extractor
    networks = {
        "actor": [extractor.policy_net[0], extractor.policy_net[2], model.policy.action_net],
        "critic": [extractor.value_net[0], extractor.value_net[2], model.policy.value_net],
    }
    for name, layers in networks.items():
        parts = [part for layer in layers for part in (layer.weight, layer.bias)]
        arrays[name] = np.concatenate([part.detach().numpy().ravel() for part in parts]).astype(np.float64)
        arrays[f"{name}.gradient"] = np.concatenate([part.grad.numpy().ravel() for part in parts]).astype(np.float64)
    gradient = model.policy.log_std.grad
    assert gradient is not None
    arrays["log_std.gradient"] = gradient.numpy().astype(np.float64)
    save_file(arrays, folder / "ppo.safetensors")
    (folder / "ppo.json").write_text(json.dumps({**SETTINGS, "layers": [16, 12]}))


def _write_sac(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch of transitions, the networks, the normals of its actions, and the gradients of one `train()`."""
    rng = np.random.default_rng(2)
    model = SAC("MlpPolicy", _Space(), learning_rate=0.0, tau=TAU, policy_kwargs={"net_arch": [16, 12]}, device="cpu")
    model.set_logger(configure(None, []))
    with torch.no_grad():
        for parameter in model.policy.parameters():
            parameter.add_(torch.from_numpy(rng.normal(0, 0.2, tuple(parameter.shape)).astype(np.float32)))
        model.log_ent_coef.fill_(-0.7)

    def normal(*shape: int) -> NDArray[np.float32]:
        return rng.normal(0, 1, shape).astype(np.float32)

    batch = {
        "observation": normal(ROWS, OBSERVATIONS),
        "action": np.tanh(normal(ROWS, ACTUATORS)),
        "next": normal(ROWS, OBSERVATIONS),
        "terminated": (rng.uniform(size=(ROWS, 1)) < 0.3).astype(np.float32),
        "reward": normal(ROWS, 1),
    }
    now, following = normal(ROWS, ACTUATORS), normal(ROWS, ACTUATORS)
    drawn = iter([now, following])  # in the order of `train()`

    def rsample(distribution: torch.distributions.Normal, sample_shape: Any = ()) -> torch.Tensor:
        return distribution.loc + distribution.scale * torch.from_numpy(next(drawn))

    monkeypatch.setattr(torch.distributions.Normal, "rsample", rsample)
    samples = ReplayBufferSamples(*(torch.from_numpy(part) for part in batch.values()))
    monkeypatch.setattr(model.replay_buffer, "sample", lambda *_, **__: samples)
    critics = [[*(layer for layer in q if hasattr(layer, "weight"))] for q in model.critic.q_networks]
    targets = [[*(layer for layer in q if hasattr(layer, "weight"))] for q in model.critic_target.q_networks]
    actor = model.actor
    actors = [actor.latent_pi[0], actor.latent_pi[2]]

    def flat(layers: Any, of: str) -> list[NDArray[np.float64]]:
        parts = [part if of == "data" else part.grad for layer in layers for part in (layer.weight, layer.bias)]
        return [part.detach().numpy().astype(np.float64).ravel() for part in parts]

    def whole_actor(of: str) -> NDArray[np.float64]:
        mu_weight, mu_bias = flat([actor.mu], of)
        std_weight, std_bias = flat([actor.log_std], of)
        return np.concatenate([*flat(actors, of), mu_weight, std_weight, mu_bias, std_bias])

    arrays: Arrays = {name: part.astype(np.float64) for name, part in batch.items()}
    arrays |= {"normal.now": now.astype(np.float64), "normal.next": following.astype(np.float64)}
    arrays["log_alpha"] = np.array([-0.7])
    arrays["actor"] = whole_actor("data")
    for k in range(2):
        arrays[f"critic.{k}"] = np.concatenate(flat(critics[k], "data"))
        arrays[f"target.{k}"] = np.concatenate(flat(targets[k], "data"))

    def keep() -> None:  # before the actor's loss adds to the critics' gradients
        for k in range(2):
            arrays[f"critic.{k}.gradient"] = np.concatenate(flat(critics[k], "grad"))

    monkeypatch.setattr(model.critic.optimizer, "step", keep)
    model.train(gradient_steps=1, batch_size=ROWS)
    arrays["actor.gradient"] = whole_actor("grad")
    arrays["log_alpha.gradient"] = model.log_ent_coef.grad.numpy().astype(np.float64)
    for k in range(2):
        arrays[f"target.{k}.after"] = np.concatenate(flat(targets[k], "data"))
    save_file(arrays, folder / "sac.safetensors")
    (folder / "sac.json").write_text(json.dumps({"layers": [16, 12], "gamma": model.gamma, "tau": TAU}))


def _write_gradients(folder: Path) -> None:
    """Of `sum(slope * output)`, in float64, for networks at and around what the kernel takes at once."""
    shapes = [("tanh", (1, 1, 1)), ("tanh", (15, 16, 17, 3)), ("linear", (17, 7)), ("relu", (27, 40, 33, 8))]
    described = []
    for k, (activation, sizes) in enumerate(shapes):
        for rows in (1, 6, 7):
            rng = np.random.default_rng(10 + k)
            mlp = seeded_mlp(10 + k, sizes, activation)  # type: ignore[arg-type]
            module = torch_module(mlp).double()
            x = torch.from_numpy(rng.normal(0, 1, (rows, sizes[0])).astype(np.float32)).double().requires_grad_()
            slope = rng.normal(0, 1, (rows, sizes[-1])).astype(np.float32).astype(np.float64)
            output = module(x)
            (output * torch.from_numpy(slope)).sum().backward()
            assert x.grad is not None
            parameters = list(module.parameters())
            arrays = {
                "x": x.detach().numpy(),
                "slope": slope,
                "output": output.detach().numpy().ravel(),
                "parameters": np.concatenate([part.detach().numpy().ravel() for part in parameters]),
                "gradient": np.concatenate([np.asarray(part.grad).ravel() for part in parameters]),
                "input.gradient": x.grad.numpy().ravel(),
            }
            name = f"gradient-{k}-{rows}"
            save_file(arrays, folder / f"{name}.safetensors")
            described.append({"name": name, "activation": activation, "sizes": sizes, "rows": rows})
    (folder / "gradients.json").write_text(json.dumps(described))


def _write_networks(folder: Path) -> None:
    """Policies as `convert` writes them, for the page to write again."""
    rng = np.random.default_rng(1)
    kinds = [("linear", (7, 2), False, False), ("tanh", (7, 16, 8, 2), False, True), ("relu", (7, 8, 2), True, False)]
    for activation, sizes, squashed, extras in kinds:
        n, m = sizes[0], sizes[-1]
        actor = seeded_mlp(3, sizes, activation)  # type: ignore[arg-type]
        critic = seeded_mlp(4, (*sizes[:-1], 1), activation) if extras else None  # type: ignore[arg-type]
        log_std = rng.normal(-1, 0.3, m).astype(np.float32) if extras else None
        scale, bias = np.array([0.5, 2], np.float32), np.array([0, 0.1], np.float32)
        squash = Squash(scale, bias) if squashed else None
        action = Action(
            size=m,
            low=[-1.0, -2.5],
            high=[1.0, 3.0],
            transform="tanh" if squashed else "clip",
            scale=scale.tolist() if squashed else None,
            bias=bias.tolist() if squashed else None,
            names=["hip", "knee"],
        )
        normalization = Normalization(
            mode="frozen", mean=rng.normal(0, 1, n).tolist(), var=rng.uniform(0.1, 2, n).tolist(), clip=10.0
        )
        zeroed = [(1, 3)] if extras else []
        network = PolicyNetwork(actor, squash, log_std, critic)
        metadata = {"bbconvert:env": "Hopper-v5", "bbconvert:normalization": "frozen"}
        into = folder / activation
        into.mkdir()
        model = export_onnx(network, normalization, action, metadata, zeroed)
        (into / "policy.onnx").write_bytes(model.SerializeToString())
        export_tfjs(network, into / "tfjs")
        described = {
            "normalization": normalization.model_dump(),
            "action": action.model_dump(),
            "observation": {"size": n, "terms": [], "zeroed": zeroed},
        }
        (into / "described.json").write_text(json.dumps({"manifest": described, "metadata": metadata, "sizes": sizes}))
        arrays = {"actor": actor, **({"critic": critic} if critic is not None else {})}
        numbers = {
            name: np.concatenate([part.ravel() for layer in mlp.layers for part in (layer.weight, layer.bias)])
            for name, mlp in arrays.items()
        }
        if log_std is not None:
            numbers["log_std"] = log_std
        save_file({name: array.astype(np.float64) for name, array in numbers.items()}, into / "numbers.safetensors")


@pytest.mark.timeout(300)
def test_training_in_the_tab_has_the_updates_of_sb3_and_the_files_of_our_exporter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write_ppo(tmp_path)
    _write_sac(tmp_path, monkeypatch)
    _write_gradients(tmp_path)
    _write_networks(tmp_path)

    assert run_parity("training", tmp_path) == 3 + 2 * 3
