"""Where a bundle goes, and what is there already: decided before anything is downloaded or computed."""

import contextlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.files.work_folder import recover

if TYPE_CHECKING:
    from bbconvert.convert.bundle.bundle import Bundle
    from bbconvert.convert.manifest import NormalizationMode, Source

BUNDLES = Path("bundles")
"""The default folder of bundles, below the working directory."""


def bundle_name(text: str) -> str:
    """A name that fits `bundle.json` and a folder: letters, digits, dots, hyphens and underscores."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", text.replace("/", "--"))
    return re.sub(r"\A[^A-Za-z0-9]+", "", name) or "bundle"


def existing_bundle(
    out: Path, wanted: "Source", normalization: "NormalizationMode | None", *, force: bool
) -> "Bundle | None":
    """The bundle at `out` that is kept, or None where one is to be written.

    It is kept where it was made of the same source as `wanted` (repository and, where given, revision; the file's
    hash for a local file), or pulled whole from there, in the same normalisation mode.

    Raises:
        BBConvertError: something else is there, or nothing can be written there.
    """
    recover(out)
    if force or not out.exists() or (out.is_dir() and not any(out.iterdir())):
        _require_writable(out)
        return None
    from bbconvert.convert.bundle.bundle import open_bundle

    choices = "Replace it with --force, or choose another folder with --out."
    if not out.is_dir():
        raise BBConvertError(f"{out} is a file; expected a folder to write the bundle to. Choose another with --out.")
    try:
        bundle = open_bundle(out)
    except BBConvertError as error:
        raise BBConvertError(f"{out} exists and is not a readable bundle: {error} {choices}") from error
    source, mode = bundle.manifest.source, bundle.manifest.normalization.mode
    if (whole := bundle.manifest.pulled_from) is not None:
        source = source.model_copy(update={"repo_id": whole.repo_id, "revision": whole.revision})
    if source.repo_id != wanted.repo_id or (wanted.sha256 and source.sha256 != wanted.sha256):
        raise BBConvertError(f"{out} exists and was made from another source ({_described(source)}). {choices}")
    if wanted.revision is not None and source.revision != wanted.revision:
        raise BBConvertError(
            f"{out} exists, made from revision {source.revision}; asked for was {wanted.revision}. {choices}"
        )
    if normalization is not None and mode != normalization:
        raise BBConvertError(f"{out} exists with normalisation {mode}; asked for was {normalization}. {choices}")
    return bundle


def _described(source: "Source") -> str:
    return f"{source.repo_id} at {source.revision}" if source.repo_id else source.filename


def _require_writable(out: Path) -> None:
    """Tries to make a folder in the nearest one above `out` that exists; the next run removes what a kill left."""
    above = next(folder for folder in out.absolute().parents if folder.exists())
    if not above.is_dir():
        raise BBConvertError(f"Cannot write to {out}: {above} is a file, not a folder. Choose another with --out.")
    trial = above / ".bbconvert-writable"
    try:
        with contextlib.suppress(FileExistsError):  # another run tries at the same time, or was killed there
            trial.mkdir()
    except OSError as error:
        raise BBConvertError(
            f"Cannot write to {out}: {error.strerror or error} in {above}. Choose another folder with --out."
        ) from error
    with contextlib.suppress(OSError):  # another run may have removed it
        trial.rmdir()
