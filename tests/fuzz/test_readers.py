"""No input ends in anything but a result or one BBConvertError, within ten seconds of CPU time and a gigabyte."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from random import Random

import pytest

from tests.fuzz.campaign import CORPUS, MAX_KEPT_BYTES, SEED, corpus, pool, replay, run_reader
from tests.fuzz.outcome import Kind
from tests.fuzz.readers import READERS

INPUTS = 500


@pytest.fixture(scope="module")
def executor() -> Iterator[ProcessPoolExecutor]:
    with pool(1) as executor:
        yield executor


@pytest.mark.parametrize("reader", READERS)
def test_intact_files_are_read(reader: str, executor: ProcessPoolExecutor) -> None:
    contents = [READERS[reader].valid(Random(seed)) for seed in range(25)]

    outcomes = executor.submit(replay, reader, contents).result()

    assert [outcome for outcome in outcomes if outcome.kind is not Kind.RESULT] == []


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("reader", READERS)
def test_inputs_end_in_a_result_or_an_error_in_words(reader: str, executor: ProcessPoolExecutor) -> None:
    tally = executor.submit(run_reader, reader, SEED, 0, INPUTS).result()

    assert tally.inputs == INPUTS
    assert tally.failures == [], f"{len(tally.failures)} failures:\n" + "\n".join(map(str, tally.failures[:10]))
    assert tally.counts[Kind.RESULT] > 0, "no input comes near to an intact file"
    assert tally.counts[Kind.REFUSED] > 0 or reader in ("companions", "model-card"), "no input is hostile"


@pytest.mark.parametrize("reader", sorted(path.name for path in CORPUS.iterdir() if path.is_dir()))
def test_what_failed_once_does_not_fail_again(reader: str, executor: ProcessPoolExecutor) -> None:
    paths = list(corpus(reader))
    contents = [path.read_bytes() for path in paths]

    outcomes = executor.submit(replay, reader, contents).result()

    failed = [f"{path}: {outcome}" for path, outcome in zip(paths, outcomes, strict=True) if not outcome.ok]
    assert failed == [], "\n".join(failed)


def test_the_corpus_is_small_and_every_folder_a_readers() -> None:
    files = [path for path in CORPUS.rglob("*") if path.is_file()]

    assert {path.parent.name for path in files} <= set(READERS)
    assert [path for path in files if path.stat().st_size > MAX_KEPT_BYTES] == []
