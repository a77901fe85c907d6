"""Pictures of a body in random attitudes, drawn by the page itself: a network is trained on what it will see."""

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from bbconvert.convert.browser import open_page, served
from bbconvert.convert.bundle.bundle import Bundle
from bbconvert.convert.bundle.library import make_library
from bbconvert.convert.manifest import Lens
from bbconvert.convert.sight.lens import Seen

BATCH = 250
STUDIO = 0.3
"""The share of pictures in the studio's own light."""

Pixels = NDArray[np.uint8]


def random_attitudes(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    """Unit quaternions `wxyz` [n, 4], each attitude as likely as any other."""
    drawn = rng.standard_normal((n, 4))
    attitudes: NDArray[np.float64] = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    return attitudes


@contextmanager
def darkroom(bundle: Bundle, seen: Seen, lens: Lens) -> Iterator[Callable[[NDArray[np.float64], list[object]], Pixels]]:
    """A page that draws: a function of attitudes [n, 4] and lights [n] gives pictures [n, height, width, 3], sRGB."""

    def draw(attitudes: NDArray[np.float64], lights: list[object]) -> Pixels:
        poses = seen.poses(attitudes).reshape(len(attitudes), -1)
        shots = [{"poses": row.tolist(), "light": light} for row, light in zip(poses, lights, strict=True)]
        text = page.evaluate("([lens, shots]) => window.bbconvert.look(lens, shots)", [lens.model_dump(), shots])
        return np.frombuffer(base64.b64decode(text), np.uint8).reshape(-1, lens.height, lens.width, 3)

    with (
        served(make_library([bundle])) as address,
        open_page(f"{address}?paused=1", drawing=True, width=400, height=300) as page,
    ):
        yield draw


def random_lights(rng: np.random.Generator, n: int) -> list[object]:
    """For so many pictures: None, the studio's own, or other lights before another background."""
    return [None if rng.uniform() < STUDIO else _light(rng) for _ in range(n)]


def _light(rng: np.random.Generator) -> dict[str, object]:
    around, up = rng.uniform(-np.pi, np.pi), rng.uniform(0.25, 1.0)
    level = np.sqrt(1 - up**2)
    grey = rng.uniform(0.03, 0.95)
    return {
        "sun": [level * np.cos(around), level * np.sin(around), up],
        "key": rng.uniform(1.4, 3.4),
        "rim": rng.uniform(0.2, 1.6),
        "ambient": rng.uniform(0.7, 2.0),
        "zenith": _colour(rng, grey * rng.uniform(0.5, 1.0)),
        "horizon": _colour(rng, grey),
    }


def _colour(rng: np.random.Generator, grey: float) -> str:
    red, green, blue = np.clip(255 * (grey + rng.uniform(-0.12, 0.12, 3)), 0, 255).astype(int)
    return f"#{red:02x}{green:02x}{blue:02x}"


def take_pictures(
    draw: Callable[[NDArray[np.float64], list[object]], Pixels],
    n: int,
    rng: np.random.Generator,
    report: Callable[[int], None],
) -> tuple[Pixels, NDArray[np.float64]]:
    """`n` pictures [n, height, width, 3] of random attitudes, and these [n, 4]; `report` is told how many there are."""
    pictures, attitudes = [], []
    for start in range(0, n, BATCH):
        turned = random_attitudes(rng, min(BATCH, n - start))
        pictures.append(draw(turned, random_lights(rng, len(turned))))
        attitudes.append(turned)
        report(start + len(turned))
    return np.concatenate(pictures), np.concatenate(attitudes)
