"""Jobs of small networks trained together as populations: faster, and equal to runs alone up to rounding."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Sequence
from concurrent.futures import Executor, Future
from functools import partial
from pathlib import Path

from graphgrow.errors import DivergedError, GraphgrowError
from graphgrow.settings import RunSettings
from graphgrow.sweep.executors import Inline, local
from graphgrow.sweep.jobs import Result, Told, require_names, result_of
from graphgrow.sweep.work import ALONE, How, Job, begun, forget, one_thread, task_for
from graphgrow.train.execute_many import execute_many, shared
from graphgrow.train.objectives import Task

PORTION = 32  # members at most, so that several workers have something to do and an interrupt costs little
Ended = list[How | GraphgrowError]


def attempt_together(
    jobs: Sequence[Job],
    folder: Path,
    executor: Executor | None = None,
    *,
    workers: int = 1,
    told: Told | None = None,
) -> list[Result]:
    """As `attempt_jobs`, but jobs that differ in start, growth and label alone are trained as populations.

    Bits depend neither on the executor nor on the company, but differ from those of runs alone by rounding; a run of
    one kind is not kept for one of the other. What was cut off is run anew.
    """
    require_names(jobs)
    if executor is None:
        with local(workers) as made:
            return attempt_together(jobs, folder, made, told=told)
    call, work = uuid.uuid4().hex, perform_together if isinstance(executor, Inline) else perform_together_on_one_thread
    results: dict[str, Result] = {}
    futures: list[tuple[list[Job], Future[Ended]]] = []
    try:
        futures.extend((each, executor.submit(work, each, folder.absolute(), call)) for each in portions(jobs))
        for portion, future in futures:
            for number, job in enumerate(portion):
                results[job.name] = result_of(job, folder, partial(_one, future, number))
                if told is not None:
                    told(results[job.name])
    except BaseException:
        for _, future in futures:
            future.cancel()
        raise
    finally:
        forget()
    return [results[job.name] for job in jobs]


def portions(jobs: Sequence[Job]) -> list[list[Job]]:
    """Jobs that can be trained together, in the order they came, at most `PORTION` at a time."""
    groups: dict[RunSettings, list[Job]] = {}
    for job in jobs:
        groups.setdefault(shared(job.settings), []).append(job)
    return [group[at : at + PORTION] for group in groups.values() for at in range(0, len(group), PORTION)]


def perform_together(jobs: Sequence[Job], folder: Path, call: str) -> Ended:
    """`perform` for a population in `folder`/name each; errors are returned, so that one costs no other its result."""
    with ALONE:
        task = task_for(call, jobs[0].settings.task)
        ended: dict[str, How | GraphgrowError] = {}
        for job in jobs:
            try:
                run = begun(job, folder / job.name, task, population=True)
            except GraphgrowError as error:
                ended[job.name] = error
                continue
            if run is not None and run.finished:
                ended[job.name] = How.KEPT
            elif run is not None:
                shutil.rmtree(run.path)
        _train([job for job in jobs if job.name not in ended], folder, task, ended)
        return [ended[job.name] for job in jobs]


def perform_together_on_one_thread(jobs: Sequence[Job], folder: Path, call: str) -> Ended:
    """`perform_together` for workers beside others."""
    with one_thread():
        return perform_together(jobs, folder, call)


def _train(jobs: Sequence[Job], folder: Path, task: Task, ended: dict[str, How | GraphgrowError]) -> None:
    """Train these together; where that fails, each on its own, since the company changes no bit."""
    if not jobs:
        return
    try:
        execute_many([job.settings for job in jobs], [folder / job.name for job in jobs], task)
    except GraphgrowError as error:
        if len(jobs) == 1:
            ended[jobs[0].name] = error
            return
        for job in jobs:
            if isinstance(error, DivergedError):
                shutil.rmtree(folder / job.name, ignore_errors=True)
            _train([job], folder, task, ended)
    else:
        ended.update({job.name: How.RUN for job in jobs})


def _one(future: Future[Ended], at: int) -> How:
    """What became of one member."""
    ended = future.result()[at]
    if isinstance(ended, GraphgrowError):
        raise ended
    return ended
