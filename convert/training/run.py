"""A training run: from a recipe to an ordinary zip of Stable-Baselines3, through being stopped and killed."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from stable_baselines3.common.callbacks import BaseCallback

from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.training.algorithms import ALGORITHMS, make_model
from bbconvert.convert.training.average import Average
from bbconvert.convert.training.environments import make_environments, normalized
from bbconvert.convert.training.mirror import keep_symmetric, mirror_of
from bbconvert.convert.training.recipe import Recipe, recipe_yaml
from bbconvert.convert.training.saving import (
    AVERAGED,
    CURVE,
    MODEL,
    RECIPE,
    REPLAY_BUFFER,
    VEC_NORMALIZE,
    Point,
    claim_folder,
    read_curve,
    save_checkpoint,
    save_stage,
    write_result,
)
from bbconvert.convert.training.start import start_from
from bbconvert.mjcf.mirror import Mirror

if TYPE_CHECKING:
    from stable_baselines3.common.base_class import BaseAlgorithm
    from stable_baselines3.common.vec_env import VecEnv

CHECKPOINTS = 20
"""Checkpoints in a run: at most a twentieth of it is lost to a kill."""
POINTS = 200
"""Points of a learning curve."""
STAGES = 9
"""Moments of a run at which the policy is kept, the untrained one first; the tenth is the result."""


@dataclass(frozen=True)
class Result:
    """What a run left.

    Args:
        policy: the zip.
        finished: it went through all its steps; else it was stopped, and can go on.
        curve: the learning curve.
    """

    policy: Path
    finished: bool
    curve: list[Point]


def train(
    recipe: Recipe, out: Path, *, resume: bool, report: Callable[[Point], None], stopped: Callable[[], bool]
) -> Result:
    """Trains in `out`; the result is whole, and the same kind, whether it finished or was stopped.

    Args:
        recipe: what to train.
        out: the run's folder.
        resume: go on from the newest checkpoint in it.
        report: is given the state of things about once in a thousandth of the steps.
        stopped: asked at every step whether to stop.

    Raises:
        BBConvertError: the recipe cannot be built, or the folder holds something else.
    """
    torch.set_num_threads(1)  # these networks are too small to share out, and the environments need the cores
    mirror = mirror_of(recipe)
    env = make_environments(recipe)
    try:
        checkpoint = claim_folder(out, resume=resume)
        model = _begin(recipe, env, out, mirror) if checkpoint is None else _go_on(recipe, env, checkpoint, out)
        curve = [] if checkpoint is None else read_curve(checkpoint / CURVE)
        if mirror is not None:
            keep_symmetric(model, mirror)
        average = _average(recipe, model, checkpoint)
        (out / RECIPE).write_text(recipe_yaml(recipe), encoding="utf-8")
        left = recipe.steps - model.num_timesteps
        if left > 0:
            watch = _Watch(recipe, out, average, curve, report, stopped)
            model.learn(left, callback=watch, reset_num_timesteps=False, tb_log_name=recipe.algo)
        saved = save_checkpoint(model, average, curve, out)
        return Result(write_result(saved, out, result_name(recipe)), model.num_timesteps >= recipe.steps, curve)
    finally:
        env.close()


def result_name(recipe: Recipe) -> str:
    """`ppo-BalanceBot-v0`: what the policy's file is called."""
    return f"{recipe.algo}-{recipe.env.split(':')[-1].split('/')[-1]}"


def _begin(recipe: Recipe, env: "VecEnv", out: Path, mirror: Mirror | None) -> "BaseAlgorithm":
    model = make_model(recipe, normalized(recipe, env), _tensorboard(out))
    if recipe.init is not None:
        start_from(model, recipe, recipe.init, mirror)
    elif recipe.normalize == "frozen":
        raise BBConvertError("normalize: frozen needs an init, whose observation statistics are kept.")
    return model


