"""The network that sees: its rotations, its loss, and `pose.onnx` against torch."""

from collections.abc import Callable
from typing import Any

import mujoco
import numpy as np
import pytest
import torch

from bbconvert.convert.export.pose_graph import pose_fault
from bbconvert.convert.rollout.estimator import AttitudeEstimator, degrees_between, noise_pictures, orthonormal
from bbconvert.convert.sight.network import PoseNetwork, angles, export_pose, rotations
from bbconvert.convert.sight.pictures import random_attitudes
from bbconvert.convert.sight.training import as_numbers, errors_of, matrices, quarter_turns, train_network


def test_matrices_are_those_of_mujoco() -> None:
    attitudes = random_attitudes(np.random.default_rng(0), 50)
    for attitude, matrix in zip(attitudes, matrices(attitudes).numpy(), strict=True):
        expected = np.empty(9)
        mujoco.mju_quat2Mat(expected, attitude)
        np.testing.assert_allclose(matrix.ravel(), expected, atol=1e-6)


def test_rotations_are_the_same_in_torch_and_in_numpy() -> None:
    numbers = np.random.default_rng(1).standard_normal((30, 6))
    found = rotations(torch.from_numpy(numbers)).numpy()
    for row, matrix in zip(numbers, found, strict=True):
        np.testing.assert_allclose(matrix, orthonormal(row), atol=1e-12)
        np.testing.assert_allclose(matrix @ matrix.T, np.eye(3), atol=1e-12)
        assert np.linalg.det(matrix) == pytest.approx(1)


def test_angles_are_those_turned_by() -> None:
    attitudes = random_attitudes(np.random.default_rng(2), 100)
    for degrees in (0.5, 30.0, 170.0):
        half = np.radians(degrees) / 2
        turn = matrices(np.tile([np.cos(half), 0.0, np.sin(half), 0.0], (100, 1)))
        one = matrices(attitudes)
        found = np.degrees(angles(one, one @ turn).numpy())
        np.testing.assert_allclose(found, degrees, rtol=2e-3)
        for first, second in zip(one.numpy()[:5], (one @ turn).numpy()[:5], strict=True):
            assert degrees_between(first, second) == pytest.approx(degrees, rel=2e-3)


def test_the_loss_has_a_gradient_where_both_agree() -> None:
    numbers = torch.tensor([[1.0, 0, 0, 0, 1, 0]], requires_grad=True)
    angles(rotations(numbers), torch.eye(3)[None]).mean().backward()  # type: ignore[no-untyped-call]
    assert numbers.grad is not None
    assert torch.isfinite(numbers.grad).all()


def test_pose_onnx_is_the_network_in_torch() -> None:
    torch.manual_seed(3)
    network = PoseNetwork(32)
    network.train()
    network(torch.rand(64, 3, 32, 32))  # statistics other than 0 and 1
    model = export_pose(network)
    assert pose_fault(model, 32) is None
    assert pose_fault(model, 64) is not None
    runtime = AttitudeEstimator(model.SerializeToString())
    pictures = noise_pictures(32, 32, 5)
    with torch.no_grad():
        expected = network.eval()(as_numbers(pictures)).numpy()
    found = np.array([runtime.numbers(picture) for picture in pictures])
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert np.ptp(found) > 0.01


def drawn(matrices: np.ndarray, size: int = 32) -> np.ndarray:
    """Pictures [n, size, size, 3] of attitudes [n, 3, 3], seen from +z: an axis of the body is a spot of a colour."""
    at = (np.arange(size) + 0.5) / size * 3 - 1.5
    x, y = at[None, None, :], -at[None, :, None]
    planes = []
    for axis in range(3):
        across, upwards, near = (matrices[:, row, axis, None, None] for row in range(3))
        spot = np.exp(-((x - across) ** 2 + (y - upwards) ** 2) / 0.1)
        planes.append(spot * (0.6 + 0.4 * near))
    return np.round(255 * np.stack(planes, axis=3)).astype(np.uint8)


def test_a_picture_turned_by_a_quarter_is_one_of_the_body_turned_by_a_quarter() -> None:
    attitudes = matrices(random_attitudes(np.random.default_rng(5), 6))
    pictures = as_numbers(drawn(attitudes.numpy()))
    for turned, quarter in enumerate(quarter_turns(np.array([0.0, 0, 2]))):
        expected = as_numbers(drawn((quarter @ attitudes).numpy()))
        assert torch.max(torch.abs(torch.rot90(pictures, turned, (2, 3)) - expected)) < 0.01


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda graph: graph.node[5].attribute[0].ints.__setitem__(0, 10**6), "nodes"),
        (lambda graph: graph.node.add(op_type="Identity", input=["rotation"], output=["more"]), "nodes"),
        (lambda graph: graph.initializer[0].dims.__setitem__(slice(None), []), "constants"),
        (lambda graph: graph.input[0].type.tensor_type.shape.dim.pop(), "inputs"),
    ],
)
def test_another_graph_is_told(change: Callable[[Any], object], words: str) -> None:
    model = export_pose(PoseNetwork(32))
    before = model.SerializeToString()
    change(model.graph)
    if model.SerializeToString() == before:
        model.graph.initializer[0].dims.extend([1, 1])
    fault = pose_fault(model, 32)
    assert fault is not None
    assert words in fault


def test_training_learns_to_tell_attitudes() -> None:
    rng = np.random.default_rng(4)

    def pictures(n: int) -> tuple[np.ndarray, np.ndarray]:
        attitudes = random_attitudes(rng, n)
        return drawn(matrices(attitudes).numpy()), attitudes

    held_out = pictures(128)
    before = errors_of(PoseNetwork(32), *held_out)
    told: list[int] = []

    def report(epoch: int, *_: object) -> None:
        told.append(epoch)

    network = train_network(*pictures(1536), held_out, np.array([0.0, 0, 1]), epochs=4, seed=0, report=report)
    after = errors_of(network, *held_out)
    assert told == [1, 2, 3, 4]
    assert before.median > 60
    assert after.median < before.median / 3
