"""Running a list of jobs through any executor: what is finished is kept, what was cut off goes on."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event

from graphgrow.errors import GraphgrowError, SettingsError, StoreError, SweepError
from graphgrow.store.run import Run
from graphgrow.sweep.executors import Inline, local, lost_worker
from graphgrow.sweep.work import How, Job, forget, perform, perform_on_one_thread
from graphgrow.train.progress import Reporter

__all__ = ["How", "Job", "Result", "attempt_jobs", "require_all", "run_jobs"]

Told = Callable[["Result"], None]
Watch = Callable[[Job], AbstractContextManager[Reporter]]


@dataclass(frozen=True, eq=False)
class Result:
    """One job after its end: the finished run and how it came about, or the error that ended it."""

    job: Job
    run: Run | None = None
    how: How | None = None
    error: Exception | None = None


def run_jobs(
    jobs: Sequence[Job],
    folder: Path,
    executor: Executor | None = None,
    *,
    workers: int = 1,
    told: Told | None = None,
    watch: Watch | None = None,
) -> list[Run]:
    """Run every job in `folder`/name and return the runs in the order of the jobs.

    A finished run with equal settings is kept, one that was cut off is resumed, so that after an interrupt the same
    call goes on. Bits do not depend on the executor. That code changed since a run was made is not noticed.

    Parameters
    ----------
    executor : where jobs run; its workers must see `folder` and the data under the same paths. Default: `workers`
        processes of one thread each, or this process for one worker.
    told : called with each result when it is there, from any thread.
    watch : makes the reporter of a job that runs in this process.

    Raises
    ------
    SettingsError
        Two jobs have one name, a name is no plain folder name, or there is no worker.
    SweepError
        A job failed; all others are finished by then, and the message names it and what to mend.
    """
    return require_all(attempt_jobs(jobs, folder, executor, workers=workers, told=told, watch=watch))


def attempt_jobs(
    jobs: Sequence[Job],
    folder: Path,
    executor: Executor | None = None,
    *,
    workers: int = 1,
    told: Told | None = None,
    watch: Watch | None = None,
) -> list[Result]:
    """As `run_jobs`, but a job that fails leaves its error in its result."""
    require_names(jobs)
    if executor is not None:
        return _attempt(jobs, folder, executor, told, watch)
    with local(min(workers, max(len(jobs), 1))) as made:
        return _attempt(jobs, folder, made, told, watch)


def _attempt(
    jobs: Sequence[Job], folder: Path, executor: Executor, told: Told | None, watch: Watch | None
) -> list[Result]:
    call, stopped = uuid.uuid4().hex, Event()
    futures: list[Future[How]] = []
    try:
        for job in jobs:
            place = folder.absolute() / job.name
            if isinstance(executor, Inline):
                future = executor.submit(_watched, job, place, call, watch)
            else:
                future = executor.submit(perform_on_one_thread, job, place, call)
            if told is not None:
                future.add_done_callback(partial(_tell, job, folder, told, stopped))
            futures.append(future)
        return [result_of(job, folder, future.result) for job, future in zip(jobs, futures, strict=True)]
    except BaseException:
        stopped.set()
        for future in futures:
            future.cancel()
        raise
    finally:
        forget()


def _watched(job: Job, folder: Path, call: str, watch: Watch | None) -> How:
    if watch is None:
        return perform(job, folder, call)
    with watch(job) as reporter:
        return perform(job, folder, call, reporter)


def _tell(job: Job, folder: Path, told: Told, stopped: Event, future: Future[How]) -> None:
    if not (stopped.is_set() or future.cancelled()):
        told(result_of(job, folder, future.result))


def result_of(job: Job, folder: Path, wait: Callable[[], How]) -> Result:
    """What became of a job in `folder`/name; `wait` returns how it ended, or raises why it failed."""
    try:
        how = wait()
    except Exception as error:
        if not lost_worker(error):
            return Result(job, error=error)
        lost = SweepError(
            f"its worker was lost ({str(error).rstrip('.')}): give fewer workers if memory ran out, and start it again"
        )
        return Result(job, error=lost)
    run = Run(folder / job.name, {})
    if not run.finished:
        far = StoreError(f"{run.path} is not there: workers on other machines need a folder that all of them share")
        return Result(job, error=far)
    return Result(job, Run.open(run.path), how)


def require_all(results: Sequence[Result]) -> list[Run]:
    """The runs of all results; errors as `run_jobs`."""
    failed = [result for result in results if result.error is not None]
    for result in failed:
        if result.error is not None and not isinstance(result.error, GraphgrowError):
            result.error.add_note(f"in job {result.job.name}")
            raise result.error
    if failed:
        first = failed[0]
        more = f"; {len(failed) - 1} more failed: {', '.join(result.job.name for result in failed[1:])}"
        raise SweepError(f"job {first.job.name}: {first.error}{more if failed[1:] else ''}") from first.error
    return [result.run for result in results if result.run is not None]


def require_names(jobs: Sequence[Job]) -> None:
    """Every name once, and a folder of its own."""
    seen = set()
    for job in jobs:
        if not job.name or job.name != Path(job.name).name or job.name.startswith("."):
            raise SettingsError(f"job {job.name!r}: expected the name of a folder without separators: rename the job")
        if job.name in seen:
            raise SettingsError(f"two jobs are called {job.name}: give every job a name of its own")
        seen.add(job.name)
