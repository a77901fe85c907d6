"""The harness notices every way in which a reader can fail: a check that cannot fail is none."""

import ctypes
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from bbconvert.convert.errors import BBConvertError
from tests.fuzz.campaign import SEED, make_input, pool
from tests.fuzz.expectations import check_json, require
from tests.fuzz.isolation import Limits, read_isolated
from tests.fuzz.outcome import Kind, Outcome
from tests.fuzz.readers import READERS

QUICK = Limits(cpu_seconds=0.5, wall_seconds=60, memory_bytes=2**27)


def reads(path: Path) -> None:
    path.read_bytes()


def refuses(path: Path) -> None:
    raise BBConvertError(f"{path} is refused.")


def refuses_a_parse(path: Path) -> None:
    try:
        json.loads("{")
    except ValueError as error:
        raise BBConvertError(f"{path} is refused.") from error


def raises_type_error(path: Path) -> None:
    len(3)  # type: ignore[arg-type]


def recurses(path: Path) -> None:
    recurses(path)


def exits(path: Path) -> None:
    sys.exit(1)


def ends_the_process(path: Path) -> None:
    os._exit(0)


def segfaults(path: Path) -> None:
    ctypes.string_at(8)


def aborts(path: Path) -> None:
    os.abort()


def eats_memory(path: Path) -> None:
    held = []
    while True:
        held.append(bytearray(2**20))


def asks_for_a_terabyte(path: Path) -> None:
    bytearray(2**40)


def excuses_itself_for_memory(path: Path) -> None:
    try:
        bytearray(2**40)
    except MemoryError as error:
        raise BBConvertError("The file is damaged.") from error


def spins(path: Path) -> None:
    while True:
        pass


def spins_without_python(path: Path) -> None:
    sum(range(10**12))


def catches_everything_and_spins(path: Path) -> None:
    while True:
        try:
            spins(path)
        except BaseException:  # noqa: BLE001
            continue


def breaks_a_promise(path: Path) -> None:
    require(False, "weights are finite")


def gives_what_is_no_json(path: Path) -> None:
    check_json('{"mean": NaN}')


def runs_a_program(path: Path) -> None:
    subprocess.run(["true"], check=True)


def runs_a_shell_and_hides_it(path: Path) -> None:
    os.system("true")
    raise BBConvertError("Nothing happened.")


def connects(path: Path) -> None:
    with socket.socket() as client:
        client.connect_ex(("127.0.0.1", 9))


def writes_elsewhere(path: Path) -> None:
    Path("/no-such-folder/must-not-be-written").write_text("")


def removes_elsewhere(path: Path) -> None:
    Path("/must-not-be-removed").unlink(missing_ok=True)


def waits(path: Path) -> None:
    time.sleep(60)


def nothing(folder: Path) -> None:
    """Nothing stands beside the input."""


def outcomes(read: Callable[[Path], object], contents: list[bytes], limits: Limits = QUICK) -> list[Outcome]:
    """Called in a process of the pool: children are not forked from one that runs pytest."""
    return list(read_isolated(read, contents, filename="input", prepare=nothing, limits=limits))


@pytest.fixture(scope="module")
def executor() -> Iterator[ProcessPoolExecutor]:
    with pool(1) as executor:
        yield executor


@pytest.mark.parametrize(
    ("read", "kind", "words"),
    [
        (reads, Kind.RESULT, ""),
        (refuses, Kind.REFUSED, "is refused"),
        (refuses_a_parse, Kind.REFUSED, "is refused"),
        (raises_type_error, Kind.EXCEPTION, "TypeError"),
        (recurses, Kind.EXCEPTION, "RecursionError"),
        (exits, Kind.EXCEPTION, "SystemExit"),
        (ends_the_process, Kind.SIGNAL, "ended by itself"),
        (segfaults, Kind.SIGNAL, "SIGSEGV"),
        (aborts, Kind.SIGNAL, "SIGABRT"),
        (spins, Kind.TIME, "0.5 s of CPU time"),
        (spins_without_python, Kind.TIME, "0.5 s of CPU time"),
        (catches_everything_and_spins, Kind.TIME, "0.5 s of CPU time"),
        (breaks_a_promise, Kind.INVALID, "weights are finite"),
        (gives_what_is_no_json, Kind.INVALID, "NaN"),
        (runs_a_program, Kind.ACTED, "subprocess.Popen"),
        (runs_a_shell_and_hides_it, Kind.ACTED, "os.system"),
        (connects, Kind.ACTED, "socket.connect"),
        (writes_elsewhere, Kind.ACTED, "must-not-be-written"),
        (removes_elsewhere, Kind.ACTED, "must-not-be-removed"),
    ],
)
def test_the_harness_notices_how_a_reader_ends(
    read: Callable[[Path], object], kind: Kind, words: str, executor: ProcessPoolExecutor
) -> None:
    (outcome,) = executor.submit(outcomes, read, [b"input"]).result()

    assert outcome.kind is kind, outcome
    assert words in outcome.detail
    assert outcome.ok is (kind in (Kind.RESULT, Kind.REFUSED))


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel limits a process's own memory on Linux alone")
@pytest.mark.parametrize("read", [eats_memory, asks_for_a_terabyte, excuses_itself_for_memory])
def test_the_harness_notices_a_reader_that_takes_too_much_memory(
    read: Callable[[Path], object], executor: ProcessPoolExecutor
) -> None:
    (outcome,) = executor.submit(outcomes, read, [b"input"]).result()

    assert outcome.kind is Kind.MEMORY, outcome


def test_the_harness_notices_a_reader_that_waits_for_ever(executor: ProcessPoolExecutor) -> None:
    (outcome,) = executor.submit(outcomes, waits, [b"input"], Limits(wall_seconds=0.5)).result()

    assert (outcome.kind, outcome.where) == (Kind.TIME, "waits")


def dies_of_some(path: Path) -> None:
    content = path.read_bytes()
    if content == b"segfault":
        segfaults(path)
    if content == b"spin":
        spins(path)
    require(content != b"promise", "a promise")


def test_a_death_is_that_inputs_own_and_the_next_is_read(executor: ProcessPoolExecutor) -> None:
    contents = [b"a", b"segfault", b"b", b"spin", b"segfault", b"promise", b"c"]

    kinds = [outcome.kind for outcome in executor.submit(outcomes, dies_of_some, contents).result()]

    assert kinds == [Kind.RESULT, Kind.SIGNAL, Kind.RESULT, Kind.TIME, Kind.SIGNAL, Kind.INVALID, Kind.RESULT]


def test_time_and_memory_of_one_input_are_not_held_against_the_next(executor: ProcessPoolExecutor) -> None:
    found = executor.submit(outcomes, takes_some, [b""] * 6).result()

    assert [outcome.kind for outcome in found] == [Kind.RESULT] * 6


def takes_some(path: Path) -> None:
    _HELD.append(bytearray(2**25))
    end = time.process_time() + 0.2
    while time.process_time() < end:
        pass


_HELD: list[bytearray] = []


@pytest.mark.parametrize("reader", READERS)
def test_an_input_is_the_same_in_every_process(reader: str, executor: ProcessPoolExecutor) -> None:
    for number in range(40):
        assert executor.submit(make_input, reader, SEED, number).result() == make_input(reader, SEED, number)
