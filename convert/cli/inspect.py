"""`bbconvert inspect`: what is in a repository, a file or a bundle, without converting anything."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from bbconvert.convert.cli.console import Progress, print_facts, print_json, print_table
from bbconvert.convert.cli.options import JsonOption, NoSandboxOption


def inspect(
    what: Annotated[
        str, typer.Argument(metavar="REPO|FILE|BUNDLE", help="A repository, a checkpoint file or a bundle's folder.")
    ],
    *,
    no_sandbox: NoSandboxOption = False,
    json: JsonOption = False,
) -> None:
    """Show what is in a repository, a checkpoint file or a bundle, without converting it."""
    from bbconvert.convert.inspection import inspect_anything

    found = inspect_anything(what, sandbox=not no_sandbox, progress=Progress(quiet=json))
    document = {"kind": found.kind, **found.facts}
    if json:
        files = {"files": [asdict(file) for file in found.files]} if found.kind != "checkpoint" else {}
        print_json({**document, **files})
        return
    print_facts([(name.replace("_", " "), _text(value)) for name, value in document.items()])
    if found.files:
        print_table(("file", "bytes"), [(file.name, f"{file.bytes:,}") for file in found.files])


def _text(value: Any) -> str:
    """A fact on one line."""
    match value:
        case None:
            return "not said"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:g}"
        case dict():
            return ", ".join(f"{name} {_text(item)}" for name, item in value.items())
        case list():
            return " → ".join(str(item) for item in value)
        case _:
            return str(value)
