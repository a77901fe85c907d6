"""`bbconvert push`: a bundle to a repository on the Hub."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bbconvert.convert.bundle.output_folder import bundle_name
from bbconvert.convert.cli.console import Progress, print_json, print_result
from bbconvert.convert.cli.options import JsonOption
from bbconvert.convert.errors import BBConvertError, UsageError

if TYPE_CHECKING:
    from bbconvert.convert.bundle.bundle import Bundle
    from bbconvert.convert.hub.push import Push

_CARD_LINES = 12
"""Lines of the model card that are shown before it is uploaded."""


def push(
    bundle: Annotated[Path, typer.Argument(help="A bundle's folder.", show_default=False)],
    repo: Annotated[str, typer.Argument(metavar="OWNER/NAME", help="The repository; made where there is none.")],
    *,
    space: Annotated[
        bool, typer.Option("--space", help="Also make the static Space OWNER/NAME, whose page plays it.")
    ] = False,
    private: Annotated[bool, typer.Option("--private", help="Make a new repository private.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Upload without asking.")] = False,
    unproven: Annotated[bool, typer.Option("--unproven", help="Upload although the checks do not hold.")] = False,
    json: JsonOption = False,
) -> None:
    """Upload a bundle, its README as model card, after showing what will be uploaded; prints the page's address."""
    from huggingface_hub import constants

    from bbconvert.convert.bundle.bundle import open_bundle
    from bbconvert.convert.hub.address import parse_address
    from bbconvert.convert.hub.push import plan_push, push_files
    from bbconvert.convert.hub.session import allow_waiting

    progress = Progress(quiet=json)
    allow_waiting(progress.say)
    parsed = parse_address(repo, endpoint=constants.ENDPOINT)
    repo_id = parsed.shorthand or parsed.repo_id
    opened = open_bundle(bundle)
    plans = [plan_push(opened, repo_id, name=bundle_name(repo_id), space=repo_id if space else None)]
    if space:
        plans.append(_plan_space(opened, repo_id, progress))
    changed = [planned for planned in plans if planned.changes]
    for planned in plans:
        if planned in changed:
            _show(planned, private=private, progress=progress)
        else:
            has = "bundle" if planned.kind == "model" else "page"
            progress.say(f"Nothing changed: {planned.repo_id} has this {has} already.")
    if changed:
        if not yes:
            _confirm(f"Upload to {' and '.join(planned.address for planned in changed)}?")
        if not unproven:
            _require_proof(opened, progress)
    message = f"Add {opened.manifest.title} ({opened.manifest.created_with})"
    for planned in changed:
        push_files(planned, private=private, message=message, track=progress.upload)
    if changed:
        progress.say(f"Anybody who may read it plays it with: bbconvert play {repo_id}")
    _print(plans, json=json)


def _plan_space(bundle: "Bundle", repo_id: str, progress: Progress) -> "Push":
    """Exports the page, and compares it with the Space."""
    import tempfile

    from bbconvert.convert.bundle.readme import space_readme
    from bbconvert.convert.hub.push import plan_space
    from bbconvert.convert.site.export import export_site

    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder) / "site"
        export_site([bundle.folder], site, force=False, previews=True, progress=progress)
        return plan_space(site, repo_id, card=space_readme(bundle.manifest, repo_id))


def _show(planned: "Push", *, private: bool, progress: Progress) -> None:
    from bbconvert.convert.bundle.bundle import README
    from bbconvert.convert.hub.model_card import parse_model_card

    what = "the Space " if planned.kind == "space" else ""
    if planned.exists:
        kind = "which exists and is private" if planned.private else "which exists and is public"
        if private and not planned.private:
            kind += " (--private is for a new one: change it in its settings)"
    else:
        kind = f"which will be made, {'private' if private else 'public: everybody can read it'}"
    size = sum(len(file.content or b"") for file in planned.changes)
    progress.say(f"To {what}{planned.repo_id}, {kind}, in one commit of {size / 1e6:.1f} MB:")
    shown = planned.files if planned.kind == "model" else planned.changes
    width = max(len(file.name) for file in shown)
    for file in shown:
        length = f"{len(file.content):>11,} bytes" if file.content is not None else " " * 17
        progress.say(f"  {file.name.ljust(width)}  {length}  {file.state}")
    for card in (file for file in planned.changes if file.name == README and planned.kind == "model"):
        text = (card.content or b"").decode(errors="replace")
        progress.say("The model card begins:")
        for line in text.splitlines()[:_CARD_LINES]:
            progress.say(f"  | {line}")
        if parse_model_card(text).license is None:
            progress.say("It names no licence: others may not use it. If it is yours, add one, `license: mit` say.")


def _confirm(question: str) -> None:
    if not sys.stdin.isatty():
        raise UsageError(f"{question} Without a terminal the question cannot be answered: give --yes to upload.")
    if not typer.confirm(question, err=True):
        raise BBConvertError("Not uploaded.")


def _require_proof(bundle: "Bundle", progress: Progress) -> None:
    from bbconvert.convert.verify import PYTHON_LEVELS, verify_bundle

    checks = verify_bundle(bundle, PYTHON_LEVELS, lambda level: progress.say(f"Verifying: {level} …"))
    failed = [check for check in checks if not check.ok]
    if failed:
        worst = failed[0]
        raise BBConvertError(
            f"{bundle.folder} does not hold what it promises: {worst.level}, {worst.name}: {worst.metric} is "
            f"{worst.value:.3g}, at most {worst.tolerance:.3g} is allowed ({len(failed)} of {len(checks)} checks "
            f"failed). Nothing was uploaded. See: bbconvert verify {bundle.folder}; --unproven uploads it all the same."
        )


def _print(plans: "list[Push]", *, json: bool) -> None:
    if not json:
        for planned in plans:
            print_result(planned.address)
        return
    model, *spaces = (
        {
            "repo_id": planned.repo_id,
            "address": planned.address,
            "created": not planned.exists,
            "files": [
                {"name": file.name, "bytes": len(file.content or b""), "state": file.state} for file in planned.files
            ],
        }
        for planned in plans
    )
    print_json({**model, **({"space": spaces[0]} if spaces else {})})
