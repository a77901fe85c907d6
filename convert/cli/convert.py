"""`bbconvert convert`: from a local checkpoint file to a verified bundle."""

import ast
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from bbconvert.convert.activation import Activation
from bbconvert.convert.cli.console import Progress
from bbconvert.convert.cli.options import ForceOption, JsonOption, NormalizationOption, NoSandboxOption, OutOption
from bbconvert.convert.cli.pull import print_bundle
from bbconvert.convert.errors import UsageError

if TYPE_CHECKING:
    from bbconvert.convert.conversion import RobotFiles


def convert(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE|RUN",
            help="A checkpoint of CleanRL or Stable-Baselines3, an ONNX policy, a state_dict or safetensors; or the "
            "folder of a run of CleanRL, rl_zoo3 or `bbconvert train`, whose stages come along.",
        ),
    ],
    *,
    env: Annotated[
        str | None,
        typer.Option("--env", metavar="ENV_ID", help="The environment it was trained on (see envs); a run knows it."),
    ] = None,
    env_arg: Annotated[
        list[str] | None,
        typer.Option("--env-arg", metavar="NAME=VALUE", help="An argument of gymnasium.make; may be given again."),
    ] = None,
    vec_normalize: Annotated[
        Path | None,
        typer.Option("--vec-normalize", metavar="FILE", help="Stable-Baselines3's VecNormalize statistics."),
    ] = None,
    activation: Annotated[
        Activation | None,
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
    mjcf: Annotated[
        Path | None,
        typer.Option("--mjcf", metavar="SCENE", help="Of a robot: its scene. Goes with --loop, instead of --env."),
    ] = None,
    loop: Annotated[
        Path | None,
        typer.Option(
            "--loop",
            metavar="YAML",
            help="Of a robot: its control loop, as Unitree's deploy/*.yaml or as docs/robots.md describes it.",
        ),
    ] = None,
    meshes: Annotated[
        Literal["reduced", "full"],
        typer.Option("--meshes", help="Whether meshes of a robot that are only drawn keep at most 1,500 triangles."),
    ] = "reduced",
    normalization: NormalizationOption = None,
    out: OutOption = None,
    force: ForceOption = False,
    no_sandbox: NoSandboxOption = False,
    json: JsonOption = False,
) -> None:
    """Convert a local checkpoint, verify it and write a bundle, whose path is the last line of stdout."""
    from bbconvert.convert.local_file import convert_file

    progress = Progress(quiet=json)
    kwargs, learned = parse_env_args(env_arg or []), None
    if file.is_dir():
        from bbconvert.convert.run_folder import read_run

        run = read_run(file)
        if run.note is not None:
            progress.say(run.note)
        file, env, kwargs, learned = run.policy, env or run.env_id, {**run.env_kwargs, **kwargs}, run.learned
    robot = robot_files(mjcf, loop, meshes)
    if robot is not None:
        env = robot.loop.stem if env is None else env
    if env is None:
        raise UsageError(f"Name the environment that {file.name} was trained on, with --env. See: bbconvert envs")
    path = convert_file(
        file,
        env,
        env_kwargs=kwargs,
        learned=learned,
        robot=robot,
        vec_normalize=vec_normalize,
        activation=activation,
        output=output,
        prefix=prefix,
        normalization=normalization,
        out=out,
        force=force,
        sandbox=not no_sandbox,
        progress=progress,
    )
    print_bundle(path, json=json)


def robot_files(mjcf: Path | None, loop: Path | None, meshes: str) -> "RobotFiles | None":
    """The files of a robot; None where it is none.

    Raises:
        UsageError: one of the two was not given, or is not a file.
    """
    from bbconvert.convert.conversion import RobotFiles
    from bbconvert.convert.robots.scene import TRIANGLES

    if mjcf is None and loop is None:
        return None
    if mjcf is None or loop is None:
        raise UsageError("A robot needs both: --mjcf SCENE, its MuJoCo scene, and --loop YAML, its control loop.")
    for option, path in (("--mjcf", mjcf), ("--loop", loop)):
        if not path.is_file():
            raise UsageError(f"{option} {path}: this file does not exist.")
    return RobotFiles(mjcf, loop, None if meshes == "full" else TRIANGLES)


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
