"""What a run of `bbconvert bench` says, as a file: to compare a later run with."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bbconvert.convert.bench.bench import Measurement
from bbconvert.convert.errors import UsageError
from bbconvert.convert.safety.bounded_json import bounded_json
from bbconvert.convert.safety.limits import MAX_MANIFEST_BYTES


def report(machine: dict[str, object], lines: Sequence[Measurement]) -> dict[str, object]:
    """The document of `bbconvert bench --json`."""
    return {"machine": machine, "measurements": [{**asdict(line), "ok": line.ok} for line in lines]}


def read_report(file: Path) -> dict[tuple[str, str], float]:
    """Values by subject and what was measured.

    Raises:
        UsageError: the file cannot be read, or is not what `bbconvert bench --json` prints.
    """
    try:
        document: Any = bounded_json(file.read_bytes(), most=MAX_MANIFEST_BYTES)
        return {(line["subject"], line["what"]): float(line["value"]) for line in document["measurements"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{file} is not the output of `bbconvert bench --json` ({error}). Make one: bbconvert bench --json > FILE"
        ) from error
