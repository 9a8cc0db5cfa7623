"""What a worker does with one job, wherever the worker is."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from glob import escape
from pathlib import Path
from threading import Lock
from typing import Any

from threadpoolctl import threadpool_limits

from graphgrow.errors import SettingsError, StoreError
from graphgrow.settings import RunSettings, TaskSettings, to_json
from graphgrow.store.files import PARTIAL
from graphgrow.store.run import Run
from graphgrow.store.state import to_text
from graphgrow.train.execute import BESIDE, POPULATION, execute, record, resume, settings_of, task_of
from graphgrow.train.loop import torch_threads
from graphgrow.train.objectives import Task
from graphgrow.train.progress import Reporter


@dataclass(frozen=True)
class Job:
    """Settings to run, under the name of the folder that keeps the run."""

    name: str
    settings: RunSettings


class How(Enum):
    """How a job came to its end."""

    RUN = "run"
    RESUMED = "resumed"
    KEPT = "kept"


MOST = 60  # letters of a value in a message
ALONE = Lock()  # training changes thread counts and torch's generator, which all threads of a process share


def perform(job: Job, folder: Path, call: str, reporter: Reporter | None = None) -> How:
    """Bring a job to its end in `folder`: run it, resume it, or keep what is finished.

    `call` names one call of `run_jobs`, within which the data of a task are read once per process.

    Raises
    ------
    StoreError
        The folder holds a run with other settings.
    GraphgrowError
        As `execute` and `resume`.
    """
    with ALONE:
        task = task_for(call, job.settings.task)
        run = begun(job, folder, task)
        if run is None:
            execute(job.settings, folder, task, reporter)
            return How.RUN
        if run.finished:
            return How.KEPT
        resume(folder, reporter, task)
        return How.RESUMED


def begun(job: Job, folder: Path, task: Task, population: bool = False) -> Run | None:
    """The run of a job that is in its folder already, None where nothing is but leftovers; errors as `perform`."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        for left in folder.parent.glob(f".{escape(folder.name)}.*{PARTIAL}"):
            shutil.rmtree(left)
        return None
    run = Run.open(folder)
    other = difference(run, job.settings, task, population)
    if other is not None:
        raise StoreError(
            f"{folder} holds a run with other settings ({other}): choose another folder, or remove that one"
        )
    return run


def perform_on_one_thread(job: Job, folder: Path, call: str) -> How:
    """`perform` for workers beside others: cores are shared out by their number, not by threads within each."""
    with one_thread():
        return perform(job, folder, call)


def difference(run: Run, settings: RunSettings, task: Task | None = None, population: bool = False) -> str | None:
    """The first setting in which a stored run differs from what these would make, None for equal ones.

    Settings that a run of an earlier version lacks count as their defaults; `population` tells whether the run would be
    made in company.
    """
    try:
        stored = to_json(settings_of(run))
    except SettingsError as error:
        return str(error)
    asked = json.loads(to_text(record(settings, task or task_of(settings))))
    if population:
        asked[POPULATION] = True
    return _first({**stored, **{name: run.settings.get(name) for name in BESIDE}}, asked, "")


def _first(stored: Any, asked: Any, at: str) -> str | None:
    """The dotted place of the first difference, with both values."""
    if isinstance(stored, Mapping) and isinstance(asked, Mapping):
        found = (
            _first(stored.get(name), asked.get(name), f"{at}.{name}".lstrip(".")) for name in sorted({*stored, *asked})
        )
        return next((place for place in found if place is not None), None)
    return None if stored == asked else f"{at} is {_short(stored)} there, {_short(asked)} here"


def _short(value: Any) -> str:
    """A value that fits into a line."""
    shown = "none" if value is None else str(value)
    return shown if len(shown) <= MOST else f"{shown[: MOST - 3]}..."


@contextmanager
def one_thread() -> Iterator[None]:
    """Run a block with one thread for numba, torch and BLAS each; results do not depend on their number."""
    import numba

    before = numba.get_num_threads()
    with torch_threads(1), threadpool_limits(1):
        numba.set_num_threads(1)
        try:
            yield
        finally:
            numba.set_num_threads(before)


def forget() -> None:
    """Let go of the data that `perform` keeps for the next job."""
    task_for.cache_clear()


@lru_cache(maxsize=2)
def task_for(call: str, settings: TaskSettings) -> Task:
    """The task of a job, read once per process within a call."""
    return task_of(RunSettings(task=settings))
