"""`bbconvert pull`: from a repository on the Hub to a verified bundle."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bbconvert.convert.cli.console import Progress, print_json, print_result
from bbconvert.convert.cli.many import JobsOption, ListOption, SchedulerOption, exit_code, names_in, run_tasks
from bbconvert.convert.cli.options import ForceOption, JsonOption, NormalizationOption, NoSandboxOption
from bbconvert.convert.cli.output import BUNDLES, bundle_name, existing_bundle
from bbconvert.convert.cli.pull_many import PullTask, print_pulled, repositories

if TYPE_CHECKING:
    from bbconvert.convert.conversion import Conversion
    from bbconvert.convert.hub import HubRepository

RepoArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="REPO ...",
        help="owner/name, a https:// page of the Hub, or owner/ENV_ID such as cleanrl/Humanoid-v4; owner/ means all of "
        "the owner's that convert.",
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


def pull_bundle(
    repo: str,
    *,
    algo: str | None = None,
    seed: int | None = None,
    revision: str | None = None,
    normalization: NormalizationOption = None,
    out: Path | None = None,
    bundles: Path = BUNDLES,
    force: bool = False,
    sandbox: bool = True,
    progress: Progress,
) -> Path:
    """What `pull` does with one; returns the bundle's folder: `out`, or one in `bundles`. `play REPO` uses it too.

    Raises:
        BBConvertError: whatever stopped it; nothing was written then.
    """
    from dataclasses import replace

    from huggingface_hub import constants

    from bbconvert.convert.hub import choose_checkpoint, download_repository, find_repository
    from bbconvert.convert.hub_address import parse_address
    from bbconvert.convert.hub_session import allow_waiting
    from bbconvert.convert.manifest import Source

    allow_waiting(progress.say)
    address = parse_address(repo, endpoint=constants.ENDPOINT, algo=algo, seed=seed)
    address = replace(address, revision=revision or address.revision)

    def kept(repo_id: str, commit: str | None) -> bool:
        wanted = Source(repo_id=repo_id, revision=commit, filename="", sha256="", library="", algorithm="")
        return existing_bundle(_folder(repo_id, out, bundles), wanted, normalization, force=force) is not None

    # Without a revision to compare, the answer needs no network.
    found = address.revision is None and kept(address.repo_id, None)
    if not found:
        files = replace(find_repository(address), again=force)
        if files.cached:
            progress.say(f"The Hub was not reached: taking {files.repo_id} from the local cache.")
        found = kept(files.repo_id, files.revision if address.revision else None)
        address = replace(address, repo_id=files.repo_id)
    folder = _folder(address.repo_id, out, bundles)
    if found:
        progress.say(f"{folder} exists and was kept; --force makes it anew.")
        return folder
    progress.say(f"{files.repo_id} at revision {files.revision}")
    if files.is_bundle:
        from bbconvert.convert.cli.pull_whole import pull_whole

        return pull_whole(files, folder, normalization=normalization, force=force, sandbox=sandbox, progress=progress)
    repository = download_repository(files, choose_checkpoint(files, address.filename), progress.download)
    from bbconvert.convert.conversion import convert_checkpoint

    return convert_checkpoint(
        _conversion(repository, normalization), folder, force=force, sandbox=sandbox, progress=progress
    )


def print_bundle(path: Path, *, json: bool) -> None:
    """The result of `pull` and `convert`: the bundle's path on the last line, or one JSON document."""
    if not json:
        print_result(str(path))
        return
    from bbconvert.convert.bundle import open_bundle
    from bbconvert.convert.cli.summary import bundle_summary

    print_json({"bundle": str(path), **bundle_summary(open_bundle(path).manifest)})


def _folder(repo_id: str, out: Path | None, bundles: Path) -> Path:
    return out or bundles / bundle_name(repo_id)


def _conversion(repository: "HubRepository", normalization: NormalizationOption) -> "Conversion":
    from bbconvert.convert.conversion import Conversion
    from bbconvert.convert.digest import sha256_of
    from bbconvert.convert.manifest import Source

    card, env_id = repository.card, repository.env_id
    algorithm = repository.checkpoint.stem
    source = Source(
        repo_id=repository.repo_id,
        revision=repository.revision,
        filename=repository.filename,
        sha256=sha256_of(repository.checkpoint),
        library=(card.library if card else None) or "cleanrl",
        algorithm=algorithm,
        license=repository.license,
    )
    return Conversion(
        checkpoint=repository.checkpoint,
        env_id=env_id,
        source=source,
        name=bundle_name(repository.repo_id),
        title=f"{env_id}, {(card.algorithm if card else None) or algorithm} by {repository.repo_id.split('/')[0]}",
        normalization=normalization,
        published=card.published if card else None,
    )
