"""From a repository on the Hub to a verified bundle."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bbconvert.convert.bundle.output_folder import BUNDLES, bundle_name, existing_bundle
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.progress import CallbackProgress, DownloadProgress, ProgressCallback

if TYPE_CHECKING:
    from bbconvert.convert.bundle.bundle import Bundle
    from bbconvert.convert.conversion import Conversion
    from bbconvert.convert.hub.repository import HubRepository
    from bbconvert.convert.manifest import NormalizationMode


def pull(
    repo: str,
    *,
    out: str | Path | None = None,
    algo: str | None = None,
    seed: int | None = None,
    revision: str | None = None,
    normalization: "NormalizationMode | None" = None,
    force: bool = False,
    sandbox: bool = True,
    progress: ProgressCallback | None = None,
) -> "Bundle":
    """Downloads a policy from the Hub, converts it, verifies it and writes a bundle.

    Args:
        repo: `owner/name`, an address of a page of the Hub, or `owner/ENV_ID` such as `cleanrl/Humanoid-v4`;
            `wandb:entity/project/run` with the extra `wandb`.
        out: the bundle's folder; None: `bundles/NAME` below the working directory.
        algo: completes `owner/ENV_ID`; None: `ppo_continuous_action`.
        seed: completes `owner/ENV_ID`; None: 1.
        revision: branch, tag or commit; None: the default branch.
        normalization: how observations are normalised; None: as training did, frozen where it normalised.
        force: replace a bundle that is there; else one that was made of the same source is kept.
        sandbox: convert in a child process with limits.
        progress: told each stage.

    Returns:
        The bundle, opened.

    Raises:
        BBConvertError: whatever stopped it; nothing was written then.
    """
    from bbconvert.convert.bundle.bundle import open_bundle

    path = pull_bundle(
        repo,
        algo=algo,
        seed=seed,
        revision=revision,
        normalization=normalization,
        out=None if out is None else Path(out),
        force=force,
        sandbox=sandbox,
        progress=CallbackProgress(progress),
    )
    return open_bundle(path)


def pull_bundle(
    repo: str,
    *,
    algo: str | None = None,
    seed: int | None = None,
    revision: str | None = None,
    normalization: "NormalizationMode | None" = None,
    out: Path | None = None,
    bundles: Path = BUNDLES,
    force: bool = False,
    sandbox: bool = True,
    progress: DownloadProgress,
) -> Path:
    """What `pull` does with one; returns the bundle's folder: `out`, or one in `bundles`. `play REPO` uses it too.

    Raises:
        BBConvertError: whatever stopped it; nothing was written then.
    """
    if repo.startswith(("wandb:", "https://wandb.ai/")):
        from bbconvert.convert.wandb_run import pull_run

        return pull_run(repo, out=out, normalization=normalization, force=force, sandbox=sandbox, progress=progress)
    from huggingface_hub import constants

    from bbconvert.convert.hub.address import parse_address
    from bbconvert.convert.hub.repository import choose_checkpoint, download_repository, find_repository
    from bbconvert.convert.hub.session import allow_waiting
    from bbconvert.convert.manifest import Source

    allow_waiting(progress.say)
    address = parse_address(repo, endpoint=constants.ENDPOINT, algo=algo, seed=seed)
    address = replace(address, revision=revision or address.revision)

    def kept(repo_id: str, commit: str | None) -> bool:
        wanted = Source(repo_id=repo_id, revision=commit, filename="", sha256="", library="", algorithm="")
        return existing_bundle(_folder(repo_id, out, bundles), wanted, normalization, force=force) is not None

    # Without a revision to compare, the answer needs no network.
    found = address.revision is None and kept(address.repo_id, None)
    if not found:
        files = replace(find_repository(address), again=force)
        if files.cached:
            progress.say(f"The Hub was not reached: taking {files.repo_id} from the local cache.")
        found = kept(files.repo_id, files.revision if address.revision else None)
        address = replace(address, repo_id=files.repo_id)
    folder = _folder(address.repo_id, out, bundles)
    if found:
        progress.say(f"{folder} exists and was kept; --force makes it anew.")
        return folder
    progress.say(f"{files.repo_id} at revision {files.revision}")
    if files.is_bundle:
        from bbconvert.convert.pull_bundle import pull_whole

        return pull_whole(files, folder, normalization=normalization, force=force, sandbox=sandbox, progress=progress)
    repository = download_repository(files, choose_checkpoint(files, address.filename), progress.download)
    from bbconvert.convert.conversion import convert_checkpoint

    return convert_checkpoint(
        _conversion(repository, normalization), folder, force=force, sandbox=sandbox, progress=progress
    )


def local_or_pulled(text: str, *, sandbox: bool = True, progress: DownloadProgress) -> Path:
    """The bundle's folder that `text` names: a path, one in ./bundles by its name, or a repository, which is pulled.

    Raises:
        BBConvertError: it is a path where nothing is, or the pull failed.
    """
    path = Path(text).expanduser()
    if path.exists():
        return path
    if text.startswith((".", "/", "~")) or path.is_absolute():
        raise BBConvertError(f"There is no {text}. Bundles are folders with a bundle.json; see: bbconvert list")
    if "/" not in text:
        below = BUNDLES / text
        if below.exists():
            return below
        raise BBConvertError(
            f"{text} is neither a folder here, nor one in ./{BUNDLES}, nor a repository (owner/name). "
            "See: bbconvert list"
        )
    return pull_bundle(text, sandbox=sandbox, progress=progress)


def _folder(repo_id: str, out: Path | None, bundles: Path) -> Path:
    return out or bundles / bundle_name(repo_id)


def _conversion(repository: "HubRepository", normalization: "NormalizationMode | None") -> "Conversion":
    from bbconvert.convert.conversion import Conversion
    from bbconvert.convert.files.digest import sha256_of
    from bbconvert.convert.manifest import Source

    card, env_id = repository.card, repository.env_id
    algorithm = repository.checkpoint.stem
    source = Source(
        repo_id=repository.repo_id,
        revision=repository.revision,
        filename=repository.filename,
        sha256=sha256_of(repository.checkpoint),
        library=(card.library if card else None) or "cleanrl",
        algorithm=algorithm,
        license=repository.license,
    )
    return Conversion(
        checkpoint=repository.checkpoint,
        env_id=env_id,
        source=source,
        name=bundle_name(repository.repo_id),
        title=f"{env_id}, {(card.algorithm if card else None) or algorithm} by {repository.repo_id.split('/')[0]}",
        normalization=normalization,
        published=card.published if card else None,
    )
