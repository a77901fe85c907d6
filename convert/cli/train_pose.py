"""`bbconvert train-pose`: a network that tells a body's attitude from a picture, for a policy that observes it."""

import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bbconvert.convert.cli.console import PIPED_WIDTH, print_result
from bbconvert.convert.errors import BBConvertError, UsageError

if TYPE_CHECKING:
    from bbconvert.convert.sight.training import Errors


def train_pose(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="The folder of a bundle.", show_default=False)],
    *,
    body: Annotated[str, typer.Option("--body", metavar="NAME", help="The body that is seen.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="For pictures, curve, and the new bundle.")],
    pictures: Annotated[int, typer.Option(min=256, help="To learn from; 2,000 more are held out.")] = 22_000,
    size: Annotated[int, typer.Option(min=32, max=256, help="Pixels of a side, a multiple of 16.")] = 64,
    epochs: Annotated[int, typer.Option(min=1, help="How often each picture is shown.")] = 40,
    seed: Annotated[int, typer.Option(min=0, help="Of everything random.")] = 0,
) -> None:
    """Draw pictures with the page, train a network on them, and write a bundle whose policy can act on what it sees.

    The pictures are kept in DIR: the same command begins with those that are there.
    """
    if size % 16:
        raise UsageError(f"--size is a multiple of 16, such as 64 or 96; got {size}.")
    try:
        import PIL  # noqa: F401
    except ImportError as error:
        raise BBConvertError("This needs Pillow: pip install 'bbconvert[train,browser]'") from error
    from bbconvert.convert.bundle.bundle import open_bundle
    from bbconvert.convert.sight.run import Plan, Report
    from bbconvert.convert.sight.run import train_pose as run

    plan = Plan(body, pictures, size=size, epochs=epochs, seed=seed)
    opened = open_bundle(bundle)
    with _progress(plan.pictures + plan.held_out, epochs) as (drawn, shown):
        folder = run(opened, plan, out, Report(drawn, shown))
    if (estimator := open_bundle(folder).manifest.estimator) is not None:
        off = estimator.error
        print_result(
            f"Off by {off.median:.1f} degrees (median) and {off.percentile_95:.1f} (95th percentile) on "
            f"{off.pictures:,} pictures that it never saw."
        )
    print_result(shlex.join(["bbconvert", "play", str(folder)]))


@contextmanager
def _progress(
    total: int, epochs: int
) -> "Iterator[tuple[Callable[[int], None], Callable[[int, float, Errors], None]]]":
    """Bars on a terminal, else a line for every tenth. On stderr."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True, width=None if sys.stderr.isatty() else PIPED_WIDTH)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())

    def due(done: int, of: int) -> bool:
        """Whether to write a line now, when the output is not a terminal."""
        return done == of or done % max(1, of // 10) < of / 96

    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        drawing = bars.add_task("Drawing pictures", total=total)
        training = bars.add_task("Training", total=epochs)

        def drawn(done: int) -> None:
            bars.update(drawing, completed=done)
            if not console.is_terminal and due(done, total):
                console.print(f"Drawn {done:,} of {total:,} pictures", highlight=False)

        def shown(epoch: int, error: float, errors: "Errors") -> None:
            said = f"off by {errors.median:.1f}° (median), {errors.percentile_95:.1f}° (95%)"
            bars.update(training, completed=epoch, description=f"Training, {said}")
            if not console.is_terminal and due(epoch, epochs):
                console.print(f"Epoch {epoch} of {epochs}: {said}, in training {error:.1f}°", highlight=False)

        yield drawn, shown
