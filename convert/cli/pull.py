"""`bbconvert pull`: from a repository on the Hub to a verified bundle."""

from pathlib import Path
from typing import Annotated, Any

import typer

from bbconvert.convert.bundle.output_folder import BUNDLES
from bbconvert.convert.cli.console import Progress, print_json, print_result
from bbconvert.convert.cli.many import JobsOption, ListOption, SchedulerOption, exit_code, names_in, run_tasks
from bbconvert.convert.cli.options import ForceOption, JsonOption, NormalizationOption, NoSandboxOption
from bbconvert.convert.cli.pull_many import PullTask, print_pulled, repositories
from bbconvert.convert.pull import pull_bundle

RepoArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="REPO ...",
        help="owner/name, a https:// page of the Hub, or owner/ENV_ID such as cleanrl/Humanoid-v4; owner/ means all of "
        "the owner's that convert; wandb:entity/project/run a run of Weights & Biases.",
        show_default=False,
    ),
]


def pull(
    repos: RepoArgument = None,
    *,
    algo: Annotated[
        str | None,
        typer.Option("--algo", help="Completes owner/ENV_ID.", show_default="ppo_continuous_action"),
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Completes owner/ENV_ID.", show_default="1")] = None,
    revision: Annotated[
        str | None, typer.Option("--revision", help="Branch, tag or commit.", show_default="the default branch")
    ] = None,
    normalization: NormalizationOption = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            help="The bundle's folder; of several, the folder they go into.",
            show_default="./bundles/NAME",
        ),
    ] = None,
    force: ForceOption = False,
    listed: ListOption = None,
    author: Annotated[
        str | None, typer.Option("--author", metavar="OWNER", help="Also all of the owner's that convert.")
    ] = None,
    jobs: JobsOption = None,
    scheduler: SchedulerOption = None,
    no_sandbox: NoSandboxOption = False,
    json: JsonOption = False,
) -> None:
    """Download a policy, convert it, verify it and write a bundle, whose path is the last line of stdout.

    Several are pulled over all cores, a failure of one being a row of the table; bundles that are there are kept.
    """
    progress, named = Progress(quiet=json), repos or []
    options: dict[str, Any] = {
        "algo": algo,
        "seed": seed,
        "revision": revision,
        "normalization": normalization,
        "force": force,
        "sandbox": not no_sandbox,
    }
    if len(named) == 1 and not (named[0].endswith("/") or listed or author or scheduler):
        print_bundle(pull_bundle(named[0], out=out, progress=progress, **options), json=json)
        return
    found = repositories(named, names_in(listed), author, progress)
    bundles = out or BUNDLES
    tasks = [PullTask(repo, bundles.absolute() if scheduler else bundles, options) for repo in found]
    outcomes = run_tasks(tasks, jobs=jobs, scheduler=scheduler, quiet=json)
    print_pulled(outcomes, asked=len(tasks), json=json)
    raise typer.Exit(exit_code(outcomes, len(tasks)))


def print_bundle(path: Path, *, json: bool) -> None:
    """The result of `pull` and `convert`: the bundle's path on the last line, or one JSON document."""
    if not json:
        print_result(str(path))
        return
    from bbconvert.convert.bundle.bundle import open_bundle
    from bbconvert.convert.bundle.summary import bundle_summary

    print_json({"bundle": str(path), **bundle_summary(open_bundle(path).manifest)})
