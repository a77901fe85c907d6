"""Draws a training run's learning curve (`just policies`): `python policies/curve.py CURVE.csv PICTURE.png`."""

import sys
from pathlib import Path

import matplotlib as mpl

from bbconvert.convert.training.saving import read_curve


def main() -> None:
    """Return, episode length and, where a curriculum changes it, the level, against control steps."""
    mpl.use("agg")
    from matplotlib import pyplot as plt

    curve, picture = read_curve(Path(sys.argv[1])), Path(sys.argv[2])
    ended = [point for point in curve if point.episode_return is not None]
    labels = {"episode_return": "return", "episode_length": "control steps", "level": "level"}
    drawn = {
        name: label for name, label in labels.items() if len({getattr(point, name) for point in ended} - {None}) > 1
    }
    figure, rows = plt.subplots(
        len(drawn), squeeze=False, sharex=True, figsize=(7, 1.2 + 1.5 * len(drawn)), layout="constrained"
    )
    for axes, (name, label) in zip(rows[:, 0], drawn.items(), strict=True):
        axes.plot([point.steps / 1e6 for point in ended], [getattr(point, name) for point in ended], color="#3d7ea6")
        axes.set(ylabel=label, ylim=(0, None))
        axes.grid(alpha=0.25)
    rows[0, 0].set_title("means of 100 episodes, exploration included", fontsize="medium")
    rows[-1, 0].set(xlabel="millions of control steps")
    figure.savefig(picture, dpi=110)


if __name__ == "__main__":
    main()
