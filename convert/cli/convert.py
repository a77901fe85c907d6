"""`bbconvert convert`: from a local checkpoint file to a verified bundle."""

import ast
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from bbconvert.convert.cli.console import Progress
from bbconvert.convert.cli.options import ForceOption, JsonOption, NormalizationOption, NoSandboxOption, OutOption
from bbconvert.convert.cli.output import BUNDLES, bundle_name, existing_bundle
from bbconvert.convert.cli.pull import print_bundle
from bbconvert.convert.errors import BBConvertError, UsageError

if TYPE_CHECKING:
    from bbconvert.convert.bundle import Bundle

# The same words as convert.network.Activation, which takes long to import.
ActivationName = Literal["tanh", "relu", "elu", "leaky_relu", "sigmoid", "selu", "silu", "gelu", "softplus", "linear"]


def convert(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A checkpoint of CleanRL or Stable-Baselines3, an ONNX policy, a state_dict or safetensors.",
        ),
    ],
    *,
    env: Annotated[str, typer.Option("--env", metavar="ENV_ID", help="The environment it was trained on (see envs).")],
    env_arg: Annotated[
        list[str] | None,
        typer.Option("--env-arg", metavar="NAME=VALUE", help="An argument of gymnasium.make; may be given again."),
    ] = None,
    vec_normalize: Annotated[
        Path | None,
        typer.Option("--vec-normalize", metavar="FILE", help="Stable-Baselines3's VecNormalize statistics."),
    ] = None,
    activation: Annotated[
        ActivationName | None,
        typer.Option("--activation", help="What stands between the layers of a plain state_dict."),
    ] = None,
    output: Annotated[
        Literal["clip", "tanh"] | None,
        typer.Option(
            "--output",
            help="What becomes of a plain state_dict's output: clipped to the environment's bounds, or passed through "
            "tanh and stretched to them.",
        ),
    ] = None,
    prefix: Annotated[
        str | None,
        typer.Option("--prefix", metavar="NAME", help="How the policy's tensors begin, beside those of others."),
    ] = None,
    normalization: NormalizationOption = None,
    out: OutOption = None,
    force: ForceOption = False,
    no_sandbox: NoSandboxOption = False,
    json: JsonOption = False,
) -> None:
    """Convert a local checkpoint, verify it and write a bundle, whose path is the last line of stdout."""
    from bbconvert.convert.environment_modules import import_environment

    env_kwargs = parse_env_args(env_arg or [])
    import_environment(env)
    if not file.is_file():
        what = "is a folder" if file.is_dir() else "does not exist"
        raise BBConvertError(f"{file} {what}; expected a checkpoint file. From the Hub: bbconvert pull OWNER/REPO")
    progress = Progress(quiet=json)
    folder = out or BUNDLES / bundle_name(f"{file.stem}--{env}")

    from bbconvert.convert.digest import sha256_of
    from bbconvert.convert.manifest import Source

    # The reader knows the library and the algorithm, and fills them in.
    source = Source(filename=file.name, sha256=sha256_of(file), library="unknown", algorithm="unknown")
    kept = existing_bundle(folder, source, normalization, force=force)
    if kept is not None:
        _require_same(kept, env=env, env_kwargs=env_kwargs, activation=activation, output=output)
        progress.say(f"{folder} exists and was kept; --force makes it anew.")
        print_bundle(folder, json=json)
        return

    from bbconvert.convert.checkpoints.checkpoint import Unsaid
    from bbconvert.convert.conversion import Conversion, convert_checkpoint

    conversion = Conversion(
        checkpoint=file,
        env_id=env,
        env_kwargs=env_kwargs,
        source=source,
        name=bundle_name(f"{file.stem}--{env}"),
        title=f"{env}, {file.stem}",
        normalization=normalization,
        vec_normalize=vec_normalize,
        unsaid=Unsaid(activation=activation, output=output, prefix=prefix),
    )
    path = convert_checkpoint(conversion, folder, force=force, sandbox=not no_sandbox, progress=progress)
    print_bundle(path, json=json)


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


def parse_env_args(arguments: list[str]) -> dict[str, Any]:
    """`name=value` to keyword arguments; a value is a Python literal, or text where it is none.

    Raises:
        UsageError: one has no `=`, no name, or comes twice.
    """
    parsed: dict[str, Any] = {}
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if not equals or not name.isidentifier():
            raise UsageError(f"--env-arg {argument}: expected NAME=VALUE, for instance use_contact_forces=True")
        if name in parsed:
            raise UsageError(f"--env-arg {name} was given twice.")
        try:
            parsed[name] = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            parsed[name] = value
    return parsed
