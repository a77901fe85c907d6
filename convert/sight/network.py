"""The network that tells a body's attitude from one picture, in torch, and as `pose.onnx`."""

import itertools
from typing import cast

import numpy as np
import onnx
import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from bbconvert.convert.export.pose_graph import CHANNELS, HIDDEN, KERNELS, REDUCTION, pose_model


class PoseNetwork(nn.Module):
    """Convolutions, then two dense layers: `picture` [n, 3, size, size] in 0 … 1 to six numbers [n, 6].

    The six numbers are the first two columns of a rotation matrix before they are made orthonormal, which is continuous
    over all rotations where angles and quaternions are not (Zhou et al., 2019, "On the Continuity of Rotation
    Representations in Neural Networks").

    Args:
        size: pixels of a side, a multiple of 16.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size
        widths = (3, *CHANNELS)
        blocks = []
        for (inner, outer), kernel in zip(itertools.pairwise(widths), KERNELS, strict=True):
            convolution = nn.Conv2d(inner, outer, kernel, stride=2, padding=kernel // 2, bias=False)
            blocks.append(nn.Sequential(convolution, nn.BatchNorm2d(outer), nn.ReLU()))
        self.blocks = nn.Sequential(*blocks)
        self.hidden = nn.Linear(CHANNELS[-1] * (size // REDUCTION) ** 2, HIDDEN)
        self.last = nn.Linear(HIDDEN, 6)

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        """See the class."""
        features = torch.flatten(self.blocks(picture - 0.5), 1)
        result: torch.Tensor = self.last(torch.relu(self.hidden(features)))
        return result


def rotations(numbers: torch.Tensor) -> torch.Tensor:
    """Rotation matrices [n, 3, 3] of six numbers each, [n, 6], by Gram and Schmidt's method."""
    first = nn.functional.normalize(numbers[:, :3], dim=1)
    second = numbers[:, 3:] - (first * numbers[:, 3:]).sum(1, keepdim=True) * first
    second = nn.functional.normalize(second, dim=1)
    return torch.stack([first, second, torch.cross(first, second, dim=1)], dim=2)


def angles(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """The angle between rotations, [n] radians: the geodesic distance, from the chord, whose gradient stays finite."""
    chord = torch.sqrt(((one - other) ** 2).sum((1, 2)) + 1e-12) / (2 * 2**0.5)
    return 2 * torch.asin(chord.clamp(max=1 - 1e-6))


def export_pose(network: PoseNetwork) -> onnx.ModelProto:
    """`pose.onnx`; the batch statistics are folded into the convolutions."""
    network = network.eval()
    layers: dict[str, nn.Module] = {"hidden": network.hidden, "last": network.last}
    for i, block in enumerate(network.blocks):
        convolution, batch_norm, _ = cast("nn.Sequential", block)
        layers[f"conv{i}"] = fuse_conv_bn_eval(cast("nn.Conv2d", convolution), cast("nn.BatchNorm2d", batch_norm))
    weights = {
        f"{name}.{part}": tensor.detach().contiguous().numpy().astype(np.float32)
        for name, layer in layers.items()
        for part, tensor in layer.named_parameters()
    }
    return pose_model(weights, network.size)


def parameters(network: PoseNetwork) -> int:
    """How many numbers the network has learned."""
    return sum(weight.numel() for weight in network.parameters())
