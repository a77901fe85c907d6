"""`bbconvert export`: a static site."""

from pathlib import Path
from typing import Annotated

import typer

from bbconvert.convert.cli.console import Progress, print_result


def export(
    bundles: Annotated[list[Path], typer.Argument(metavar="BUNDLE ...", help="Folders of bundles; the first opens.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The site's folder.")],
    force: Annotated[bool, typer.Option("--force", help="Replace a site that is there already.")] = False,
    previews: Annotated[
        bool, typer.Option("--previews/--no-previews", help="Render a picture of each bundle for the gallery.")
    ] = True,
) -> None:
    """Write the page with bundles as a static site for any host and sub-path; its folder is the last line of stdout."""
    from bbconvert.convert.site.export import export_site

    progress = Progress()
    export_site(bundles, out, force=force, previews=previews, progress=progress)
    progress.say(f"A look at it: python -m http.server --bind 127.0.0.1 --directory {out}")
    print_result(str(out))
