"""`bbconvert pull` of a repository that is a bundle itself: nothing to convert, all to check."""

from pathlib import Path

from bbconvert.convert.bundle.bundle import MANIFEST
from bbconvert.convert.bundle.output_folder import bundle_name
from bbconvert.convert.bundle.own_environment import say_own_environment
from bbconvert.convert.files.whole_folder import whole_folder
from bbconvert.convert.hub.bundle import download_bundle
from bbconvert.convert.hub.repository import RepositoryFiles
from bbconvert.convert.manifest import NormalizationMode
from bbconvert.convert.progress import DownloadProgress
from bbconvert.convert.safety.limits import CONVERSION
from bbconvert.convert.safety.sandbox import run_function


def pull_whole(
    files: RepositoryFiles,
    out: Path,
    *,
    normalization: NormalizationMode | None,
    force: bool,
    sandbox: bool,
    progress: DownloadProgress,
) -> Path:
    """Downloads the bundle, verifies it here, and puts it at `out`; whole or not at all.

    Raises:
        BBConvertError: whatever is wrong with it; nothing was written then.
    """
    progress.say(f"{files.repo_id} is a bundle: nothing to convert.")
    with whole_folder(out, force=force, kind="bundle", marker=MANIFEST) as folder:
        name = bundle_name(files.repo_id)
        bundle = download_bundle(files, folder, name=name, normalization=normalization, track=progress.download)
        run_function(
            "bbconvert.convert.verify.promise:require_that_it_holds",
            folder,
            files.repo_id,
            doing=f"Verifying {files.repo_id}",
            limits=CONVERSION if sandbox else None,
            progress=progress,
        )
        say_own_environment(bundle, progress)
    return out
