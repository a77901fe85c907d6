"""Writes docs/swarm.md: how many bodies a page holds (`just swarm`)."""

import argparse
import os
import platform
from pathlib import Path

from bbconvert.convert.bench.swarm import BODIES, measure_swarm
from bbconvert.convert.bundle.bundle import open_bundle
from bbconvert.convert.shipped import BALANCE_BOT_BUNDLE, DEFAULT_BUNDLE
from tests.support.repository import ROOT

DOCUMENT = ROOT / "docs" / "swarm.md"

TEXT = """# Swarms

Written by `just swarm`: `bbconvert bench --swarm` on {machine}. Chromium, headless; nothing is drawn but
where it says so, and then in software. A worker has a core of its own where there is one.

| bundle | what | 1 body | 10 | 100 | 1,000 |
|---|---|---:|---:|---:|---:|
{rows}

{rest}

All bodies of a worker are put into one world in turn, and their actions are computed in one call of the kernel: a body
takes the memory that is said here and no more. Physics is what takes the time. Above its limit a swarm goes on more
slowly, and says at what factor.

Body k of a swarm that began with seed s has, to the last bit, the episode of seed s + k, whatever the number of bodies
and of workers (`web/test/worker/swarm/`, `web/test/player/swarm.test.ts`, `tests/browser/test_swarm.py`).
"""


def main() -> None:
    """Measures, and writes the document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundles", nargs="*", type=Path, default=[DEFAULT_BUNDLE, BALANCE_BOT_BUNDLE])
    folders = parser.parse_args().bundles
    found = list(measure_swarm([open_bundle(folder) for folder in folders], print))
    cells: dict[tuple[str, str], dict[int, str]] = {}
    rest = []
    for line in found:
        count, _, what = line.what.partition(" bodies: ")
        if what:
            cells.setdefault((line.subject, what), {})[int(count)] = f"{line.value:,.4g}"
        else:
            rest.append(f"{line.subject}: {line.what}: {line.value:.3g} {line.unit}".rstrip())
    rows = [
        f"| {subject} | {what} | " + " | ".join(values.get(bodies, "") for bodies in BODIES) + " |"
        for (subject, what), values in cells.items()
    ]
    machine = f"{os.cpu_count()} CPUs, {platform.platform()}"
    text = TEXT.format(machine=machine, rows="\n".join(rows), rest="\n".join(f"- {line}" for line in rest))
    DOCUMENT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
