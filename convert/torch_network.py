"""The checkpoint's network as torch's own modules: the oracle that `policy.onnx` is held to."""

import torch

from bbconvert.convert.activation import Activation
from bbconvert.convert.network import MLP

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
