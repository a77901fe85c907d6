"""A run's folder as `bbconvert convert` takes it: the policy, its environment, and the stages of its training."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bbconvert.convert.conversion import EarlierStage, Learned
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.safety.limits import MAX_CURVE, MAX_STAGES
from bbconvert.convert.training.recipe import Recipe, read_recipe
from bbconvert.convert.training.saving import CURVE, MODEL, RECIPE, STAGES, Point, read_curve

Item = TypeVar("Item")


@dataclass(frozen=True)
class FinishedRun:
    """What `bbconvert train` left."""

    recipe: Recipe
    policy: Path
    learned: Learned


def finished_run(folder: Path) -> FinishedRun:
    """The run in `folder`.

    Raises:
        BBConvertError: there is none, or it has no result yet.
    """
    if not (folder / RECIPE).is_file():
        raise BBConvertError(f"{folder} is not the folder of a run of `bbconvert train`: it has no {RECIPE}.")
    recipe = read_recipe(folder / RECIPE, {})
    policies = sorted(folder.glob(f"{recipe.algo}-*.zip"))
    if len(policies) != 1 or not (folder / CURVE).is_file():
        raise BBConvertError(f"{folder} has no result yet. Go on with: bbconvert train --out {folder} --resume")
    curve = read_curve(folder / CURVE)
    found = [path for path in (folder / STAGES).glob("*") if path.name.isdecimal() and (path / MODEL).is_file()]
    stages = [_stage(path, curve) for path in sorted(found, key=lambda path: int(path.name))]
    steps = curve[-1].steps if curve else recipe.steps
    earlier = [stage for stage in stages if stage.steps < steps]
    points = [(point.steps, point.episode_return) for point in curve if point.episode_return is not None]
    learned = Learned(tuple(_spread(earlier, MAX_STAGES)), steps, tuple(_spread(points, MAX_CURVE)))
    return FinishedRun(recipe, policies[0], learned)


def _stage(path: Path, curve: Sequence[Point]) -> EarlierStage:
    steps = int(path.name)
    known = [point for point in curve if point.steps <= steps and point.episode_return is not None]
    last = known[-1] if known else None
    return EarlierStage(
        path / MODEL,
        steps,
        episode_return=None if last is None else last.episode_return,
        episode_length=None if last is None else last.episode_length,
    )


def _spread(items: Sequence[Item], most: int) -> list[Item]:
    """`most` of the items at most, from the first to the last, as evenly as they come."""
    if len(items) <= most:
        return list(items)
    return [items[round(k * (len(items) - 1) / (most - 1))] for k in range(most)]
