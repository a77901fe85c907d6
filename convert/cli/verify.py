"""`bbconvert verify`: the proof, level by level."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from bbconvert.convert.bundle.own_environment import say_own_environment
from bbconvert.convert.cli.console import Progress, print_json, print_result, print_table
from bbconvert.convert.cli.edge import NOT_HELD
from bbconvert.convert.cli.options import JsonOption

if TYPE_CHECKING:
    from bbconvert.convert.parity import Check


def verify(
    bundle: Annotated[Path, typer.Argument(help="A bundle's folder.", show_default=False)],
    level: Annotated[
        Literal["network", "observation", "rollout", "browser", "all"],
        typer.Option(help="Which proof; browser needs an installed Chrome or Chromium."),
    ] = "all",
    json: JsonOption = False,
) -> None:
    """Prove that network, observation, rollout and browser agree with Python; exits 3 where one does not."""
    from bbconvert.convert.bundle.bundle import open_bundle
    from bbconvert.convert.bundle.other_mujoco import other_mujoco
    from bbconvert.convert.verify import levels_of, require_browser, verify_bundle

    opened = open_bundle(bundle)
    levels = levels_of(level)
    if "browser" in levels:
        require_browser()
    progress = Progress(quiet=json)
    checks = verify_bundle(opened, levels, lambda stage: progress.say(f"Verifying: {stage} …"))
    say_own_environment(opened, progress)
    other = other_mujoco(opened.manifest)
    if other is not None:
        progress.say(other)
    ok = all(check.ok for check in checks)
    if json:
        document = {"ok": ok, "checks": [check.model_dump() for check in checks]}
        print_json(document if other is None else {**document, "note": other})
    else:
        columns = ("level", "check", "measure", "value", "allowed", "n", "")
        print_table(columns, [_row(check) for check in checks])
        failed = sum(not check.ok for check in checks)
        print_result(f"All {len(checks)} checks hold." if ok else f"{failed} of {len(checks)} checks do not hold.")
    if not ok:
        raise typer.Exit(NOT_HELD)


def _row(check: "Check") -> tuple[str, ...]:
    mark = "holds" if check.ok else "FAILS"
    return (check.level, check.name, check.metric, f"{check.value:.3g}", f"{check.tolerance:g}", str(check.n), mark)
