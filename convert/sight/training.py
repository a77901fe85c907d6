"""Trains the network that tells an attitude from a picture."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from bbconvert.convert.sight.network import PoseNetwork, angles, rotations
from bbconvert.convert.sight.pictures import Pixels

BATCH = 128
LEARNING_RATE = 2e-3
WEIGHT_DECAY = 1e-4
NOISE = 4 / 255
"""At most, the standard deviation of what is added to a pixel's colours: graphics cards smooth edges differently."""
GAIN = 0.1
"""By how much, at most, a whole picture is brighter or darker."""


@dataclass(frozen=True)
class Errors:
    """Angles between true and estimated attitudes of held-out pictures, degrees."""

    median: float
    percentile_95: float


def train_network(
    pictures: Pixels,
    attitudes: NDArray[np.float64],
    held_out: tuple[Pixels, NDArray[np.float64]],
    axis: NDArray[np.float64],
    *,
    epochs: int,
    seed: int,
    report: Callable[[int, float, Errors], None],
) -> PoseNetwork:
    """A network that was shown all pictures `epochs` times.

    Args:
        pictures: [n, size, size, 3] uint8, sRGB.
        attitudes: unit quaternions `wxyz` [n, 4].
        held_out: others, which nothing is chosen by.
        axis: from the body to the camera, world: a picture that is turned by a quarter shows a body that is turned by a
            quarter about it.
        epochs: how often each picture is shown.
        seed: of the weights, the order and the noise.
        report: told after each epoch its number from 1 on, the mean training error (degrees), and the held-out ones.
    """
    torch.manual_seed(seed)
    network = PoseNetwork(pictures.shape[1])
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # it is not declared
    truth = matrices(attitudes)
    quarters = quarter_turns(axis)
    optimizer = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    batches = len(pictures) // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=epochs * batches)
    for epoch in range(1, epochs + 1):
        network.train()
        order = torch.randperm(len(pictures))
        total = 0.0
        for batch in range(batches):
            chosen = order[batch * BATCH : (batch + 1) * BATCH]
            turned = int(torch.randint(4, ()))
            seen = torch.rot90(disturbed(as_numbers(pictures[chosen.numpy()])), turned, (2, 3))
            loss = angles(rotations(network(seen)), quarters[turned] @ truth[chosen]).mean()
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
            total += loss.item()
        report(epoch, float(np.degrees(total / batches)), errors_of(network, *held_out))
    return network.eval()


def quarter_turns(axis: NDArray[np.float64]) -> torch.Tensor:
    """The rotations [4, 3, 3] by no, one, two and three quarters about an axis, counter-clockwise seen from its tip."""
    half = np.arange(4) * np.pi / 4
    unit = axis / np.linalg.norm(axis)
    return matrices(np.column_stack([np.cos(half), np.sin(half)[:, None] * unit]))


def errors_of(network: PoseNetwork, pictures: Pixels, attitudes: NDArray[np.float64]) -> Errors:
    """How far the network is off on these."""
    network.eval()
    truth, found = matrices(attitudes), []
    with torch.no_grad():
        for start in range(0, len(pictures), BATCH):
            seen = as_numbers(pictures[start : start + BATCH])
            found.append(angles(rotations(network(seen)), truth[start : start + BATCH]))
    degrees = np.degrees(torch.cat(found).numpy())
    return Errors(float(np.median(degrees)), float(np.percentile(degrees, 95)))


def as_numbers(pictures: Pixels) -> torch.Tensor:
    """[n, 3, size, size] float32 in 0 … 1."""
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255


def disturbed(pictures: torch.Tensor) -> torch.Tensor:
    """Each brighter or darker, and noisy, by a different amount."""
    n = len(pictures)
    gain = 1 + GAIN * (2 * torch.rand(n, 1, 1, 1) - 1)
    noise = NOISE * torch.rand(n, 1, 1, 1) * torch.randn_like(pictures)
    return (gain * pictures + noise).clamp(0, 1)


def matrices(attitudes: NDArray[np.float64]) -> torch.Tensor:
    """Rotation matrices [n, 3, 3] float32 of unit quaternions `wxyz` [n, 4]."""
    w, x, y, z = torch.from_numpy(attitudes).float().unbind(1)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return torch.stack([torch.stack(row, 1) for row in rows], 1)
