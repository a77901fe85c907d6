"""The table of `docs/reliability.md` that a run of the fuzzers writes."""

from collections.abc import Sequence
from datetime import UTC, datetime

from tests.documents.reliability import write_section
from tests.fuzz.campaign import Tally, corpus
from tests.fuzz.isolation import LIMITS
from tests.fuzz.outcome import Kind

BAD = [kind for kind in Kind if kind not in (Kind.RESULT, Kind.REFUSED)]
_HEAD = ("reader", "inputs", "result", "refused in words", *BAD, "kept inputs")


def table(tallies: Sequence[Tally], seed: int) -> str:
    """How the inputs ended, a row for each reader."""
    rows = [_row(tally) for tally in tallies]
    total = sum(tally.inputs for tally in tallies)
    seconds = sum(tally.seconds for tally in tallies)
    return "\n".join(
        [
            f"{total:,} inputs, seed {seed}, {datetime.now(UTC):%Y-%m-%d}, {seconds / 3600:.1f} hours of CPU time. "
            f"Each within {LIMITS.cpu_seconds:g} s of CPU time and {LIMITS.memory_bytes / 2**20:.0f} MiB of memory. "
            "The last column counts inputs that failed once and are read again by every run of the tests.",
            "",
            "| " + " | ".join(_HEAD) + " |",
            "|---|" + "---:|" * (len(_HEAD) - 1),
            *rows,
        ]
    )


def _row(tally: Tally) -> str:
    counts = [tally.counts[kind] for kind in (Kind.RESULT, Kind.REFUSED, *BAD)]
    kept = sum(1 for _ in corpus(tally.reader))
    return "| " + " | ".join([tally.reader, f"{tally.inputs:,}", *(f"{n:,}" for n in counts), str(kept)]) + " |"


def write_table(tallies: Sequence[Tally], seed: int) -> None:
    """Writes the section of the document."""
    write_section("fuzz", table(tallies, seed))
