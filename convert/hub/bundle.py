"""A repository that is a bundle itself: downloaded whole and checked, with nothing to convert."""

import shutil
from pathlib import Path

from bbconvert.convert.bundle.bundle import (
    GOLDEN,
    MANIFEST,
    POLICY,
    POSE,
    README,
    SCENE,
    TFJS,
    Bundle,
    open_bundle,
    write_manifest,
)
from bbconvert.convert.bundle.proof import proof_files
from bbconvert.convert.environments.scene_files import RESERVED
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.hub.repository import RepositoryFiles, Track, download_file
from bbconvert.convert.manifest import Manifest, NormalizationMode, Repository
from bbconvert.convert.safety.file_inside import file_inside
from bbconvert.convert.safety.limits import MAX_BUNDLE_BYTES, MAX_MANIFEST_BYTES

REQUIRED = (MANIFEST, POLICY, f"{TFJS}/model.json", f"{TFJS}/weights.bin", SCENE, GOLDEN)


def download_bundle(
    files: RepositoryFiles, folder: Path, *, name: str, normalization: NormalizationMode | None, track: Track
) -> Bundle:
    """Downloads the bundle's own files, and no others, into `folder`, which exists; `name` becomes the bundle's.

    Raises:
        BBConvertError: files are missing or too large, the manifest is not valid or names files outside the bundle, or
            it has another normalisation than the one asked for.
    """
    if files.sizes[MANIFEST] > MAX_MANIFEST_BYTES:
        raise BBConvertError(
            f"{MANIFEST} of {files.repo_id} has {files.sizes[MANIFEST] / 2**20:.0f} MiB, at most "
            f"{MAX_MANIFEST_BYTES // 2**20} are expected. Nothing was written."
        )
    _fetch(files, [MANIFEST], folder, track)
    manifest = open_bundle(folder).manifest
    mode = manifest.normalization.mode
    if normalization not in (None, mode):
        source = manifest.source.repo_id
        again = f" Convert its source anew: bbconvert pull {source} --normalization {normalization}" if source else ""
        raise BBConvertError(
            f"{files.repo_id} is a bundle already, with normalisation {mode}; asked for was {normalization}.{again}"
        )
    optional = [README] if README in files.sizes else []
    sight = [] if manifest.estimator is None else [POSE]
    stages = [] if manifest.training is None else [stage.file for stage in manifest.training.stages]
    _fetch(files, [*REQUIRED[1:], *sight, *stages, *optional, *_assets(files, manifest)], folder, track)
    whole = Repository(repo_id=files.repo_id, revision=files.revision)
    write_manifest(folder, manifest.model_copy(update={"name": name, "pulled_from": whole}))
    bundle = open_bundle(folder)
    for file, text in proof_files(bundle).items():  # of what came, not of what was said to come
        (folder / file).write_text(text, encoding="utf-8")
    return bundle


def _assets(files: RepositoryFiles, manifest: Manifest) -> list[str]:
    for name in manifest.env.assets:
        parts = name.split("/")
        if "\\" in name or ":" in name or parts[0] in RESERVED or any(not part or part[0] == "." for part in parts):
            raise BBConvertError(
                f"The bundle {files.repo_id} names the file {name!r}, which is not one below it. Nothing was written."
            )
    return manifest.env.assets


def _fetch(files: RepositoryFiles, names: list[str], folder: Path, track: Track) -> None:
    missing = [name for name in names if name not in files.sizes]
    if missing:
        raise BBConvertError(
            f"{files.repo_id} has a {MANIFEST} but not {', '.join(missing)}: the bundle there is incomplete. "
            "Ask its owner to push it again."
        )
    size = sum(files.sizes[name] for name in names)
    if size > MAX_BUNDLE_BYTES:
        raise BBConvertError(
            f"The bundle {files.repo_id} has {size / 2**20:.0f} MiB; at most {MAX_BUNDLE_BYTES // 2**20} MiB are "
            "expected, so it was not downloaded."
        )
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(download_file(files, name, track), path)
        if file_inside(folder, name) is None:
            raise BBConvertError(f"{name} of {files.repo_id} lies outside the bundle. Nothing was written.")
