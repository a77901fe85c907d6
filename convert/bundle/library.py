"""The bundles that a page offers, by name: what `bundles/index.json` lists and which of their files go out."""

import json
import statistics
from collections.abc import Container, Iterable, Mapping
from pathlib import Path
from typing import Any

from bbconvert.convert.bundle.bundle import (
    GOLDEN,
    LICENSE,
    MANIFEST,
    POLICY,
    POSE,
    README,
    SCENE,
    TFJS,
    Bundle,
    open_bundle,
)
from bbconvert.convert.bundle.environment_standing import standing
from bbconvert.convert.bundle.proof import BADGE, PARITY
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.manifest import Manifest
from bbconvert.convert.safety.file_inside import file_inside as file_inside  # noqa: PLC0414  # what serves files takes it from here
from bbconvert.convert.shipped import SHIPPED

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


def open_library(folders: Iterable[Path]) -> tuple[Library, list[str]]:
    """The bundles in these folders, and a sentence for each that had to be left out, whatever is wrong with it.

    Raises:
        BBConvertError: none of them can be opened, or two have the same name.
    """
    bundles: list[Bundle] = []
    left_out: list[str] = []
    errors: list[str] = []
    for folder in folders:
        try:
            bundle = open_bundle(folder)
            json.dumps(index_row(bundle), allow_nan=False)
            bundles.append(bundle)
        except Exception as error:  # noqa: BLE001  # an untrusted folder: no failure of one stops the others
            words = (
                error if isinstance(error, BBConvertError) else f"it cannot be read ({type(error).__name__}: {error})"
            )
            errors.append(f"{words}")
            left_out.append(f"{folder} is left out: {words}")
    if errors and not bundles:
        raise BBConvertError(errors[0])
    return make_library(bundles), left_out


def local_library(folder: Path) -> tuple[Library, list[str]]:
    """The shipped bundles and those in the subfolders of `folder`, and a sentence for each that had to be left out."""
    library, left_out = open_library(SHIPPED)
    for manifest in sorted(folder.glob(f"[!.]*/{MANIFEST}")):
        try:
            opened, _ = open_library([manifest.parent])
            library = make_library([*library.values(), *opened.values()])
        except BBConvertError as error:
            left_out.append(f"{manifest.parent} is left out: {error}")
    return library, left_out


def bundle_files(bundle: Bundle) -> list[str]:
    """The files of a bundle that may leave it, as POSIX paths in its folder: each is there, none a link out of it."""
    return [name for name in manifest_files(bundle.manifest) if file_inside(bundle.folder, name) is not None]


def manifest_files(manifest: Manifest) -> list[str]:
    """The files that a bundle of this manifest may have, as POSIX paths in its folder."""
    training = manifest.training
    stages = [stage.file for stage in training.stages] if training is not None else []
    known = [MANIFEST, POLICY, POSE, *stages, f"{TFJS}/model.json", f"{TFJS}/weights.bin", SCENE, GOLDEN, README]
    known += [PARITY, BADGE, LICENSE]
    return [*known, *manifest.env.assets]


def index_json(library: Library, pictured: Container[str] = ()) -> str:
    """`bundles/index.json`; the page opens the first where its address names none.

    `control_hz` is 1/dt; `return` is that of the episodes that were played in Gymnasium when the bundle was made,
    `parity` counts the checks that ran then. `environment` is told here, not by the bundle: "catalogue", "own" or
    "altered" (`bundle.environment_standing`). `preview` is the picture's path below the page, for those `pictured`.
    """
    rows = [
        {**index_row(bundle), "name": name, "preview": f"bundles/{name}/{PREVIEW}" if name in pictured else None}
        for name, bundle in library.items()
    ]
    return json.dumps({"bundles": rows}, indent=1, allow_nan=False) + "\n"


def index_row(bundle: Bundle) -> dict[str, Any]:
    """What the index says of a bundle, but for its picture; every number is finite."""
    manifest = bundle.manifest
    return {
        "name": manifest.name,
        "title": manifest.title,
        "env_id": manifest.env.id,
        "environment": standing(bundle),
        "algorithm": manifest.source.algorithm,
        "repo_id": manifest.source.repo_id,
        "control_hz": 1 / manifest.env.dt,
        **_proof(manifest),
    }


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
