"""The checkpoint's network as torch's own modules: the oracle that `policy.onnx` is held to."""

import torch

from bbconvert.convert.activation import Activation
from bbconvert.convert.network import MLP, PolicyNetwork, Recurrent

_ACTIVATIONS: dict[str, type[torch.nn.Module]] = {
    "tanh": torch.nn.Tanh,
    "relu": torch.nn.ReLU,
    "elu": torch.nn.ELU,
    "leaky_relu": torch.nn.LeakyReLU,
    "sigmoid": torch.nn.Sigmoid,
    "selu": torch.nn.SELU,
    "silu": torch.nn.SiLU,
    "gelu": torch.nn.GELU,
    "softplus": torch.nn.Softplus,
    "linear": torch.nn.Identity,
}


def activation_module(activation: Activation) -> torch.nn.Module:
    """The activation as torch has it, with torch's defaults."""
    return _ACTIVATIONS[activation]()


def torch_module(mlp: MLP) -> torch.nn.Sequential:
    """`Linear` layers and activations as training built them, float32, the weights loaded."""
    modules: list[torch.nn.Module] = []
    for i, layer in enumerate(mlp.layers):
        outputs, inputs = layer.weight.shape
        linear = torch.nn.Linear(inputs, outputs)
        with torch.no_grad():
            linear.weight.copy_(torch.tensor(layer.weight))
            linear.bias.copy_(torch.tensor(layer.bias))
        modules.append(linear)
        if i < len(mlp.layers) - 1:
            modules.append(activation_module(mlp.activation))
    return torch.nn.Sequential(*modules)


class PolicyModule(torch.nn.Module):
    """The pre-transform actions [k, m] for normalised observations [k, n].

    Of a recurrent network they are the steps of one episode, from its beginning on.
    """

    def __init__(self, network: PolicyNetwork) -> None:
        super().__init__()
        self.actor = torch_module(network.actor)
        self.recurrent = None if network.recurrent is None else recurrent_module(network.recurrent)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """See the class."""
        if self.recurrent is not None:
            x, _ = self.recurrent(x)
        actions: torch.Tensor = self.actor(x)
        return actions


def recurrent_module(recurrent: Recurrent) -> torch.nn.LSTM | torch.nn.GRU:
    """Torch's own module, float32, the weights loaded."""
    kind = torch.nn.LSTM if recurrent.kind == "lstm" else torch.nn.GRU
    module = kind(recurrent.inputs, recurrent.hidden, len(recurrent.layers))
    names = ("weight_ih_l", "bias_ih_l", "weight_hh_l", "bias_hh_l")
    for k, layer in enumerate(recurrent.layers):
        for name, part in zip(names, layer.parts.values(), strict=True):
            with torch.no_grad():
                getattr(module, f"{name}{k}").copy_(torch.tensor(part))
    return module
