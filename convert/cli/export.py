"""`bbconvert export`: a static site."""

from pathlib import Path
from typing import Annotated

import typer

from convert.cli.console import Progress, print_result


def export(
    bundles: Annotated[list[Path], typer.Argument(metavar="BUNDLE ...", help="Folders of bundles; the first opens.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The site's folder.")],
    force: Annotated[bool, typer.Option("--force", help="Replace a site that is there already.")] = False,
) -> None:
    """Write the page with bundles as a static site for any host and sub-path; its folder is the last line of stdout."""
    from convert.bundle import open_bundle
    from convert.library import make_library
    from convert.site import write_site

    write_site(make_library([open_bundle(folder) for folder in bundles]), out, force=force)
    Progress().say(f"A look at it: python -m http.server --bind 127.0.0.1 --directory {out}")
    print_result(str(out))
