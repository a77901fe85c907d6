"""Trains PPO and GRPO on the same task from the same seeds, and plots both (`just grpo-comparison`).

    python policies/balance-bot/compare.py [--plot]

The curves are kept in comparison/, so that `--plot` draws the picture again without training.
"""

import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import matplotlib as mpl
import numpy as np

from bbconvert.convert.training.saving import CURVE, Point, read_curve

HERE = Path(__file__).parent
CURVES = HERE / "comparison"
PICTURE = HERE.parents[1] / "docs" / "grpo-and-ppo.png"
SEEDS = (0, 1, 2)
COLOURS = {"ppo": "#3d7ea6", "grpo": "#e0704d"}


def main() -> None:
    """Trains unless told only to plot."""
    if "--plot" not in sys.argv[1:]:
        CURVES.mkdir(exist_ok=True)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(_train, *zip(*itertools.product(COLOURS, SEEDS), strict=True)))
    _plot()


def _train(algo: str, seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        recipe = str(HERE / f"{algo}.yaml")
        command = [
            sys.executable,
            "-m",
            "bbconvert",
            "train",
            "--recipe",
            recipe,
            "--seed",
            str(seed),
            "--out",
            str(out),
        ]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        shutil.copyfile(out / CURVE, CURVES / f"{algo}-{seed}.csv")


def _plot() -> None:
    mpl.use("agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    for algo, colour in COLOURS.items():
        curves = [read_curve(CURVES / f"{algo}-{seed}.csv") for seed in SEEDS]
        steps = np.linspace(0, min(curve[-1].steps for curve in curves), 200)
        lengths = np.array([_at(steps, curve) for curve in curves])
        axes.plot(steps, lengths.T, color=colour, alpha=0.35, linewidth=1)
        axes.plot(steps, lengths.mean(axis=0), color=colour, linewidth=2.5, label=f"{algo.upper()}, mean of 3 seeds")
    axes.set(xlabel="control steps", ylabel="control steps that an episode lasts (of 1,000)", ylim=(0, None))
    axes.legend(loc="upper left")
    axes.grid(alpha=0.25)
    figure.savefig(PICTURE, dpi=110)


def _at(steps: np.ndarray, curve: list[Point]) -> np.ndarray:
    """The mean episode length at `steps`, interpolated."""
    known = [(point.steps, point.episode_length) for point in curve if point.episode_length is not None]
    return np.interp(steps, *zip(*known, strict=True))


if __name__ == "__main__":
    main()
