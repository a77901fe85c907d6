"""The activations between the layers of a policy, by the names that bundles use."""

from typing import Literal

Activation = Literal["tanh", "relu", "elu", "leaky_relu", "sigmoid", "selu", "silu", "gelu", "softplus", "linear"]
