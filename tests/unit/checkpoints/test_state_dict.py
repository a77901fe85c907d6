"""Plain weights: torch's state_dict and safetensors, with what a person says of them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from bbconvert.convert.checkpoints import read_checkpoint
from bbconvert.convert.checkpoints.checkpoint import Unsaid
from bbconvert.convert.checkpoints.state_dict import UnsaidError
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.torch_network import torch_module

SAID = Unsaid(activation="elu", output="tanh")
Save = Callable[[dict[str, torch.Tensor], Path], object]
SAVERS: dict[str, Save] = {"pth": torch.save, "safetensors": save_file}


def policy(*sizes: int) -> nn.Sequential:
    modules: list[nn.Module] = []
    for inputs, outputs in zip(sizes, sizes[1:], strict=False):  # noqa: RUF007
        modules += [nn.Linear(inputs, outputs), nn.ELU()]
    return nn.Sequential(*modules[:-1])


def prefixed(prefix: str, module: nn.Module) -> dict[str, torch.Tensor]:
    return {f"{prefix}{name}": tensor for name, tensor in module.state_dict().items()}


@pytest.mark.parametrize("kind", SAVERS)
@pytest.mark.parametrize("prefix", ["", "net.", "module.policy.body."])
def test_the_layers_are_found_in_order_whatever_they_are_called(kind: str, prefix: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    module = policy(5, 8, 8, 8, 8, 8, 8, 3)  # numbered to 12: 10 and 12 must come behind 2
    SAVERS[kind](prefixed(prefix, module), tmp_path / "policy")

    checkpoint = read_checkpoint(tmp_path / "policy", unsaid=SAID)

    assert checkpoint.network.squash is not None
    linear = [part for part in module if isinstance(part, nn.Linear)]
    # Not what they compute: where an array lies in memory may change the order of torch's sums.
    for dense, layer in zip(checkpoint.network.actor.layers, linear, strict=True):
        np.testing.assert_array_equal(dense.weight, layer.weight.detach().numpy())
        np.testing.assert_array_equal(dense.bias, layer.bias.detach().numpy())
    assert "→ 8 → 3), elu between them; output: tanh." in checkpoint.notes[0]


@pytest.mark.parametrize(
    ("unsaid", "words"),
    [
        (Unsaid(), r"--activation NAME.*tanh, relu, elu.*softplus.*--output clip .*--output tanh"),
        (Unsaid(activation="relu"), r"does not say .* with --output clip"),
        (Unsaid(output="clip"), r"with --activation NAME"),
    ],
)
def test_what_is_not_said_is_asked_for_with_the_choices(unsaid: Unsaid, words: str, tmp_path: Path) -> None:
    torch.save(policy(5, 8, 3).state_dict(), tmp_path / "policy.pth")

    with pytest.raises(UnsaidError, match=words) as asked:
        read_checkpoint(tmp_path / "policy.pth", unsaid=unsaid)

    assert asked.value.layers == [5, 8, 3]


def test_of_two_networks_one_is_named_by_its_prefix(tmp_path: Path) -> None:
    tensors = {**prefixed("critic.", policy(5, 8, 1)), **prefixed("pi.", policy(5, 8, 3)), "log_std": torch.zeros(3)}
    torch.save(tensors, tmp_path / "agent.pth")

    with pytest.raises(BBConvertError, match=r"single chain: .* It has critic, pi: name the policy's with --prefix"):
        read_checkpoint(tmp_path / "agent.pth", unsaid=SAID)
    with pytest.raises(BBConvertError, match=r"no tensor whose name begins with actor"):
        read_checkpoint(tmp_path / "agent.pth", unsaid=Unsaid("elu", "clip", "actor"))
    assert read_checkpoint(tmp_path / "agent.pth", unsaid=Unsaid("elu", "clip", "pi")).network.actor.widths == [8, 3]


def test_a_person_may_say_that_cleanrls_names_stand_for_another_network(tmp_path: Path) -> None:
    tensors = {**prefixed("actor_mean.", policy(5, 8, 3)), "actor_logstd": torch.zeros(1, 3)}
    torch.save(tensors, tmp_path / "ppo.cleanrl_model")

    assert read_checkpoint(tmp_path / "ppo.cleanrl_model").network.actor.activation == "tanh"
    assert read_checkpoint(tmp_path / "ppo.cleanrl_model", unsaid=SAID).network.actor.activation == "elu"


def test_a_layer_without_a_bias_adds_nothing(tmp_path: Path) -> None:
    module = nn.Sequential(nn.Linear(5, 3, bias=False))
    torch.save(module.state_dict(), tmp_path / "policy.pth")

    actor = read_checkpoint(tmp_path / "policy.pth", unsaid=Unsaid(output="clip")).network.actor

    x = torch.randn(4, 5)
    assert torch.equal(torch_module(actor)(x), module(x))


@pytest.mark.parametrize(
    ("module", "words"),
    [
        (nn.Sequential(nn.Linear(5, 8), nn.LayerNorm(8), nn.Linear(8, 3)), r"not a plain MLP: 1.weight \(8,\)"),
        (nn.Sequential(nn.Linear(5, 8), nn.BatchNorm1d(8), nn.Linear(8, 3)), r"not a plain MLP: 1.weight \(8,\)"),
        (nn.Sequential(nn.Conv2d(4, 8, 3), nn.Linear(8, 3)), "a convolution; the policy sees images"),
        (nn.ModuleDict({"gru": nn.GRU(5, 8), "head": nn.Linear(8, 3)}), r"it is recurrent \(gru.weight_ih_l0\)"),
        (nn.Sequential(nn.Linear(5, 8), nn.Linear(9, 3)), "not a single chain"),
        (nn.ParameterDict({"log_std": nn.Parameter(torch.zeros(3))}), "not a plain MLP"),
    ],
)
def test_what_is_no_mlp_is_refused_in_words(module: nn.Module, words: str, tmp_path: Path) -> None:
    torch.save(module.state_dict(), tmp_path / "policy.pth")

    with pytest.raises(BBConvertError, match=words):
        read_checkpoint(tmp_path / "policy.pth", unsaid=SAID)


def test_a_damaged_safetensors_file_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "policy.safetensors"
    save_file(policy(5, 8, 3).state_dict(), path)
    whole = path.read_bytes()
    assert read_checkpoint(path, unsaid=SAID).network.actor.inputs == 5

    path.write_bytes(whole[:-8])
    with pytest.raises(BBConvertError, match="is not a whole safetensors file"):
        read_checkpoint(path, unsaid=SAID)
    path.write_bytes(whole.replace(b'"F32"', b'"X99"', 1))
    with pytest.raises(BBConvertError, match="is not a whole safetensors file"):
        read_checkpoint(path, unsaid=SAID)


def test_a_state_dict_among_other_things_is_found(tmp_path: Path) -> None:
    module = policy(5, 8, 3)
    torch.save({"model": module.state_dict(), "step": 7}, tmp_path / "last.pt")
    actor = read_checkpoint(tmp_path / "last.pt", unsaid=SAID).network.actor
    np.testing.assert_array_equal(actor.layers[0].weight, module.state_dict()["0.weight"].numpy())

    torch.save({"pi": policy(5, 8, 3).state_dict(), "v": policy(5, 8, 1).state_dict()}, tmp_path / "both.pt")
    with pytest.raises(BBConvertError, match="name the policy's with --prefix"):
        read_checkpoint(tmp_path / "both.pt", unsaid=SAID)
    named = replace(SAID, prefix="pi.")
    assert read_checkpoint(tmp_path / "both.pt", unsaid=named).network.actor.widths == [8, 3]

    torch.save({"step": 7}, tmp_path / "none.pt")
    with pytest.raises(BBConvertError, match="holds a dict, expected a state_dict"):
        read_checkpoint(tmp_path / "none.pt", unsaid=SAID)


def _rsl_rl() -> dict[str, object]:
    """What rsl_rl's runner saves: both networks, the deviations, and the optimiser's state."""
    torch.manual_seed(0)
    actor, critic = policy(5, 8, 3), policy(5, 8, 1)
    networks = {**prefixed("actor.", actor), **prefixed("critic.", critic), "std": torch.ones(3)}
    optimizer = torch.optim.Adam([*actor.parameters(), *critic.parameters()])
    return {
        "model_state_dict": networks,
        "optimizer_state_dict": optimizer.state_dict(),
        "iter": 100,
        "infos": None,
    }


def test_the_actor_of_a_training_checkpoint_of_rsl_rl_is_read(tmp_path: Path) -> None:
    saved = _rsl_rl()
    torch.save(saved, tmp_path / "model_100.pt")

    actor = read_checkpoint(tmp_path / "model_100.pt", unsaid=SAID).network.actor

    assert actor.widths == [8, 3]
    networks = saved["model_state_dict"]
    assert isinstance(networks, dict)
    for place, dense in zip((0, 2), actor.layers, strict=True):
        np.testing.assert_array_equal(dense.weight, networks[f"actor.{place}.weight"].numpy())


def test_a_16_bit_network_is_widened(tmp_path: Path) -> None:
    module = policy(5, 8, 3).bfloat16()
    torch.save(module.state_dict(), tmp_path / "policy.pth")

    actor = read_checkpoint(tmp_path / "policy.pth", unsaid=SAID).network.actor

    assert torch.equal(torch.from_numpy(actor.layers[0].weight), module.state_dict()["0.weight"].float())
