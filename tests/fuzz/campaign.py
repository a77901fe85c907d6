"""Reads many inputs, counts how that ended, and keeps the ones that failed."""

import hashlib
import multiprocessing
import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.fuzz.isolation import read_isolated
from tests.fuzz.mutation import mutate
from tests.fuzz.outcome import Kind, Outcome

SEED = 11
CORPUS = Path(__file__).parent / "corpus"
MAX_KEPT_BYTES = 8192
BATCH = 100


@dataclass(frozen=True)
class Failure:
    """An input that ended in anything but a result or a BBConvertError."""

    reader: str
    seed: int
    number: int
    size: int
    outcome: Outcome

    def __str__(self) -> str:
        seed = "" if self.seed == SEED else f" --seed {self.seed}"
        return (
            f"{self.reader}: {self.outcome.kind} ({self.outcome.detail}) [{self.outcome.where}], {self.size} bytes. "
            f"Reproduce: python -m tests.fuzz --reader {self.reader}{seed} --input {self.number}"
        )


@dataclass
class Tally:
    """How the inputs of one reader ended."""

    reader: str
    counts: Counter[Kind] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def inputs(self) -> int:
        """How many were read."""
        return self.counts.total()

    def add(self, other: "Tally") -> None:
        """Takes in what came of other inputs of the same reader."""
        self.counts += other.counts
        self.failures += other.failures
        self.seconds += other.seconds


def make_input(reader_name: str, seed: int, number: int) -> bytes:
    """The input: two of four know the format, one is such a one with bytes changed, one an intact file with some."""
    from tests.fuzz.readers import READERS

    reader = READERS[reader_name]
    rng = Random(f"{seed}/{reader_name}/{number}")  # nothing is kept secret with it
    if number % 4 in (0, 1):
        return reader.hostile(rng)
    content = (reader.hostile if number % 4 == 2 else reader.valid)(rng)
    return mutate(rng, content, reader.valid(rng))


def run_reader(reader_name: str, seed: int, start: int, stop: int) -> Tally:
    """Reads the inputs `start` to `stop`, which is not among them."""
    from tests.fuzz.readers import READERS

    reader = READERS[reader_name]
    tally, began = Tally(reader_name), sum(os.times()[:4])
    for first in range(start, stop, BATCH):
        numbers = range(first, min(stop, first + BATCH))
        inputs = [make_input(reader_name, seed, number) for number in numbers]
        outcomes = read_isolated(reader.read, inputs, filename=reader.filename, prepare=reader.prepare)
        for number, content, outcome in zip(numbers, inputs, outcomes, strict=True):
            tally.counts[outcome.kind] += 1
            if not outcome.ok:
                tally.failures.append(Failure(reader_name, seed, number, len(content), outcome))
    tally.seconds = sum(os.times()[:4]) - began
    return tally


def replay(reader_name: str, contents: list[bytes]) -> list[Outcome]:
    """Reads these inputs."""
    from tests.fuzz.readers import READERS

    reader = READERS[reader_name]
    return list(read_isolated(reader.read, contents, filename=reader.filename, prepare=reader.prepare))


def pool(workers: int) -> ProcessPoolExecutor:
    """Processes that import the readers once; they are forked from one that has no threads and runs nothing else."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.fuzz.readers"])
    return ProcessPoolExecutor(workers, mp_context=context)


def corpus(reader_name: str) -> Iterator[Path]:
    """The inputs of the reader that once failed."""
    return iter(sorted((CORPUS / reader_name).glob("*")))


def keep(failure: Failure, content: bytes) -> Path | None:
    """Puts the input into the corpus, unless it is long; its name begins with what came of it."""
    if len(content) > MAX_KEPT_BYTES:
        return None
    folder = CORPUS / failure.reader
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{failure.outcome.kind.replace(' ', '-')}-{hashlib.sha256(content).hexdigest()[:12]}"
    path.write_bytes(content)
    return path
