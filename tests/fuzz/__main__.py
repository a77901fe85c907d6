"""`just fuzz`: `python -m tests.fuzz --inputs N | --minutes N | --reader NAME --input I | --coverage`."""

import argparse
import os
import sys
import time
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, wait

from tests.fuzz.campaign import SEED, Failure, Tally, keep, make_input, pool, replay, run_reader

CHUNK = 500


def main() -> int:
    """Runs what was asked for; the exit code is 1 where an input failed."""
    arguments = _arguments()
    if arguments.coverage:
        from tests.fuzz.coverage import fuzz_by_coverage

        return fuzz_by_coverage(arguments.reader or [], arguments.minutes or 1)
    from tests.fuzz.readers import READERS

    names = arguments.reader or list(READERS)
    unknown = [name for name in names if name not in READERS]
    if unknown:
        sys.exit(f"{unknown[0]} is not a reader. Readers: {', '.join(READERS)}")
    if arguments.input is not None:
        return _one(names, arguments.seed, arguments.input, arguments.save)
    began = time.monotonic()
    tallies = _run(names, arguments.seed, arguments.inputs, arguments.minutes, arguments.jobs)
    _report(tallies.values())
    if arguments.keep:
        _keep(tallies.values())
    if arguments.write:
        from tests.fuzz.table import write_table

        write_table(list(tallies.values()), arguments.seed)
    print(f"{sum(t.inputs for t in tallies.values()):,} inputs in {time.monotonic() - began:.0f} s")
    return int(any(tally.failures for tally in tallies.values()))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--reader", action="append", metavar="NAME", help="one reader; may be given several times")
    parser.add_argument("--inputs", type=int, default=2000, help="inputs for each reader")
    parser.add_argument("--minutes", type=float, help="go on for so long, whatever --inputs is")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--input", type=int, help="one input, by its number")
    parser.add_argument("--save", metavar="FILE", help="with --input: write it there")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--keep", action="store_true", help="put one input for each cause of failure into the corpus")
    parser.add_argument("--write", action="store_true", help="write the table of docs/reliability.md")
    parser.add_argument("--coverage", action="store_true", help="let Atheris look for inputs that reach new code")
    return parser.parse_args()


def _one(names: list[str], seed: int, number: int, save: str | None) -> int:
    if len(names) != 1:
        sys.exit("--input needs one --reader NAME")
    content = make_input(names[0], seed, number)
    if save:
        with open(save, "wb") as file:  # noqa: PTH123
            file.write(content)
    (outcome,) = replay(names[0], [content])
    print(f"{len(content)} bytes: {outcome.kind} {outcome.detail} {outcome.where}")
    return int(not outcome.ok)


def _run(names: list[str], seed: int, inputs: int, minutes: float | None, jobs: int) -> dict[str, Tally]:
    """Chunks of all readers in turn over the processes, until there are enough or the time is over."""
    tallies = {name: Tally(name) for name in names}
    end = None if minutes is None else time.monotonic() + 60 * minutes
    chunks = ((name, start) for start in _starts(inputs, minutes) for name in names)
    with pool(jobs) as executor:
        running: set[Future[Tally]] = set()
        for name, start in chunks:
            if end is not None and time.monotonic() > end:
                break
            stop = start + CHUNK if end is not None else min(inputs, start + CHUNK)
            running.add(executor.submit(run_reader, name, seed, start, stop))
            if len(running) >= 2 * jobs:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                _collect(done, tallies)
        _collect(running, tallies)
    return tallies


def _starts(inputs: int, minutes: float | None) -> Iterable[int]:
    return range(0, inputs if minutes is None else 2**62, CHUNK)


def _collect(done: Iterable[Future[Tally]], tallies: dict[str, Tally]) -> None:
    for future in done:
        tally = future.result()
        tallies[tally.reader].add(tally)
        for failure in tally.failures[:3]:
            print(failure, file=sys.stderr, flush=True)


def _report(tallies: Iterable[Tally]) -> None:
    for tally in tallies:
        counts = ", ".join(f"{count} {kind}" for kind, count in sorted(tally.counts.items()))
        print(f"{tally.reader}: {tally.inputs:,} inputs in {tally.seconds:.0f} s: {counts}")
        for signature, failures in _causes(tally).items():
            print(f"  {len(failures)} times {signature}\n    {failures[0]}")


def _causes(tally: Tally) -> dict[str, list[Failure]]:
    """Failures by their cause, those of the shortest inputs first."""
    causes: dict[str, list[Failure]] = {}
    for failure in sorted(tally.failures, key=lambda failure: failure.size):
        causes.setdefault(failure.outcome.signature, []).append(failure)
    return causes


def _keep(tallies: Iterable[Tally]) -> None:
    for tally in tallies:
        for failures in _causes(tally).values():
            keep(failures[0], make_input(tally.reader, failures[0].seed, failures[0].number))


if __name__ == "__main__":
    sys.exit(main())