def _go_on(recipe: Recipe, env: "VecEnv", checkpoint: Path, out: Path) -> "BaseAlgorithm":
    from stable_baselines3.common.vec_env import VecNormalize

    if (checkpoint / VEC_NORMALIZE).is_file():
        env = VecNormalize.load(str(checkpoint / VEC_NORMALIZE), env)
    model = ALGORITHMS[recipe.algo].load().load(checkpoint / MODEL, env=env, device="cpu")
    model.tensorboard_log = _tensorboard(out)
    model.set_random_seed(recipe.seed + model.num_timesteps)  # go on, do not begin the same episodes again
    if (checkpoint / REPLAY_BUFFER).is_file():
        model.load_replay_buffer(checkpoint / REPLAY_BUFFER)
    return model


def _average(recipe: Recipe, model: "BaseAlgorithm", checkpoint: Path | None) -> Average | None:
    if recipe.average is None:
        return None
    if checkpoint is not None and (checkpoint / AVERAGED).is_file():
        model = ALGORITHMS[recipe.algo].load().load(checkpoint / AVERAGED, device="cpu")
    return Average(model, recipe.average)


def _tensorboard(out: Path) -> str | None:
    return str(out / "tensorboard") if find_spec("tensorboard") is not None else None


class _Watch(BaseCallback):
    """Reports, keeps the curve, saves checkpoints, and stops when told to."""

    def __init__(
        self,
        recipe: Recipe,
        out: Path,
        average: Average | None,
        curve: list[Point],
        report: Callable[[Point], None],
        stopped: Callable[[], bool],
    ) -> None:
        super().__init__()
        self._recipe, self._out, self._average, self._curve = recipe, out, average, curve
        self._report, self._stopped = report, stopped
        self._levels: list[float] = []
        self._episodes = (curve[-1].episodes or 0) if curve else 0
        self._started = time.monotonic() - (curve[-1].seconds if curve else 0.0)
        self._next = {"report": 0, "point": 0, "checkpoint": 0, "stage": 0}

    def _on_training_start(self) -> None:
        now = self.num_timesteps
        steps = self._recipe.steps
        every = max(1, steps // STAGES)
        self._next = {"report": now, "point": now, "checkpoint": now + steps // CHECKPOINTS}
        self._next["stage"] = -(-now // every) * every

    def _on_step(self) -> bool:
        self._levels.extend(info["level"] for info in self.locals["infos"] if "level" in info)
        del self._levels[:-100]
        self._episodes += sum("episode" in info for info in self.locals["infos"])
        if self._due("report", 1000):
            self._report(self._point())
        return not self._stopped()

    def _on_rollout_start(self) -> None:
        """Between two updates, when the weights are those of the steps so far."""
        if self._average is not None:
            self._average.take(self.model)
        if self._due("point", POINTS):
            self._curve.append(self._point())
        if self._due("stage", STAGES):
            save_stage(self.model, self._average, self._out)
        if self._due("checkpoint", CHECKPOINTS):
            save_checkpoint(self.model, self._average, self._curve, self._out)

    def _on_rollout_end(self) -> None:
        if self._recipe.critic_warmup:
            rollout = self.model.n_steps * self._recipe.envs
            warming = self.num_timesteps <= self._recipe.critic_warmup * rollout
            for name, parameter in self.model.policy.named_parameters():
                if "value" not in name:
                    parameter.requires_grad_(not warming)

    def _on_training_end(self) -> None:
        if self._average is not None:
            self._average.take(self.model)
        self._curve.append(self._point())

    def _due(self, what: str, times: int) -> bool:
        if self.num_timesteps < self._next[what]:
            return False
        every = max(1, self._recipe.steps // times)
        self._next[what] = (self.num_timesteps // every + 1) * every
        return True

    def _point(self) -> Point:
        episodes = self.model.ep_info_buffer
        return Point(
            steps=self.num_timesteps,
            seconds=round(time.monotonic() - self._started, 1),
            episode_return=_mean([episode["r"] for episode in episodes]),
            episode_length=_mean([episode["l"] for episode in episodes]),
            level=_mean(self._levels),
            episodes=self._episodes,
        )


def _mean(values: list[Any]) -> float | None:
    return round(float(np.mean(values)), 4) if values else None
