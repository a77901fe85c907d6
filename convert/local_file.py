"""From a local checkpoint file to a verified bundle."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from bbconvert.convert.bundle.output_folder import BUNDLES, bundle_name, existing_bundle
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.progress import CallbackProgress, Progress, ProgressCallback

if TYPE_CHECKING:
    from bbconvert.convert.activation import Activation
    from bbconvert.convert.bundle.bundle import Bundle
    from bbconvert.convert.conversion import Learned, RobotFiles
    from bbconvert.convert.manifest import NormalizationMode


def convert(
    file: str | Path,
    env: str,
    *,
    env_kwargs: Mapping[str, Any] | None = None,
    vec_normalize: str | Path | None = None,
    activation: "Activation | None" = None,
    output: Literal["clip", "tanh"] | None = None,
    prefix: str | None = None,
    normalization: "NormalizationMode | None" = None,
    name: str | None = None,
    title: str | None = None,
    out: str | Path | None = None,
    force: bool = False,
    sandbox: bool = True,
    progress: ProgressCallback | None = None,
) -> "Bundle":
    """Converts a local checkpoint, verifies it and writes a bundle.

    Args:
        file: a checkpoint of CleanRL, Stable-Baselines3 or SBX, an ONNX policy, Brax's parameters, a state_dict or
            safetensors.
        env: the id of the environment that it was trained on; `module:Id-v0` imports one of your own.
        env_kwargs: arguments of `gymnasium.make`.
        vec_normalize: Stable-Baselines3's statistics; None: those beside the file, where there are any.
        activation: what stands between the layers of a plain state_dict, or of Brax's policy.
        output: what becomes of a plain state_dict's output: clipped, or passed through tanh and stretched.
        prefix: how the policy's tensors begin, beside those of others.
        normalization: how observations are normalised; None: as training did, frozen where it normalised.
        name: the bundle's, as a folder and in the page's address; None: from the file and the environment.
        title: the bundle's, for people; None: the environment and the file's name.
        out: the bundle's folder; None: `bundles/NAME` below the working directory.
        force: replace a bundle that is there; else one that was made of the same file is kept.
        sandbox: convert in a child process with limits.
        progress: told each stage.

    Returns:
        The bundle, opened.

    Raises:
        BBConvertError: whatever was wrong with the checkpoint, the environment or the folder; nothing was written then.
    """
    from bbconvert.convert.bundle.bundle import open_bundle

    path = convert_file(
        Path(file),
        env,
        env_kwargs=dict(env_kwargs or {}),
        vec_normalize=None if vec_normalize is None else Path(vec_normalize),
        activation=activation,
        output=output,
        prefix=prefix,
        normalization=normalization,
        name=name,
        title=title,
        out=None if out is None else Path(out),
        force=force,
        sandbox=sandbox,
        progress=CallbackProgress(progress),
    )
    return open_bundle(path)


def convert_file(
    file: Path,
    env: str,
    *,
    progress: Progress,
    env_kwargs: dict[str, Any] | None = None,
    vec_normalize: Path | None = None,
    activation: "Activation | None" = None,
    output: Literal["clip", "tanh"] | None = None,
    prefix: str | None = None,
    normalization: "NormalizationMode | None" = None,
    out: Path | None = None,
    force: bool = False,
    sandbox: bool = True,
    name: str | None = None,
    title: str | None = None,
    learned: "Learned | None" = None,
    robot: "RobotFiles | None" = None,
) -> Path:
    """What `convert` does, with any kind of progress display; returns the bundle's folder."""
    from bbconvert.convert.environments.modules import import_environment
    from bbconvert.convert.files.digest import sha256_of
    from bbconvert.convert.manifest import Source

    env_kwargs = env_kwargs or {}
    if robot is None:
        import_environment(env)
    if not file.is_file():
        what = "is a folder" if file.is_dir() else "does not exist"
        raise BBConvertError(f"{file} {what}; expected a checkpoint file. From the Hub: bbconvert pull OWNER/REPO")
    name = bundle_name(name or f"{file.stem}--{env}")
    folder = out or BUNDLES / name
    # The reader knows the library and the algorithm, and fills them in.
    source = Source(filename=file.name, sha256=sha256_of(file), library="unknown", algorithm="unknown")
    kept = existing_bundle(folder, source, normalization, force=force)
    if kept is not None:
        _require_same(kept, env=env, env_kwargs=env_kwargs, activation=activation, output=output)
        progress.say(f"{folder} exists and was kept; --force makes it anew.")
        return folder

    from bbconvert.convert.checkpoints.checkpoint import Unsaid
    from bbconvert.convert.conversion import Conversion, convert_checkpoint

    conversion = Conversion(
        checkpoint=file,
        env_id=env,
        env_kwargs=env_kwargs,
        source=source,
        name=name,
        title=title or ("" if robot else f"{env}, {file.stem}"),
        normalization=normalization,
        vec_normalize=vec_normalize,
        unsaid=Unsaid(activation=activation, output=output, prefix=prefix),
        learned=learned,
        robot=robot,
    )
    return convert_checkpoint(conversion, folder, force=force, sandbox=sandbox, progress=progress)


def _require_same(
    kept: "Bundle", *, env: str, env_kwargs: dict[str, Any], activation: str | None, output: str | None
) -> None:
    """Refuses to keep a bundle that was converted from the same file in another way."""
    manifest = kept.manifest
    arguments = [(f"--env-arg {name}", value, manifest.env.kwargs.get(name)) for name, value in env_kwargs.items()]
    for what, asked, got in (
        *((what, _plain(asked), _plain(got)) for what, asked, got in arguments),
        ("environment", env, manifest.env.trained_on),
        ("activation", activation, manifest.network.activation),
        ("output", output, manifest.action.transform),
    ):
        if asked is not None and asked != got:
            raise BBConvertError(
                f"{kept.folder} exists with {what} {got}; asked for was {asked}. Replace it with --force, or choose "
                "another folder with --out."
            )


def _plain(value: Any) -> Any:
    """A value as JSON keeps it: a tuple is a list."""
    return list(value) if isinstance(value, tuple) else value
