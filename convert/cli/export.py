"""`bbconvert export`: a static site."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bbconvert.convert.cli.console import Progress, print_result

if TYPE_CHECKING:
    from bbconvert.convert.library import Library


def export(
    bundles: Annotated[list[Path], typer.Argument(metavar="BUNDLE ...", help="Folders of bundles; the first opens.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The site's folder.")],
    force: Annotated[bool, typer.Option("--force", help="Replace a site that is there already.")] = False,
    previews: Annotated[
        bool, typer.Option("--previews/--no-previews", help="Render a picture of each bundle for the gallery.")
    ] = True,
) -> None:
    """Write the page with bundles as a static site for any host and sub-path; its folder is the last line of stdout."""
    from bbconvert.convert.library import open_library
    from bbconvert.convert.site import check_site, write_site

    progress = Progress()
    library, left_out = open_library(bundles)
    for sentence in left_out:
        progress.say(f"Warning: {sentence}")
    check_site(out, force=force)
    write_site(library, out, force=force, previews=_take_previews(library, progress) if previews else {})
    progress.say(f"A look at it: python -m http.server --bind 127.0.0.1 --directory {out}")
    print_result(str(out))


def _take_previews(library: "Library", progress: Progress) -> dict[str, bytes]:
    """Pictures by the bundles' names; where one cannot be taken, the gallery draws a figure, and that is said."""
    from bbconvert.convert.browser import find_browser
    from bbconvert.convert.errors import BBConvertError
    from bbconvert.convert.preview import take_preview

    pictures: dict[str, bytes] = {}
    try:
        find_browser()
    except BBConvertError:
        progress.say(
            "No pictures in gallery.html, drawn figures instead: rendering needs Chrome or Chromium, and "
            "pip install 'bbconvert[browser]'."
        )
        return pictures
    with progress.task("Rendering previews", len(library)) as advance:
        for name, bundle in library.items():
            try:
                pictures[name] = take_preview(bundle)
            except BBConvertError as error:
                progress.say(f"No picture of {name}, a drawn figure instead: {error}")
            advance(1)
    return pictures
