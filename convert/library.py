"""The bundles that a page offers, by name: what `bundles/index.json` lists and which of their files go out."""

import json
import statistics
from collections.abc import Container, Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from convert.bundle import GOLDEN, MANIFEST, POLICY, README, SCENE, TFJS, Bundle, open_bundle
from convert.errors import BBConvertError
from convert.manifest import Manifest

DEFAULT_BUNDLE = Path(__file__).parent / "default_bundle"
"""The bundle that the page opens first; it comes with the package."""

BALANCE_BOT_BUNDLE = Path(__file__).parent / "balance_bot_bundle"
"""The small one that comes with the package too."""

SHIPPED = (DEFAULT_BUNDLE, BALANCE_BOT_BUNDLE)

PREVIEW = "preview.jpg"
"""A picture of a bundle at play, beside its files in an exported site."""

Library = Mapping[str, Bundle]
"""Bundles by the name in their manifest, in the order in which the page offers them."""


def make_library(bundles: Iterable[Bundle]) -> Library:
    """The bundles by name, in order; the same folder counts once.

    Raises:
        BBConvertError: two folders hold bundles of the same name, which one address cannot tell apart.
    """
    library: dict[str, Bundle] = {}
    for bundle in bundles:
        name = bundle.manifest.name
        other = library.setdefault(name, bundle)
        if other.folder.resolve() != bundle.folder.resolve():
            raise BBConvertError(
                f"{other.folder} and {bundle.folder} are both called {name!r}, and the page tells bundles apart by "
                "name. Give one of them."
            )
    return library


def local_library(folder: Path) -> tuple[Library, list[str]]:
    """The shipped bundles and those in the subfolders of `folder`, and a sentence for each that had to be left out."""
    library = make_library(map(open_bundle, SHIPPED))
    left_out = []
    for manifest in sorted(folder.glob(f"[!.]*/{MANIFEST}")):
        try:
            library = make_library([*library.values(), open_bundle(manifest.parent)])
        except BBConvertError as error:
            left_out.append(f"{manifest.parent} is left out: {error}")
    return library, left_out


def bundle_files(bundle: Bundle) -> list[str]:
    """The files of a bundle that may leave it, as POSIX paths in its folder: each is there, none a link out of it."""
    known = [MANIFEST, POLICY, f"{TFJS}/model.json", f"{TFJS}/weights.bin", SCENE, GOLDEN, README]
    return [name for name in [*known, *bundle.manifest.env.assets] if file_inside(bundle.folder, name) is not None]


def file_inside(folder: Path, name: str) -> Path | None:
    """The file `name` (a POSIX path) under `folder`; None where there is none or it lies, or leads, outside.

    Hidden files (a leading dot in any part) are never inside. A name that no file can have (too long, say) is not.
    """
    if "\\" in name or "\0" in name or any(part.startswith(".") or not part for part in name.split("/")):
        return None
    try:
        path = (folder / PurePosixPath(name)).resolve()
        return path if path.is_file() and path.is_relative_to(folder.resolve()) else None
    except (OSError, RuntimeError, ValueError):  # RuntimeError: links in a circle, before Python 3.13
        return None


def index_json(library: Library, pictured: Container[str] = ()) -> str:
    """`bundles/index.json`; the page opens the first where its address names none.

    `control_hz` is 1/dt; `return` is that of the episodes that were played in Gymnasium when the bundle was made,
    `parity` counts the checks that ran then. `preview` is the picture's path below the page, for those `pictured`.
    """
    rows = [
        {
            "name": name,
            "title": bundle.manifest.title,
            "env_id": bundle.manifest.env.id,
            "algorithm": bundle.manifest.source.algorithm,
            "repo_id": bundle.manifest.source.repo_id,
            "control_hz": 1 / bundle.manifest.env.dt,
            **_proof(bundle.manifest),
            "preview": f"bundles/{name}/{PREVIEW}" if name in pictured else None,
        }
        for name, bundle in library.items()
    ]
    return json.dumps({"bundles": rows}, indent=1) + "\n"


def _proof(manifest: Manifest) -> dict[str, Any]:
    """What was measured when the bundle was made; null is what was not."""
    episodes, checks, published = manifest.parity.episodes, manifest.parity.checks, manifest.published
    returns = episodes.returns if episodes else []
    return {
        "return": {"mean": statistics.fmean(returns), "std": statistics.pstdev(returns), "episodes": len(returns)}
        if returns
        else None,
        "published": published.model_dump() if published else None,
        "parity": {"checks": len(checks), "failed": sum(not check.ok for check in checks)} if checks else None,
    }
