"""Draws a training run's learning curve (`just policies`): `python policies/curve.py CURVE.csv PICTURE.png`."""

import sys
from pathlib import Path

import matplotlib as mpl

from convert.training.saving import read_curve


def main() -> None:
    """Return above, episode length below, against control steps."""
    mpl.use("agg")
    from matplotlib import pyplot as plt

    curve, picture = read_curve(Path(sys.argv[1])), Path(sys.argv[2])
    ended = [point for point in curve if point.episode_return is not None]
    figure, rows = plt.subplots(2, sharex=True, figsize=(7, 4.5), layout="constrained")
    for axes, name, label in zip(rows, ("episode_return", "episode_length"), ("return", "control steps"), strict=True):
        axes.plot([point.steps for point in ended], [getattr(point, name) for point in ended], color="#3d7ea6")
        axes.set(ylabel=f"{label}, mean of 100 episodes", ylim=(0, None))
        axes.grid(alpha=0.25)
    rows[-1].set(xlabel="control steps of training, exploration included")
    figure.savefig(picture, dpi=110)


if __name__ == "__main__":
    main()
