"""The `bbconvert` command: all subcommands, registered."""

import sys
from typing import Annotated

import typer

from bbconvert.convert import __version__
from bbconvert.convert.cli.bench import bench
from bbconvert.convert.cli.convert import convert
from bbconvert.convert.cli.diff import diff
from bbconvert.convert.cli.doctor import doctor
from bbconvert.convert.cli.edge import Edge, take_debug, unwind_when_terminated
from bbconvert.convert.cli.evaluate import evaluate
from bbconvert.convert.cli.export import export
from bbconvert.convert.cli.inspect import inspect
from bbconvert.convert.cli.listing import envs, list_bundles
from bbconvert.convert.cli.play import play, serve
from bbconvert.convert.cli.pull import pull
from bbconvert.convert.cli.push import push
from bbconvert.convert.cli.record import record
from bbconvert.convert.cli.repair import repair
from bbconvert.convert.cli.search import search
from bbconvert.convert.cli.train import train
from bbconvert.convert.cli.train_pose import train_pose
from bbconvert.convert.cli.verify import verify

app = typer.Typer(
    name="bbconvert",
    cls=Edge,
    help="Takes a policy that was trained in Python and plays it in a browser tab, exactly.",
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    epilog="Start here: bbconvert play    Then: bbconvert pull cleanrl/Humanoid-v4",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"bbconvert {__version__}")
        raise typer.Exit


@app.callback()
def bbconvert(
    version: Annotated[  # handled by its callback
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
    debug: Annotated[  # taken from the command line by main()
        bool, typer.Option("--debug", help="Show the traceback of an error; may stand anywhere.")
    ] = False,
) -> None:
    """Takes a policy that was trained in Python and plays it in a browser tab, exactly."""


app.command()(pull)
app.command()(convert)
app.command()(inspect)
app.command()(verify)
app.command()(evaluate)
app.command()(doctor)
app.command()(diff)
app.command()(play)
app.command()(serve)
app.command()(export)
app.command()(record)
app.command("list")(list_bundles)
app.command()(search)
app.command()(push)
app.command()(repair)
app.command()(envs)
app.command()(train)
app.command("train-pose")(train_pose)
app.command()(bench)


def main() -> None:
    """The console script; the exit codes are in `convert/cli/edge.py`."""
    unwind_when_terminated()
    app(args=take_debug(sys.argv[1:]), prog_name="bbconvert")
