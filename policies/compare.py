"""Trains algorithms on the same task from several seeds, and plots them side by side (`just comparison`).

    python policies/compare.py [--plot] [BODY ...]

A body's folder has a recipe for each algorithm: `recipe.yaml` is PPO's unless there is a `ppo.yaml`. The curves are
kept in its `comparison/`, so that `--plot` draws the pictures and writes the table again without training.
"""

import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np

from bbconvert.convert.training.saving import CURVE, Point, read_curve

sys.path.append(str(Path(__file__).parent))
from survival import write_section

HERE = Path(__file__).parent
DOCS = HERE.parent / "docs"
SEEDS = (0, 1, 2)
COLOURS = {"ppo": "#3d7ea6", "grpo": "#e0704d", "sac": "#e0704d"}
WHOLE = 1000
"""Control steps of an episode that lasts to its end."""
SOLVED = 0.95
"""Of them, in the mean of 100 episodes: the body is taken to have learned it."""


@dataclass(frozen=True)
class Comparison:
    """Which algorithms for how many control steps, and what the picture's x axis counts: `steps` or `episodes`."""

    steps: dict[str, int]
    against: str
    picture: str


COMPARISONS = {
    "balance-bot": Comparison({"ppo": 131_072, "grpo": 131_072}, "steps", "grpo-and-ppo.png"),
    "cart-pole": Comparison({"ppo": 200_000, "sac": 40_000}, "episodes", "cart-pole-ppo-and-sac.png"),
    "stand": Comparison({"ppo": 800_000, "sac": 50_000}, "episodes", "stand-ppo-and-sac.png"),
    "balance-ball": Comparison({"ppo": 800_000, "sac": 50_000}, "episodes", "balance-ball-ppo-and-sac.png"),
}
TITLES = {"cart-pole": "cart-pole", "stand": "Stand", "balance-ball": "BalanceBall"}


def main() -> None:
    """Trains unless told only to plot."""
    names = [name for name in sys.argv[1:] if name != "--plot"] or list(COMPARISONS)
    if "--plot" not in sys.argv[1:]:
        runs = [(name, *run) for name in names for run in itertools.product(COMPARISONS[name].steps, SEEDS)]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(lambda run: _train(*run), runs))
    for name in names:
        _plot(name, COMPARISONS[name])
    write_section("ppo-and-sac", _table())


def recipe_of(name: str, algorithm: str) -> Path:
    """The recipe by which a body is trained with an algorithm."""
    own = HERE / name / f"{algorithm}.yaml"
    return own if own.is_file() else HERE / name / "recipe.yaml"


def _train(name: str, algorithm: str, seed: int) -> None:
    kept = _curve_path(name, algorithm, seed)
    kept.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        recipe = str(recipe_of(name, algorithm))
        steps = str(COMPARISONS[name].steps[algorithm])
        command = [sys.executable, "-m", "bbconvert", "train", "--recipe", recipe, "--steps", steps]
        subprocess.run([*command, "--seed", str(seed), "--out", str(out)], check=True, stdout=subprocess.DEVNULL)
        shutil.copyfile(out / CURVE, kept)


def _curve_path(name: str, algorithm: str, seed: int) -> Path:
    return HERE / name / "comparison" / f"{algorithm}-{seed}.csv"


def _curves(name: str, algorithm: str) -> list[list[Point]]:
    return [
        [point for point in read_curve(_curve_path(name, algorithm, seed)) if point.episode_length is not None]
        for seed in SEEDS
    ]


def _plot(name: str, comparison: Comparison) -> None:
    mpl.use("agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    for algorithm in comparison.steps:
        colour = COLOURS[algorithm]
        for seed, curve in enumerate(_curves(name, algorithm)):
            along = [getattr(point, comparison.against) for point in curve]
            label = f"{algorithm.upper()}, {len(SEEDS)} seeds" if seed == 0 else None
            axes.plot(along, [point.episode_length for point in curve], color=colour, alpha=0.8, label=label)
    label = {"steps": "control steps", "episodes": "episodes"}[comparison.against]
    if comparison.against == "episodes":
        axes.set_xscale("log")
    axes.set(xlabel=label, ylabel="control steps that an episode lasts (of 1,000)", ylim=(0, None))
    axes.legend(loc="upper left")
    axes.grid(alpha=0.25)
    figure.savefig(DOCS / comparison.picture, dpi=110)
    plt.close(figure)


def _table() -> str:
    rows = [
        "| body | algorithm | solved by | after episodes | after steps | after minutes | at the end |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, title in TITLES.items():
        for algorithm in COMPARISONS[name].steps:
            curves = _curves(name, algorithm)
            solved = [point for curve in curves if (point := _solved(curve)) is not None]
            last = np.mean([curve[-1].episode_length for curve in curves])
            figures = ["", "", ""]
            if solved:
                figures = [
                    _range([point.episodes for point in solved]),
                    _range([point.steps for point in solved]),
                    _range([point.seconds / 60 for point in solved], 1),
                ]
            end = f"{last:.0f} of {WHOLE:,} steps"
            rows.append(
                f"| {title} | {algorithm.upper()} | {len(solved)} of {len(curves)} | {' | '.join(figures)} | {end} |"
            )
    return "\n".join(rows)


def _solved(curve: list[Point]) -> Point | None:
    """The first point at which it is."""
    return next((point for point in curve if (point.episode_length or 0) >= SOLVED * WHOLE), None)


def _range(values: list[float | int | None], digits: int = 0) -> str:
    known = sorted(value for value in values if value is not None)
    low, high = (f"{value:,.{digits}f}" for value in (known[0], known[-1]))
    return low if low == high else f"{low} to {high}"


if __name__ == "__main__":
    main()
