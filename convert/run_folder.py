"""The folder of a training run, whoever made it: which file is the policy, and which environment it was trained on."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bbconvert.convert.checkpoints.brax_config import refuse_orbax_folder
from bbconvert.convert.checkpoints.companions import policy_names, read_companions
from bbconvert.convert.errors import BBConvertError

if TYPE_CHECKING:
    from bbconvert.convert.conversion import Learned

_CLEANRL_RUN = re.compile(r"(?P<env>.+?)__(?P<script>.+?)__\d+__\d+")
"""CleanRL's name of a run: environment, script, seed and time."""
_ZOO_RUN = re.compile(r"(?P<env>.+)_\d+")
"""rl_zoo3's: environment and the number of the run."""
_INTERMEDIATE = re.compile(r"rl_model_\d+_steps")
"""rl_zoo3's policies of earlier moments."""
_BEST = "best_model.zip"


@dataclass(frozen=True)
class Run:
    """A run's policy.

    Args:
        policy: the checkpoint.
        env_id: the environment, where the folder says it.
        env_kwargs: its arguments.
        learned: the stages of the training, where `bbconvert train` kept them.
        note: what the user should be told.
    """

    policy: Path
    env_id: str | None
    env_kwargs: dict[str, Any] = field(default_factory=dict)
    learned: "Learned | None" = None
    note: str | None = None


def read_run(folder: Path) -> Run:
    """The run in this folder, made by `bbconvert train`, CleanRL or rl_zoo3.

    CleanRL's are called `runs/Hopper-v4__ppo_continuous_action__1__1700000000/`, rl_zoo3's `logs/ppo/Hopper-v4_1/`.

    Raises:
        BBConvertError: it holds no policy, several, or a checkpoint that Brax wrote with orbax.
    """
    if (folder / "recipe.yaml").is_file():
        from bbconvert.convert.training.finished import finished_run

        finished = finished_run(folder)
        recipe = finished.recipe
        return Run(finished.policy, recipe.env, dict(recipe.env_kwargs), finished.learned)
    refuse_orbax_folder(folder)
    names = policy_names(path.name for path in folder.iterdir() if path.is_file())
    found = [folder / name for name in names if not _INTERMEDIATE.match(name)]
    last = [path for path in found if path.name != _BEST] or found
    if not last:
        there = ", ".join(sorted(path.name for path in folder.iterdir())[:8]) or "nothing"
        raise BBConvertError(
            f"{folder} holds no policy: found {there}. Expected the folder of a run: of `bbconvert train`, of CleanRL "
            "(*.cleanrl_model: train with --save-model) or of rl_zoo3 (ENV_ID.zip)."
        )
    if len(last) > 1:
        raise BBConvertError(
            f"{folder} holds several policies: {', '.join(path.name for path in last[:8])}. Convert one: "
            f"bbconvert convert {last[0]} --env ENV_ID"
        )
    policy = last[0]
    companions = read_companions(policy)
    best = folder / _BEST
    note = f"{_BEST} is there too; {policy.name}, the last, is taken." if best.is_file() and policy != best else None
    return Run(policy, companions.env_id or _named(folder, policy), dict(companions.env_kwargs), note=note)


def _named(folder: Path, policy: Path) -> str | None:
    """The environment in the name of the run's folder, or of rl_zoo3's policy."""
    for pattern in (_CLEANRL_RUN, _ZOO_RUN):
        if (match := pattern.fullmatch(folder.resolve().name)) and _is_id(match["env"]):
            return match["env"]
    return policy.stem if _is_id(policy.stem) else None


def _is_id(text: str) -> bool:
    return re.fullmatch(r"[\w.-]+-v\d+", text) is not None
