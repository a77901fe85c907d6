"""`bbconvert record`: a film of a policy at play."""

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import parse_qsl, urlsplit

import typer

from bbconvert.convert.cli.console import Progress, print_result
from bbconvert.convert.errors import UsageError

if TYPE_CHECKING:
    from bbconvert.convert.film.frames import Take

_NOT_A_FILMS = {"bundle", "backend", "paused", "embed", "speed", "next", "open", "seed"}
"""What a link says that a film decides for itself."""


def record(
    bundles: Annotated[
        list[Path] | None,
        typer.Argument(metavar="BUNDLE ...", help="Folders of bundles; none: the default.", show_default=False),
    ] = None,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help=".mp4, .webm, .gif or .webp")] = Path("film.mp4"),
    seed: Annotated[int | None, typer.Option(min=0, help="The episode's seed.", show_default="0")] = None,
    seconds: Annotated[float, typer.Option(help="Of simulated time.")] = 10.0,
    fps: Annotated[float, typer.Option(help="Pictures a second (a GIF has 25 at most).")] = 30.0,
    size: Annotated[str, typer.Option(metavar="WxH", help="Pixels.")] = "960x540",
    link: Annotated[
        str | None,
        typer.Option(
            metavar="LINK",
            help="A link that the page shared: as its camera, overlays, pushes and level say.",
        ),
    ] = None,
    rollout: Annotated[
        Path | None, typer.Option("--from", metavar="FILE", help="Film a rollout that the page saved.")
    ] = None,
    stages: Annotated[
        bool, typer.Option("--stages", help="Film each stage of the training; the bundle is of `convert RUN`.")
    ] = False,
    layout: Annotated[Literal["grid", "sequence"], typer.Option(help="Of several bundles.")] = "grid",
    captions: Annotated[
        bool | None, typer.Option("--captions/--no-captions", help="Titles in the picture.", show_default="of several")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a film that is there.")] = False,
) -> None:
    """Film a policy frame by frame, in a headless browser; the film's path is the last line of stdout.

    The frames follow the control clock: none is dropped, however slowly this machine draws. Several bundles make one
    film.
    """
    from bbconvert.convert.bundle.bundle import open_bundle
    from bbconvert.convert.film.film import record as make_film
    from bbconvert.convert.film.frames import Take
    from bbconvert.convert.shipped import DEFAULT_BUNDLE

    match = re.fullmatch(r"(\d+)x(\d+)", size)
    if match is None:
        raise UsageError(f"--size is {size!r}: expected a width and a height in pixels, such as 960x540.")
    query = _query(link)
    first = seed if seed is not None else _number(query.get("seed"))
    settings = {name: value for name, value in query.items() if name not in _NOT_A_FILMS}
    takes = [
        Take(open_bundle(folder), seed=first, rollout=rollout, query=settings)
        for folder in (bundles or [DEFAULT_BUNDLE])
    ]
    if stages:
        takes = [stage for take in takes for stage in _stages(take)]
    make_film(
        takes,
        out,
        seconds=seconds,
        fps=fps,
        size=(int(match[1]), int(match[2])),
        layout=layout,
        captions=captions,
        force=force,
        progress=Progress(),
    )
    print_result(str(out))


def _stages(take: "Take") -> list["Take"]:
    """A take of each stage of the training, the last one included.

    Raises:
        UsageError: the bundle has no earlier stages.
    """
    training = take.bundle.manifest.training
    if training is None or not training.stages:
        raise UsageError(
            f"{take.bundle.manifest.name} has no earlier stages of its training. A run of `bbconvert train` has: "
            "bbconvert convert RUN"
        )
    earlier = [
        replace(take, query={**take.query, "stage": str(k)}, title=f"{stage.steps:,} steps")
        for k, stage in enumerate(training.stages)
    ]
    return [*earlier, replace(take, title=f"{training.steps:,} steps")]


def _query(link: str | None) -> dict[str, str]:
    if link is None:
        return {}
    query = dict(parse_qsl(urlsplit(link).query or link.lstrip("?")))
    if not query:
        raise UsageError(f"--link is {link!r}: expected a link that the page shared, with a query such as ?seed=7.")
    return query


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isdecimal() else 0
