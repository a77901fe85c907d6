"""Options and arguments that several commands share."""

from pathlib import Path
from typing import Annotated, Literal

import typer

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout and nothing else.")]

OutOption = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="The bundle's folder.", show_default="./bundles/NAME"),
]

ForceOption = Annotated[bool, typer.Option("--force", help="Replace a bundle that is there already.")]

NoSandboxOption = Annotated[
    bool,
    typer.Option("--no-sandbox", help="Read the file in this process, without limits: for files of your own."),
]

# The same words as convert.manifest.NormalizationMode, which takes long to import.
NormalizationOption = Annotated[
    Literal["frozen", "running", "none"] | None,
    typer.Option(
        "--normalization",
        help="How observations are normalised: with fixed statistics, with statistics that go on being updated as "
        "Gymnasium's NormalizeObservation does, or not at all.",
        show_default="as training did; frozen where it normalised",
    ),
]
