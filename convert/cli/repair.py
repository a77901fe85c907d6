"""`bbconvert repair`: a safe copy of an old checkpoint."""

from pathlib import Path
from typing import Annotated

import typer

from bbconvert.convert.cli.console import Progress, print_json, print_result
from bbconvert.convert.cli.options import JsonOption, NoSandboxOption


def repair(
    what: Annotated[
        str,
        typer.Argument(metavar="REPO|FILE", help="A repository of the Hub, or a checkpoint file.", show_default=False),
    ],
    *,
    env: Annotated[
        str | None,
        typer.Option("--env", metavar="ENV_ID", help="The environment it was trained on; a repository says it."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="The copy's folder.", show_default="./repaired/NAME")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a copy that is there already.")] = False,
    no_sandbox: NoSandboxOption = False,
    json: JsonOption = False,
) -> None:
    """Write a copy that needs no unpickling, its statistics inside; says what was wrong, and prints its folder."""
    from bbconvert.convert.repair import repair_checkpoint

    progress = Progress(quiet=json)
    made = repair_checkpoint(what, env, out=out, force=force, sandbox=not no_sandbox, progress=progress)
    if json:
        print_json({"folder": str(made.folder), "findings": list(made.findings)})
        return
    progress.say("What was wrong, and is mended in the copy:")
    for finding in made.findings:
        progress.say(f"- {finding}")
    print_result(str(made.folder))
