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
            metavar="FILE|RUN|REPOSITORY",
            help="A checkpoint of CleanRL, Stable-Baselines3 or SBX, an ONNX policy, Brax's parameters, a state_dict "
            "or safetensors; the folder of a run of CleanRL, rl_zoo3 or `bbconvert train`, whose stages come along; "
            "or, with --robot, the folder of unitree_rl_gym.",
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
        typer.Option("--activation", help="What stands between the layers of a plain state_dict, or of Brax's policy."),
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
    robot: Annotated[
        str | None,
        typer.Option("--robot", metavar="NAME", help="A robot of a repository's folder, for instance g1."),
    ] = None,
    mjcf: Annotated[
        Path | None,
        typer.Option("--mjcf", metavar="SCENE", help="Of a robot: its scene, with its loop instead of --env."),
    ] = None,
    loop: Annotated[
        Path | None,
        typer.Option(
            "--loop",
            "--io",
            "--deploy",
            "--config",
            metavar="YAML",
            help="Of a robot: its control loop: Isaac Lab's IO_descriptors.yaml, Unitree's deploy/*.yaml, rl_sar's "
            "config.yaml, or one by hand (docs/robots.md). mjlab's ONNX holds its own.",
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
    from bbconvert.convert.robots.repository import holds_robots

    progress = Progress(quiet=json)
    kwargs, learned = parse_env_args(env_arg or []), None
    files = robot_files(file, mjcf, loop, meshes)
    if robot is not None or (file.is_dir() and holds_robots(file)):
        file, files = robot_in(file, robot, meshes, files)
    elif file.is_dir():
        from bbconvert.convert.run_folder import read_run

        run = read_run(file)
        if run.note is not None:
            progress.say(run.note)
        file, env, kwargs, learned = run.policy, env or run.env_id, {**run.env_kwargs, **kwargs}, run.learned
    if files is not None:
        env = files.loop.stem if env is None else env
    if env is None:
        raise UsageError(f"Name the environment that {file.name} was trained on, with --env. See: bbconvert envs")
    path = convert_file(
        file,
        env,
        env_kwargs=kwargs,
        learned=learned,
        robot=files,
        name=robot,
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


def robot_in(folder: Path, robot: str | None, meshes: str, named: "RobotFiles | None") -> "tuple[Path, RobotFiles]":
    """The policy and the files of a robot in a repository's folder.

    Raises:
        UsageError: it is not a folder, or files were named as well.
    """
    from bbconvert.convert.robots.repository import find_robot
    from bbconvert.convert.robots.scene import TRIANGLES

    if named is not None or not folder.is_dir():
        why = f"{folder} is not a folder" if named is None else "leave out --mjcf and --loop"
        raise UsageError(f"--robot {robot or 'NAME'} names a robot of a repository's folder: {why}.")
    return find_robot(folder, robot, None if meshes == "full" else TRIANGLES)


def robot_files(file: Path, mjcf: Path | None, loop: Path | None, meshes: str) -> "RobotFiles | None":
    """The files of a robot; None where it is none.

    Raises:
        UsageError: one of the two was not given, or is not a file.
    """
    from bbconvert.convert.conversion import RobotFiles
    from bbconvert.convert.robots.scene import TRIANGLES

    if mjcf is None and loop is None:
        return None
    if loop is None and file.suffix == ".onnx":
        loop = file
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
