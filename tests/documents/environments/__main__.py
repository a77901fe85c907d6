"""Plays every environment in the tab and writes `docs/environments.md` with its figure (`just environments`)."""

import os
import sys
import tempfile
from pathlib import Path

from bbconvert.convert.browser import open_page, served
from bbconvert.convert.bundle.library import make_library
from bbconvert.convert.cli.listing import described_environments
from bbconvert.convert.shipped import PAGE
from tests.documents.environments.figure import draw_figure
from tests.documents.environments.free_running import free_run
from tests.documents.environments.page import page
from tests.support.random_bundles import write_random_bundles
from tests.support.repository import ROOT

DOCS = ROOT / "docs"


def main() -> None:
    """Writes the page and its figure."""
    with tempfile.TemporaryDirectory() as work:
        bundles = [bundle for bundle in write_random_bundles(Path(work)) if not bundle.manifest.env.wrappers]
        runs = {}
        address_of = f"?bundle={bundles[0].manifest.name}&paused=1"
        built = Path(os.environ.get("BBCONVERT_TEST_PAGE", PAGE))
        with served(make_library(bundles), built) as address, open_page(address + address_of, drawing=False) as tab:
            for bundle in bundles:
                env_id = bundle.manifest.env.id
                if env_id not in runs:  # the first of an environment is the one without arguments
                    runs[env_id] = free_run(bundle, tab)
                    sys.stderr.write(f"{env_id}: {runs[env_id].tab[-1]:.1e} after {len(runs[env_id].tab)} steps\n")
    draw_figure(runs, DOCS / "environments.png")
    (DOCS / "environments.md").write_text(page(described_environments(), runs), encoding="utf-8")


main()
