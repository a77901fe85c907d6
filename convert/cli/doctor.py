"""`bbconvert doctor`: why a policy behaves differently elsewhere."""

from pathlib import Path
from typing import Annotated

import typer

from bbconvert.convert.cli.console import Progress, print_json, print_result
from bbconvert.convert.cli.edge import NOT_HELD
from bbconvert.convert.cli.options import JsonOption, NoSandboxOption


def doctor(
    what: Annotated[Path, typer.Argument(metavar="FILE|BUNDLE", help="A checkpoint file, or a bundle's folder.")],
    *,
    env: Annotated[
        str | None, typer.Option("--env", metavar="ENV_ID", help="The environment that a file's policy is to act in.")
    ] = None,
    record: Annotated[
        Path | None,
        typer.Option("--record", metavar="NPZ", help="What a robot's own script saw and did, to hold its bundle to."),
    ] = None,
    no_sandbox: NoSandboxOption = False,
    json: JsonOption = False,
) -> None:
    """Find out why a policy behaves differently elsewhere; exits 3 where something has to be mended."""
    from dataclasses import asdict

    from bbconvert.convert.doctor import examine_policy

    found = examine_policy(what, env, record=record, sandbox=not no_sandbox, progress=Progress(quiet=json))
    if json:
        print_json({"findings": [asdict(finding) for finding in found]})
    else:
        for finding in found:
            print_result(f"{'PROBLEM' if finding.kind == 'problem' else 'note'}: {finding.what}")
            print_result(f"    evidence: {finding.evidence}")
            print_result(f"    remedy: {finding.remedy}")
        if not found:
            print_result("Nothing was found: it plays here as it was trained.")
    if any(finding.kind == "problem" for finding in found):
        raise typer.Exit(NOT_HELD)
