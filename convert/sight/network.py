"""The network that tells a body's attitude from one picture, in torch, and as `pose.onnx`."""

import itertools
from typing import cast

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from bbconvert.convert.export.onnx_export import IR_VERSION, OPSET
from bbconvert.convert.export.onnx_graph import GraphBuilder

CHANNELS = (24, 48, 64, 96)
"""Of the convolutions, each with half the pixels of the one before."""
HIDDEN = 64


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
        for i, (inner, outer) in enumerate(itertools.pairwise(widths)):
            kernel = 5 if i == 0 else 3
            convolution = nn.Conv2d(inner, outer, kernel, stride=2, padding=kernel // 2, bias=False)
            blocks.append(nn.Sequential(convolution, nn.BatchNorm2d(outer), nn.ReLU()))
        self.blocks = nn.Sequential(*blocks)
        self.hidden = nn.Linear(CHANNELS[-1] * (size // 2 ** len(CHANNELS)) ** 2, HIDDEN)
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
    """`pose.onnx`: `picture` [size, size, 3] uint8 (sRGB) to `rotation` [6] float32. Batch statistics are folded in."""
    network = network.eval()
    size = network.size
    graph = GraphBuilder()
    at = graph.cast("picture", TensorProto.FLOAT, "numbers")
    at = graph.node("Mul", [at, graph.constant("scale", np.array(1 / 255, np.float32))], "shares")
    at = graph.node("Sub", [at, graph.constant("middle", np.array(0.5, np.float32))], "centred")
    at = graph.node("Transpose", [at], "planes", perm=[2, 0, 1])
    at = graph.node("Reshape", [at, graph.constant("one_picture", np.array([1, 3, size, size]))], "batch")
    for i, block in enumerate(network.blocks):
        convolution, batch_norm, _ = cast("nn.Sequential", block)
        fused = fuse_conv_bn_eval(cast("nn.Conv2d", convolution), cast("nn.BatchNorm2d", batch_norm))
        weights = _weights(graph, f"conv{i}", fused)
        at = graph.node("Conv", [at, *weights], f"conv{i}", strides=[2, 2], pads=[fused.padding[0]] * 4)
        at = graph.node("Relu", [at], f"conv{i}_relu")
    at = graph.node("Flatten", [at], "features")
    at = graph.node("Gemm", [at, *_weights(graph, "hidden", network.hidden)], "hidden", transB=1)
    at = graph.node("Relu", [at], "hidden_relu")
    at = graph.node("Gemm", [at, *_weights(graph, "last", network.last)], "last", transB=1)
    graph.node("Reshape", [at, graph.constant("six", np.array([6]))], "rotation")
    picture = helper.make_tensor_value_info("picture", TensorProto.UINT8, [size, size, 3])
    rotation = helper.make_tensor_value_info("rotation", TensorProto.FLOAT, [6])
    model = helper.make_model(
        helper.make_graph(graph.nodes, "pose", [picture], [rotation], graph.initializers),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="bbconvert",
    )
    onnx.checker.check_model(model, full_check=True)
    return model


def _weights(graph: GraphBuilder, name: str, layer: nn.Conv2d | nn.Linear) -> list[str]:
    return [
        graph.constant(f"{name}.{part}", tensor.detach().numpy().astype(np.float32))
        for part, tensor in layer.named_parameters()
    ]


def parameters(network: PoseNetwork) -> int:
    """How many numbers the network has learned."""
    return sum(weight.numel() for weight in network.parameters())
