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
    planned = plan_push(opened, repo_id, name=bundle_name(repo_id))
    address = f"{constants.ENDPOINT}/{repo_id}"
    if not planned.changes:
        progress.say(f"Nothing changed: {repo_id} has this bundle already.")
        _print(address, planned, json=json)
        return
    _show(planned, private=private, progress=progress)
    if not yes:
        _confirm(f"Upload to {address}?")
    if not unproven:
        _require_proof(opened, progress)
    message = f"Add {opened.manifest.title} ({opened.manifest.created_with})"
    push_files(planned, private=private, message=message, track=progress.upload)
    progress.say(f"Anybody who may read it plays it with: bbconvert play {repo_id}")
    _print(address, planned, json=json)


def _show(planned: "Push", *, private: bool, progress: Progress) -> None:
    from bbconvert.convert.bundle.bundle import README
    from bbconvert.convert.hub.model_card import parse_model_card

    if planned.exists:
        kind = "which exists and is private" if planned.private else "which exists and is public"
        if private and not planned.private:
            kind += " (--private is for a new one: change it in its settings)"
    else:
        kind = f"which will be made, {'private' if private else 'public: everybody can read it'}"
    size = sum(len(file.content) for file in planned.changes)
    progress.say(f"To {planned.repo_id}, {kind}, in one commit of {size / 1e6:.1f} MB:")
    width = max(len(file.name) for file in planned.files)
    for file in planned.files:
        progress.say(f"  {file.name.ljust(width)}  {len(file.content):>11,} bytes  {file.state}")
    for card in (file for file in planned.changes if file.name == README):
        progress.say("The model card begins:")
        for line in card.content.decode(errors="replace").splitlines()[:_CARD_LINES]:
            progress.say(f"  | {line}")
        if parse_model_card(card.content.decode(errors="replace")).license is None:
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


def _print(address: str, planned: "Push", *, json: bool) -> None:
    if not json:
        print_result(address)
        return
    files = [{"name": file.name, "bytes": len(file.content), "state": file.state} for file in planned.files]
    print_json({"repo_id": planned.repo_id, "address": address, "created": not planned.exists, "files": files})
