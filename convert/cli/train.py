"""`bbconvert train`: from an environment or a recipe to a checkpoint that `bbconvert convert` reads."""

import shlex
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bbconvert.convert.cli.console import PIPED_WIDTH, print_result
from bbconvert.convert.cli.edge import STOPPED
from bbconvert.convert.errors import BBConvertError, UsageError

if TYPE_CHECKING:
    from bbconvert.convert.training.recipe import Recipe
    from bbconvert.convert.training.run import Result
    from bbconvert.convert.training.saving import Point


def train(
    env: Annotated[
        str | None,
        typer.Argument(metavar="[ENV]", help="The environment; needed without a recipe.", show_default=False),
    ] = None,
    *,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The run's folder.")],
    algo: Annotated[
        str | None,
        typer.Option("--algo", metavar="ppo|grpo|sac|td3|tqc", help="The algorithm.", show_default="ppo"),
    ] = None,
    recipe: Annotated[
        Path | None,
        typer.Option("--recipe", metavar="FILE.yaml", help="What to train; the other options change it."),
    ] = None,
    env_arg: Annotated[
        list[str] | None,
        typer.Option("--env-arg", metavar="NAME=VALUE", help="An argument of gymnasium.make; may be given again."),
    ] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Control steps.", show_default="1000000")] = None,
    envs: Annotated[int | None, typer.Option(min=1, help="Environments, a process each.", show_default="8")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Of everything random.", show_default="0")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in DIR, as it was begun.")] = False,
) -> None:
    """Train a policy with Stable-Baselines3; the last line of stdout is the command that makes a bundle of it."""
    from bbconvert.convert.training.algorithms import require_library

    require_library()
    changes = {"env": env, "algo": algo, "steps": steps, "envs": envs, "seed": seed}
    plan = _plan(changes, _env_kwargs(env_arg), recipe, out, resume=resume)

    from bbconvert.convert.environments.modules import import_environment
    from bbconvert.convert.training.run import train as run

    import_environment(plan.env)

    with _progress(plan) as report, _stopping() as stopped:
        result = run(plan, out, resume=resume, report=report, stopped=stopped)
    if not result.finished:
        print(f"Stopped at {result.curve[-1].steps:,} of {plan.steps:,} steps; saved.", file=sys.stderr)
        print(f"Go on with: bbconvert train --out {shlex.quote(str(out))} --resume", file=sys.stderr)
        raise typer.Exit(STOPPED)
    _print(result, plan)


def _plan(
    changes: dict[str, Any], env_kwargs: dict[str, Any] | None, recipe: Path | None, out: Path, *, resume: bool
) -> "Recipe":
    """What to train: the run's own recipe when it goes on, else the recipe given, else the options alone."""
    from bbconvert.convert.training.recipe import make_recipe, read_recipe
    from bbconvert.convert.training.saving import RECIPE

    if resume:
        others = [f"--{name}" for name in ("algo", "envs", "seed") if changes[name] is not None]
        if others or changes["env"] or recipe or env_kwargs:
            given = ", ".join(others) or "another environment or recipe"
            raise UsageError(f"--resume goes on with the run in {out} as it was begun; leave out {given}.")
        if not (out / RECIPE).is_file():
            raise BBConvertError(f"There is no run in {out} to go on with. Leave out --resume to start one.")
        return read_recipe(out / RECIPE, {"steps": changes["steps"]})
    changes["env_kwargs"] = env_kwargs
    if recipe is not None:
        return read_recipe(recipe, changes)
    if changes["env"] is None:
        raise UsageError("Name an environment to train in, or a --recipe. See: bbconvert envs")
    return make_recipe({**changes, "algo": changes["algo"] or "ppo"})


def _env_kwargs(arguments: list[str] | None) -> dict[str, Any] | None:
    from bbconvert.convert.cli.convert import parse_env_args

    return parse_env_args(arguments) if arguments else None


@contextmanager
def _stopping() -> Iterator[Callable[[], bool]]:
    """Ctrl-C asks for a stop at the next step; a second one does not ask."""
    asked = threading.Event()

    def ask(number: int, frame: Any) -> None:  # noqa: ARG001
        asked.set()
        signal.signal(signal.SIGINT, previous)

    previous = signal.signal(signal.SIGINT, ask)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, previous)


@contextmanager
def _progress(plan: "Recipe") -> Iterator[Callable[["Point"], None]]:
    """A bar with the time left on a terminal; elsewhere a line a minute, and one every tenth of the way. On stderr."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True, width=None if sys.stderr.isatty() else PIPED_WIDTH)
    if not console.is_terminal:
        step_due, second_due = 0, 0.0

        def write(point: "Point") -> None:
            nonlocal step_due, second_due
            if point.steps >= step_due or point.seconds >= second_due:
                console.print(f"{point.steps:,} of {plan.steps:,} steps{_means(point)}", highlight=False)
                step_due = point.steps + max(1, plan.steps // 10)
                second_due = point.seconds + 60

        yield write
        return
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as bars:
        bar = bars.add_task(f"{plan.algo} on {plan.env}", total=plan.steps)

        def draw(point: "Point") -> None:
            bars.update(bar, completed=point.steps, description=f"{plan.algo} on {plan.env}{_means(point)}")

        yield draw


def _means(point: "Point") -> str:
    if point.episode_return is None or point.episode_length is None:
        return ""
    level = "" if point.level is None else f", level {point.level:.2f}"
    return f", return {point.episode_return:.1f}, length {point.episode_length:.0f}{level}"


def _print(result: "Result", plan: "Recipe") -> None:
    if result.curve:
        last = result.curve[-1]
        print_result(f"Trained {last.steps:,} steps in {last.seconds:.0f} s{_means(last)}.")
    arguments = [part for name, value in plan.env_kwargs.items() for part in ("--env-arg", f"{name}={value!r}")]
    print_result(shlex.join(["bbconvert", "convert", str(result.policy), "--env", plan.env, *arguments]))
