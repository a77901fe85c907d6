"""The same work on a Dask cluster, started here."""

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import dask
import pytest
from distributed import LocalCluster

from bbconvert.convert.jobs.dask_cluster import ClusterError, on_cluster
from tests.support.command_line import CommandLine
from tests.support.local_hub import LocalHub
from tests.support.repository import ROOT
from tests.support.small_agent import AGENT_REPO

Say = Callable[[str], None]


def square_or_die(number: int, say: Say) -> int:
    say(f"squaring {number}")
    time.sleep(1)
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(1)
    return number * number


@pytest.fixture
def cluster(hub: LocalHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalCluster]:
    """A scheduler and one worker, a process that does two items at a time and asks `hub`."""
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0, "distributed.deploy.lost-worker-timeout": "1 h"}),
        LocalCluster(  # type: ignore[no-untyped-call]
            n_workers=1,
            threads_per_worker=2,
            processes=True,
            dashboard_address=None,
            worker_dashboard_address=None,
            local_directory=str(tmp_path / "dask"),
        ) as cluster,
    ):
        yield cluster


@pytest.mark.slow
def test_an_item_that_kills_its_workers_is_lost_alone(cluster: LocalCluster) -> None:
    told: list[tuple[int, str]] = []

    with closing(
        on_cluster(square_or_die, [3, 1, 2], address=cluster.scheduler_address, report=lambda *it: told.append(it))
    ) as results:
        answers = dict(results)

    lost = answers.pop(0)
    assert isinstance(lost, ClusterError)
    assert "died" in str(lost)
    assert answers == {1: 1, 2: 4}
    assert {(1, "squaring 1"), (2, "squaring 2")} <= set(told)


def test_pull_and_evaluate_go_to_the_cluster(
    cluster: LocalCluster, hub: LocalHub, bbconvert_at_hub: CommandLine, small_bundle: Path
) -> None:
    shutil.copytree(small_bundle, hub.folder / "tester" / "whole")
    shutil.rmtree(hub.folder / AGENT_REPO)
    address = cluster.scheduler_address

    pulled = bbconvert_at_hub("pull", "tester/whole", "no/such", "--scheduler", address)
    evaluated = bbconvert_at_hub("evaluate", "bundles/tester--whole", "--episodes", "1", "--scheduler", address)

    assert pulled.returncode == 1
    assert "1 of 2 pulled." in pulled.stdout
    assert "no/such does not exist" in pulled.stdout
    assert (bbconvert_at_hub.cwd / "bundles" / "tester--whole" / "bundle.json").is_file()
    assert evaluated.returncode == 0, evaluated.stderr
    assert "1 of 1 evaluated." in evaluated.stdout
    assert len(list((bbconvert_at_hub.cwd / "evaluations").iterdir())) == 1


def test_a_scheduler_that_is_not_there_is_said(bbconvert: CommandLine) -> None:
    address = "tcp://127.0.0.1:9"

    result = bbconvert("evaluate", "one", "--scheduler", address)

    assert (result.returncode, result.stdout) == (1, "")
    assert f"No Dask scheduler answers at {address}" in result.stderr
    assert "dask scheduler" in result.stderr


def test_without_dask_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)

    with pytest.raises(ClusterError, match=r"pip install 'bbconvert\[dask\]'"):
        next(on_cluster(square_or_die, [1], address="tcp://127.0.0.1:9", report=lambda *_: None))
