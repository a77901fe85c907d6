"""`bbconvert bench`: the budgets, measured on this machine."""

import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bbconvert.convert.cli.console import Progress, print_json, print_result, print_table
from bbconvert.convert.cli.options import JsonOption

if TYPE_CHECKING:
    from bbconvert.convert.bench.bench import Announce, Measurement


def bench(
    bundles: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[BUNDLE ...]", help="Folders of bundles.", show_default="the default bundle"),
    ] = None,
    pull: Annotated[
        str | None, typer.Option("--pull", metavar="REPO", help="Also time `bbconvert pull REPO`.", show_default=False)
    ] = None,
    compare: Annotated[
        Path | None,
        typer.Option("--compare", metavar="FILE", help="Show a former run (its --json) beside it.", show_default=False),
    ] = None,
    swarm: Annotated[
        bool, typer.Option("--swarm", help="Measure swarms of 1, 10, 100 and 1,000 bodies, and nothing else.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Measure speed, latencies, bytes and start-up against their budgets, in a headless browser: about 3 minutes."""
    from bbconvert.convert.bench.bench import measure
    from bbconvert.convert.bench.report import read_report, report
    from bbconvert.convert.bench.swarm import measure_swarm
    from bbconvert.convert.bundle.bundle import open_bundle
    from bbconvert.convert.shipped import DEFAULT_BUNDLE

    former = read_report(compare) if compare is not None else {}
    progress = Progress(quiet=json)
    opened = [open_bundle(folder) for folder in bundles or [DEFAULT_BUNDLE]]
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    if load > 1:
        progress.say(f"Warning: other programs keep {load:.1f} processors busy: the times will be too long.")
    announce = _announcer(progress)
    found = list(measure_swarm(opened, announce) if swarm else measure(opened, pull, announce))
    machine: dict[str, object] = {"platform": platform.platform(), "cpus": os.cpu_count(), "load": load}
    if json:
        print_json(report(machine, found))
        return
    titles: tuple[str, ...] = ("subject", "measured", "p10", "median", "mean", "budget", "")
    rows = [_row(line) for line in found]
    if compare is not None:
        titles = (*titles, "before", "ratio")
        rows = [(*row, *_before(line, former)) for row, line in zip(rows, found, strict=True)]
    print_table(titles, rows)
    over = sum(line.ok is False for line in found)
    held = sum(line.ok is True for line in found)
    print_result(f"{held} of {held + over} budgets are kept, on {machine['cpus']} CPUs ({machine['platform']}).")


def _announcer(progress: Progress) -> "Announce":
    return lambda stage: progress.say(f"Measuring {stage} …")


def _row(line: "Measurement") -> tuple[str, ...]:
    sign = "≥" if line.at_least else "≤"
    budget = "" if line.budget is None else f"{sign} {line.budget:g} {line.unit}".strip()
    mark = {True: "kept", False: "OVER", None: ""}[line.ok]
    p10, mean = ("" if value is None else _digits(value) for value in (line.p10, line.mean))
    return (line.subject, line.what, p10, f"{_digits(line.value)} {line.unit}".strip(), mean, budget, mark)


def _before(line: "Measurement", former: dict[tuple[str, str], float]) -> tuple[str, str]:
    """The value of the former run, and this one as a multiple of it; empty where it has none."""
    before = former.get((line.subject, line.what))
    if before is None:
        return "", ""
    return f"{_digits(before)} {line.unit}".strip(), f"{line.value / before:.2f}" if before else ""


def _digits(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
