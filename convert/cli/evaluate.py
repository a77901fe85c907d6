"""`bbconvert evaluate`: returns in Gymnasium, beside the published one."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bbconvert.convert.cli.console import Progress, print_json, print_result
from bbconvert.convert.cli.evaluate_many import EVALUATIONS, EvaluateTask, print_evaluated
from bbconvert.convert.cli.evaluation import Play, evaluation_document
from bbconvert.convert.cli.many import JobsOption, ListOption, SchedulerOption, exit_code, names_in, run_tasks
from bbconvert.convert.cli.options import JsonOption, NormalizationOption
from bbconvert.convert.errors import UsageError

if TYPE_CHECKING:
    from bbconvert.convert.bundle.bundle import Bundle


def evaluate(
    bundles: Annotated[
        list[Path] | None,
        typer.Argument(metavar="BUNDLE ...", help="Folders of bundles.", show_default=False),
    ] = None,
    *,
    episodes: Annotated[int, typer.Option(min=1, help="How many episodes, one per seed.")] = 10,
    seed: Annotated[int, typer.Option(min=0, help="The first episode's seed; the others follow.")] = 0,
    stochastic: Annotated[
        bool, typer.Option("--stochastic/--deterministic", help="Sample actions, or take their mean.")
    ] = False,
    normalization: NormalizationOption = None,
    in_tab: Annotated[
        bool, typer.Option("--in-tab", help="Play them in a headless browser, over all cores, instead of in Gymnasium.")
    ] = False,
    pictures: Annotated[
        Path | None,
        typer.Option(
            "--pictures", metavar="FILE", help="A saved rollout of a policy that sees: play it from its pictures."
        ),
    ] = None,
    listed: ListOption = None,
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Of several: where the evaluations are kept.")
    ] = EVALUATIONS,
    force: Annotated[bool, typer.Option("--force", help="Of several: play again what is kept there.")] = False,
    jobs: JobsOption = None,
    scheduler: SchedulerOption = None,
    json: JsonOption = False,
) -> None:
    """Play seeded episodes in Gymnasium with the bundle's policy.onnx and report the return.

    Several are evaluated over all cores, a failure of one being a row of the table; what was played so already is kept.
    """
    how, named = Play(episodes, seed, stochastic, normalization), bundles or []
    if pictures is not None:
        if len(named) != 1 or listed:
            raise UsageError("--pictures belongs to one bundle: bbconvert evaluate BUNDLE --pictures FILE")
        _evaluate_pictures(named[0], pictures, json=json)
        return
    if in_tab:
        if len(named) != 1 or listed or stochastic or normalization:
            raise UsageError("--in-tab plays one bundle as it is: bbconvert evaluate BUNDLE --in-tab --episodes 100")
        _evaluate_in_tab(named[0], how, json=json)
        return
    if len(named) == 1 and not (listed or scheduler):
        _evaluate(named[0], how, jobs, json=json)
        return
    folders = list(dict.fromkeys([*named, *map(Path, names_in(listed))]))
    if not folders:
        raise UsageError("Name a bundle's folder: bbconvert evaluate bundles/NAME. See what there is: bbconvert list")
    if scheduler:
        folders, out = [folder.absolute() for folder in folders], out.absolute()
    tasks = [EvaluateTask(folder, how, out, force) for folder in folders]
    outcomes = run_tasks(tasks, jobs=jobs, scheduler=scheduler, quiet=json)
    print_evaluated(outcomes, asked=len(tasks), json=json)
    raise typer.Exit(exit_code(outcomes, len(tasks)))


def _evaluate(folder: Path, how: Play, jobs: int | None, *, json: bool) -> None:
    from bbconvert.convert.bundle.bundle import open_bundle
    from bbconvert.convert.evaluate import explain_difference
    from bbconvert.convert.jobs.worker_processes import available_cores

    opened = open_bundle(folder)
    if opened.manifest.env.command is not None:
        _evaluate_robot(opened, how, json=json)
        return
    progress = Progress(quiet=json)
    with progress.task("Playing episodes", how.episodes) as advance:
        result = how.of(opened, advance, jobs or available_cores())
    if json:
        print_json(evaluation_document(opened, result))
        return
    interval = (
        "" if result.interval is None else " (95% interval of the mean {:.1f} to {:.1f})".format(*result.interval)
    )
    print_result(f"{result.env_id}: {result.mean:.2f} ± {result.std:.2f} over {how.episodes} episodes{interval}")
    dt = opened.manifest.env.dt
    mean_length = sum(episode.length for episode in result.episodes) / how.episodes
    print_result(f"Episodes last {mean_length:.1f} steps on average ({mean_length * dt:.2f} s at {1 / dt:.4g} Hz).")
    published = opened.manifest.published
    if published is not None:
        std = "" if published.std is None else f" ± {published.std:g}"
        print_result(f"Published: {published.mean_reward:g}{std}")
        print_result(explain_difference(opened.manifest, result) or "")


def _evaluate_robot(bundle: "Bundle", how: Play, *, json: bool) -> None:
    from bbconvert.convert.evaluate_robot import IMPULSE, SECONDS, evaluate_robot

    if how.stochastic or how.normalization:
        raise UsageError("A robot's walks are played as the policy is: leave out --stochastic and --normalization.")
    with Progress(quiet=json).task("Walking", how.episodes) as advance:
        walks = evaluate_robot(bundle, range(how.seed, how.seed + how.episodes), advance)
    if json:
        print_json({"env_id": bundle.manifest.env.trained_on, "walks": [asdict(walk) for walk in walks]})
        return
    falls = sum(walk.fell for walk in walks)
    distance, speed = (sum(getattr(w, name) for w in walks) / len(walks) for name in ("distance", "speed_error"))
    print_result(
        f"{bundle.manifest.title}: {len(walks)} walks of {SECONDS:g} s, each with a command drawn from its ranges and "
        f"pushes of up to {IMPULSE:g} N·s per kilogram: {falls} falls."
    )
    print_result(f"Walked {distance:.2f} m on average; velocity {speed:.2f} m/s off the command.")
    turns = [walk.turn_error for walk in walks if walk.turn_error is not None]
    if turns:
        print_result(f"Turn {sum(turns) / len(turns):.2f} rad/s off the command.")


def _evaluate_in_tab(folder: Path, how: Play, *, json: bool) -> None:
    from bbconvert.convert.bundle.bundle import open_bundle
    from bbconvert.convert.evaluate_in_tab import evaluate_in_tab

    opened = open_bundle(folder)
    progress = Progress(quiet=json)
    with progress.task("Playing episodes in a tab", how.episodes) as advance:
        played = evaluate_in_tab(opened, range(how.seed, how.seed + how.episodes), advance)
    if json:
        print_json({"env_id": opened.manifest.env.id, "episodes": how.episodes, **asdict(played)})
        return
    print_result(
        f"{opened.manifest.env.id}: {played.mean:.2f} ± {played.std:.2f} over {how.episodes} episodes in a tab"
    )
    dt = opened.manifest.env.dt
    mean_length = sum(played.lengths) / how.episodes
    print_result(f"Episodes last {mean_length:.1f} steps on average ({mean_length * dt:.2f} s at {1 / dt:.4g} Hz).")


def _evaluate_pictures(folder: Path, file: Path, *, json: bool) -> None:
    from bbconvert.convert.bundle.bundle import open_bundle
    from bbconvert.convert.evaluate_sight import evaluate_pictures

    played = evaluate_pictures(open_bundle(folder), file)
    if json:
        print_json(asdict(played))
        return
    print_result(
        f"Seed {played.seed}, {played.steps} steps: return {played.total:.4f} in Gymnasium, {played.in_tab:.4f} in the "
        f"tab; the largest difference of an action is {played.action:.1e}."
    )
    print_result(f"The attitude is seen {played.error:.1f} degrees off (median of the episode).")
