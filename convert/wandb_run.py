"""A policy that a run logged to Weights & Biases: downloaded with its companions, and converted as a local file."""

import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from bbconvert.convert.bundle.output_folder import BUNDLES, bundle_name
from bbconvert.convert.checkpoints.companions import companion_names, policy_names
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.safety.limits import MAX_CHECKPOINT_BYTES, MEBIBYTE

if TYPE_CHECKING:
    from bbconvert.convert.manifest import NormalizationMode
    from bbconvert.convert.progress import Progress

SCHEME = "wandb:"
_ENV_KEYS = ("env_id", "env", "env_name")
"""What CleanRL, rl_zoo3 and others call the environment in a run's configuration."""


@dataclass(frozen=True)
class WandbRun:
    """`wandb:entity/project/run`; the run by its id, as in its address."""

    entity: str
    project: str
    run: str

    @property
    def path(self) -> str:
        """As W&B writes it."""
        return f"{self.entity}/{self.project}/{self.run}"


def parse_run(text: str) -> WandbRun:
    """Reads `wandb:entity/project/run`, or the address of the run's page.

    Raises:
        BBConvertError: it is neither.
    """
    parts = [part for part in text.removeprefix(SCHEME).removeprefix("https://wandb.ai/").split("/") if part]
    if len(parts) == 4 and parts[2] == "runs":
        del parts[2]
    if len(parts) != 3:
        raise BBConvertError(f"{text} is not a run of Weights & Biases. Expected wandb:ENTITY/PROJECT/RUN_ID.")
    return WandbRun(*parts)


def pull_run(
    text: str,
    *,
    out: Path | None,
    normalization: "NormalizationMode | None",
    force: bool,
    sandbox: bool,
    progress: "Progress",
) -> Path:
    """Downloads the run's policy and converts it; returns the bundle's folder.

    Raises:
        BBConvertError: the extra is missing, W&B does not answer, the run has no policy, or it does not convert.
    """
    from bbconvert.convert.local_file import convert_file

    wanted = parse_run(text)
    run = _find(wanted)
    named = {file.name: file for file in run.files()}
    policy = _choose(wanted, named)
    config = dict(run.config)
    env = next((str(config[key]) for key in _ENV_KEYS if isinstance(config.get(key), str)), None)
    if env is None:
        raise BBConvertError(
            f"The configuration of {wanted.path} names no environment ({', '.join(_ENV_KEYS)}). Download {policy} and "
            f"say it: bbconvert convert {PurePosixPath(policy).name} --env ENV_ID"
        )
    progress.say(f"{wanted.path}: {policy}, trained on {env}")
    with tempfile.TemporaryDirectory(prefix="bbconvert-wandb-") as scratch:
        for name in [policy, *companion_names(policy, named)]:
            _download(wanted, named[name], scratch)
        return convert_file(
            Path(scratch) / policy,
            env,
            normalization=normalization,
            name=bundle_name(wanted.path),
            title=f"{env}, {run.name or wanted.run} of {wanted.entity}",
            out=out or BUNDLES / bundle_name(wanted.path),
            force=force,
            sandbox=sandbox,
            progress=progress,
        )


def _find(wanted: WandbRun) -> Any:
    try:
        import wandb
    except ImportError as error:
        raise BBConvertError(
            "Runs of Weights & Biases are read with its library: pip install 'bbconvert[wandb]'"
        ) from error
    try:
        run = wandb.Api().run(wanted.path)
        run.config  # noqa: B018  # asks the server, where the run itself did not
    except Exception as error:  # wandb raises its own types, requests' and ValueError
        raise _in_words(wanted, error) from error
    return run


def _choose(wanted: WandbRun, named: dict[str, Any]) -> str:
    policies = policy_names(named)
    if not policies:
        there = ", ".join(sorted(named)[:8]) or "no files"
        raise BBConvertError(
            f"{wanted.path} logged no policy: it has {there}. Expected a *.cleanrl_model, a *.zip of "
            "Stable-Baselines3 or SBX, or an *.onnx; CleanRL saves one with --save-model."
        )
    if len(policies) > 1:
        raise BBConvertError(
            f"{wanted.path} logged several policies: {', '.join(policies[:8])}. Download one of them and "
            "convert it: bbconvert convert FILE --env ENV_ID"
        )
    size = int(named[policies[0]].size or 0)
    if size > MAX_CHECKPOINT_BYTES:
        raise BBConvertError(
            f"{policies[0]} of {wanted.path} has {size / MEBIBYTE:.0f} MiB, more than the "
            f"{MAX_CHECKPOINT_BYTES // MEBIBYTE} MiB that a policy may take. It was not downloaded."
        )
    return policies[0]


def _download(wanted: WandbRun, file: Any, into: str) -> None:
    path = PurePosixPath(file.name)
    if path.is_absolute() or ".." in path.parts:
        raise BBConvertError(f"{wanted.path} names the file {file.name!r}, which is not one below it.")
    try:
        file.download(root=into, replace=True).close()
    except Exception as error:
        raise _in_words(wanted, error) from error


def _in_words(wanted: WandbRun, error: Exception) -> BBConvertError:
    first = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
    return BBConvertError(
        f"Weights & Biases does not give {wanted.path} ({first}). Check the name against the run's page; for a private "
        "run, sign in: wandb login"
    )
