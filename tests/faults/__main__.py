"""`just kill 200`: kills so many commands, writes the figures, exits 1 where something was lost or left behind."""

import argparse
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from tests.documents.reliability import write_section
from tests.faults.kills import kill_many


def main() -> None:
    """Prints the figures as Markdown, for docs/reliability.md."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="also write the figures there, as JSON")
    parser.add_argument("--write", action="store_true", help="write the section of docs/reliability.md")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = kill_many(arguments.kills, seed=arguments.seed, folder=Path(folder).resolve())
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(vars(figures), indent=1, default=_plain) + "\n")
    if arguments.write:
        write_section("kills", figures.markdown())
    print(figures.markdown())  # noqa: T201
    for violation in figures.violations:
        print(violation, file=sys.stderr)  # noqa: T201
    sys.exit(bool(figures.violations))


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Counter) else str(value)


if __name__ == "__main__":
    main()
