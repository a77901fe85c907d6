"""`bbconvert pull` of a repository that is a bundle itself: nothing to convert, all to check."""

from pathlib import Path

from convert.bundle import MANIFEST, Bundle
from convert.cli.console import Progress
from convert.cli.output import bundle_name
from convert.cli.own_environment import say_own_environment
from convert.errors import BBConvertError
from convert.hub import RepositoryFiles
from convert.hub_bundle import download_bundle
from convert.manifest import NormalizationMode
from convert.verify import PYTHON_LEVELS, verify_bundle
from convert.whole_folder import whole_folder


def pull_whole(
    files: RepositoryFiles, out: Path, *, normalization: NormalizationMode | None, force: bool, progress: Progress
) -> Path:
    """Downloads the bundle, verifies it here, and puts it at `out`; whole or not at all.

    Raises:
        BBConvertError: whatever is wrong with it; nothing was written then.
    """
    progress.say(f"{files.repo_id} is a bundle: nothing to convert.")
    with whole_folder(out, force=force, kind="bundle", marker=MANIFEST) as folder:
        name = bundle_name(files.repo_id)
        bundle = download_bundle(files, folder, name=name, normalization=normalization, track=progress.download)
        _require_that_it_holds(bundle, files.repo_id, progress)
        say_own_environment(bundle, progress)
    return out


def _require_that_it_holds(bundle: Bundle, repo_id: str, progress: Progress) -> None:
    checks = verify_bundle(bundle, PYTHON_LEVELS, lambda level: progress.say(f"Verifying: {level} …"))
    failed = [check for check in checks if not check.ok]
    if failed:
        worst, source = failed[0], bundle.manifest.source.repo_id
        instead = f" Convert its source instead: bbconvert pull {source}" if source else ""
        raise BBConvertError(
            f"The bundle {repo_id} does not hold what it promises: {worst.level}, {worst.name}: {worst.metric} is "
            f"{worst.value:.3g}, at most {worst.tolerance:.3g} is allowed ({len(failed)} of {len(checks)} checks "
            f"failed). Nothing was written.{instead}"
        )
