"""Dask as an executor: the same bits from its workers, whether threads of this process or processes of their own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from graphgrow.errors import SettingsError, SweepError
from graphgrow.sweep.executors import Inline, Where, dask, executor, lost_worker
from graphgrow.sweep.jobs import run_jobs
from graphgrow.sweep.telling import Lines
from graphgrow.sweep.work import Job
from tests.sweep.tiny import job_settings, jobs, prints

distributed: Any = pytest.importorskip("distributed")


def test_threads_of_a_dask_cluster_make_the_same_bits_and_name_what_fails(tmp_path: Path) -> None:
    lines: list[str] = []
    inline = run_jobs(jobs(), tmp_path / "inline")
    with (
        distributed.LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
        client.get_executor(pure=False) as workers,
    ):
        made = run_jobs(jobs(), tmp_path / "dask", workers, told=Lines(4, lines.append))
        with pytest.raises(SweepError, match="job nope: unknown rule"):
            run_jobs([Job("nope", job_settings("nope"))], tmp_path / "dask", workers)
    assert prints(made) == prints(inline)
    assert len(lines) == 4


def test_a_process_of_a_dask_cluster_makes_the_same_bits(tmp_path: Path) -> None:
    some = jobs(["random", "rigl"])
    inline = run_jobs(some, tmp_path / "inline")
    with executor(Where.DASK, 1) as workers:
        made = run_jobs(some, tmp_path / "dask", workers)
    assert prints(made) == prints(inline)


def test_dask_that_is_missing_or_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphgrow.sweep.executors.PATIENCE", 0.2)
    with pytest.raises(SettingsError, match=r"no Dask scheduler at tcp://127\.0\.0\.1:9 .*start it with dask"):
        dask(address="tcp://127.0.0.1:9").__enter__()
    with pytest.raises(SettingsError, match="no Dask scheduler at warp://nowhere"):
        dask(address="warp://nowhere").__enter__()
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(SettingsError, match=r"expected the package distributed: pip install 'graphgrow\[dask\]'"):
        dask().__enter__()


def test_a_lost_dask_worker_is_no_fault_of_the_job() -> None:
    error = distributed.scheduler.KilledWorker("job", distributed.scheduler.WorkerState.__new__, 4)
    assert lost_worker(error)
    assert not lost_worker(ValueError("job"))


@pytest.mark.parametrize(
    ("where", "workers", "address", "words"),
    [
        (Where.INLINE, 2, None, "workers: expected 1 with executor inline, got 2: choose processes or dask"),
        (Where.PROCESSES, 0, None, "workers: expected 1 or more, got 0"),
        (Where.PROCESSES, 2, "tcp://host:1", "address: expected none with executor processes: choose the executor"),
    ],
)
def test_executors_that_cannot_be(where: Where, workers: int, address: str | None, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        executor(where, workers, address)


def test_inline_is_the_default() -> None:
    with executor(Where.INLINE) as made:
        assert isinstance(made, Inline)
