"""`bbconvert diff`: two bundles on the same states."""

from pathlib import Path
from typing import Annotated

import typer

from bbconvert.convert.cli.console import print_json, print_result, print_table
from bbconvert.convert.cli.options import JsonOption


def diff(
    one: Annotated[Path, typer.Argument(metavar="A", help="A bundle's folder.", show_default=False)],
    other: Annotated[Path, typer.Argument(metavar="B", help="Another's, of the same observations and actions.")],
    *,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE.svg", help="Write the picture there.", show_default="none")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Compare the actions of two policies, state by state, and tell where in the observation the difference begins."""
    from dataclasses import asdict

    from bbconvert.convert import difference
    from bbconvert.convert.errors import BBConvertError

    found = difference.diff(one, other)
    if out is not None:
        try:
            out.write_text(difference.picture(found), encoding="utf-8")
        except OSError as error:
            raise BBConvertError(f"{out} cannot be written: {error.strerror or error}.") from error
    if json:
        document = {
            "names": found.names,
            "states": found.states,
            "first": found.first,
            "actions": [asdict(row) for row in found.actions],
            "terms": [asdict(row) for row in found.terms],
        }
        print_json(document)
        return
    print_table(
        ("action", "mean distance", "largest", "correlation"),
        [(row.name, f"{row.mean:.3g}", f"{row.largest:.3g}", f"{row.correlation:.3f}") for row in found.actions],
    )
    if not found.equal:
        print_table(
            ("observation term", "distance as the networks see it", "share of the actions' distance"),
            [(row.name, f"{row.seen:.3g}", f"{100 * row.share:.0f}%") for row in found.terms],
        )
    said = (
        f"The same actions, to the last bit, in {found.states} states."
        if found.equal
        else f"They differ from state {found.first} of {found.states} on."
    )
    print_result(said)
