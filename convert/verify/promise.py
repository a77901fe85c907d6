"""A bundle from the Hub is held to what it promises. Runs in the child process of `convert/safety/sandbox.py`."""

from pathlib import Path

from bbconvert.convert.bundle.bundle import open_bundle
from bbconvert.convert.bundle.environment_standing import require_described
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.progress import Progress
from bbconvert.convert.verify import PYTHON_LEVELS, verify_bundle


def require_that_it_holds(folder: Path, repo_id: str, progress: Progress) -> None:
    """Verifies the bundle in `folder`, which was downloaded from `repo_id`.

    Raises:
        BBConvertError: it does not hold, or describes an environment of the catalogue otherwise than the catalogue.
    """
    bundle = open_bundle(folder)
    require_described(bundle, f"The bundle {repo_id}")
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
