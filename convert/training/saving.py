"""A run's folder: checkpoints that are whole or absent, and the result."""

import csv
import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.training.average import Average
from bbconvert.convert.training.environments import statistics_of

if TYPE_CHECKING:
    from stable_baselines3.common.base_class import BaseAlgorithm

RECIPE = "recipe.yaml"
CURVE = "curve.csv"
MODEL = "model.zip"
AVERAGED = "averaged.zip"
VEC_NORMALIZE = "vec_normalize.pkl"
REPLAY_BUFFER = "replay_buffer.pkl"
STAGES = "stages"
"""A folder for each of a few moments of the training, by its steps: the policy as it was then."""


@dataclass(frozen=True)
class Point:
    """A point of the learning curve.

    Args:
        steps: control steps so far.
        seconds: of training so far, those of earlier runs included.
        episode_return, episode_length: means of the last 100 episodes, with exploration; None before the first ended.
        level: mean of the last curriculum levels, where a wrapper has one.
        episodes: that ended so far; None in curves of before they were counted.
    """

    steps: int
    seconds: float
    episode_return: float | None = None
    episode_length: float | None = None
    level: float | None = None
    episodes: int | None = None


def save_checkpoint(model: "BaseAlgorithm", average: Average | None, curve: Sequence[Point], out: Path) -> Path:
    """Writes `checkpoint-STEPS` into `out`: all of it, under another name first; then the older ones go."""
    folder = out / f"checkpoint-{model.num_timesteps}"
    work = Path(tempfile.mkdtemp(prefix=".checkpoint-", dir=out))
    try:
        model.save(work / MODEL)
        if average is not None:
            with average.in_place(model):
                model.save(work / AVERAGED)
        if (statistics := statistics_of(model.get_env())) is not None:
            statistics.save(str(work / VEC_NORMALIZE))
        if getattr(model, "replay_buffer", None) is not None:
            model.save_replay_buffer(work / REPLAY_BUFFER)
        write_curve(work / CURVE, curve)
        if folder.exists():
            shutil.rmtree(folder)
        work.rename(folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    for older in checkpoints(out)[:-1]:
        shutil.rmtree(older)
    return folder


def save_stage(model: "BaseAlgorithm", average: Average | None, out: Path) -> None:
    """Keeps the policy and its statistics as they are in `out/stages/STEPS`, whole or not at all."""
    folder = out / STAGES / str(model.num_timesteps)
    if folder.exists():
        return
    folder.parent.mkdir(exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".stage-", dir=out))
    try:
        if average is None:
            model.save(work / MODEL)
        else:
            with average.in_place(model):
                model.save(work / MODEL)
        if (statistics := statistics_of(model.get_env())) is not None:
            statistics.save(str(work / VEC_NORMALIZE))
        work.rename(folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def checkpoints(out: Path) -> list[Path]:
    """The whole checkpoints in `out`, the newest last."""
    return sorted(
        (path for path in out.glob("checkpoint-*") if re.fullmatch(r"checkpoint-\d+", path.name)), key=steps_of
    )


def steps_of(checkpoint: Path) -> int:
    """The control steps behind a checkpoint."""
    return int(checkpoint.name.removeprefix("checkpoint-"))


def write_result(checkpoint: Path, out: Path, name: str) -> Path:
    """Puts the checkpoint's policy, statistics and curve into `out` under their final names; returns the policy's.

    The statistics come first, so that the policy never stands beside another's.
    """
    policy = AVERAGED if (checkpoint / AVERAGED).is_file() else MODEL
    for source, target in ((VEC_NORMALIZE, VEC_NORMALIZE), (CURVE, CURVE), (policy, f"{name}.zip")):
        if (checkpoint / source).is_file():
            part = out / f".{target}.part"
            shutil.copyfile(checkpoint / source, part)
            os.replace(part, out / target)  # noqa: PTH105  # replaces on every platform
    return out / f"{name}.zip"


def write_curve(path: Path, curve: Sequence[Point]) -> None:
    """The learning curve as CSV; what is None is empty."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Point)])
        writer.writeheader()
        writer.writerows(asdict(point) for point in curve)


def read_curve(path: Path) -> list[Point]:
    """The curve that `write_curve` wrote."""
    with path.open(newline="", encoding="utf-8") as file:
        return [
            Point(
                steps=int(row["steps"]),
                seconds=float(row["seconds"]),
                episode_return=_number(row["episode_return"]),
                episode_length=_number(row["episode_length"]),
                level=_number(row["level"]),
                episodes=int(row["episodes"]) if row.get("episodes") else None,
            )
            for row in csv.DictReader(file)
        ]


def claim_folder(out: Path, *, resume: bool) -> Path | None:
    """Makes `out` ready for a run; returns the checkpoint to go on from, if any.

    Raises:
        BBConvertError: a run is there and it was not said to go on, or none is and it was.
    """
    found = checkpoints(out)
    if resume:
        if not found and not (out / RECIPE).is_file():
            raise BBConvertError(f"There is no run in {out} to go on with. Leave out --resume to start one.")
        return found[-1] if found else None
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        advice = "Go on with it: --resume." if found or (out / RECIPE).is_file() else "It holds something else."
        raise BBConvertError(f"{out} exists. {advice} Or choose another folder with --out.")
    out.mkdir(parents=True, exist_ok=True)
    return None


def _number(text: str) -> float | None:
    return float(text) if text else None
