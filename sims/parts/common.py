"""What every sim needs: a folder for its runs, a line per run, figures and a report beside them."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TypeVar

import torch
import tyro
from matplotlib.figure import Figure
from rich.console import Console

from analysis.figures import save
from graphgrow.engine import Network
from graphgrow.errors import GraphgrowError, SettingsError
from graphgrow.measure.extrema import Extrema, find
from graphgrow.settings import RunSettings
from graphgrow.store.files import PARTIAL
from graphgrow.store.run import Run
from graphgrow.sweep.jobs import Job, run_jobs
from graphgrow.sweep.telling import Lines
from graphgrow.sweep.work import difference
from graphgrow.train.execute import settings_of, task_of
from graphgrow.train.progress import Bar, Reporter, Silent

Settings = TypeVar("Settings")


def find_data() -> None:
    """Point GRAPHGROW_DATA at ../shared/data where that folder exists and nothing else was said."""
    beside = Path(__file__).parents[3] / "shared" / "data"
    if "GRAPHGROW_DATA" not in os.environ and beside.is_dir():
        os.environ["GRAPHGROW_DATA"] = str(beside)


def fresh_runs(out: Path, jobs: Sequence[tuple[str, RunSettings]] = ()) -> Path:
    """The folder `out`/runs, emptied of an earlier execution of a sim but for runs that `run_all(jobs)` goes on with.

    Raises
    ------
    SettingsError
        The folder holds something that is no run; nothing is removed then.
    """
    folder = out / "runs"
    entries = sorted(folder.iterdir()) if folder.exists() else []
    for entry in entries:
        if not (_of_a_sim(entry) or _unfinished(entry)):
            raise SettingsError(f"{entry} is no run of a sim: move it away, or choose another --out")
    wanted = dict(jobs)
    for entry in entries:
        if entry.name not in wanted:
            shutil.rmtree(entry)
    return without_stale(folder, jobs)


def without_stale(folder: Path, jobs: Sequence[tuple[str, RunSettings]]) -> Path:
    """The folder, made where missing, without runs that carry the name of a job and have other settings than it."""
    tasks = {settings.task: task_of(settings) for _, settings in jobs}
    for name, settings in jobs:
        held = folder / name
        if held.exists() and difference(Run.open(held), settings, tasks[settings.task]) is not None:
            shutil.rmtree(held)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _of_a_sim(entry: Path) -> bool:
    """Whether a sim made the run: its folder is named after label and seed, while `graphgrow run` sets no label.

    results/runs is also where `graphgrow run` stores what it is not told to store elsewhere.
    """
    if not (entry / "settings.json").is_file():
        return False
    made = Run.open(entry).settings
    return made.get("label") is not None and entry.name.endswith(f"{made['label']}-{made['seed']}")


def _unfinished(entry: Path) -> bool:
    """Whether a process that was killed while it made a run left this behind."""
    return entry.name.startswith(".") and entry.name.endswith(PARTIAL)


def run_all(jobs: Sequence[tuple[str, RunSettings]], folder: Path, workers: int = 1) -> list[Run]:
    """Execute the named settings, in the order of `jobs`; the runs have the same bits for any number of workers.

    A finished run with equal settings in `folder` is kept, one that was cut off goes on: give
    `fresh_runs(out, jobs)` as the folder, and a sim that was interrupted goes on when it is started again.

    Parameters
    ----------
    workers : runs at a time, each in a process of its own on one thread; 1: one after the other in this process.

    Raises
    ------
    SweepError
        A run failed; the others are finished by then.
    """
    console = Console(stderr=True)
    named = [Job(name, settings) for name, settings in jobs]

    def watch(job: Job) -> AbstractContextManager[Reporter]:
        return Bar(job.name, job.settings.fit.epochs, console) if console.is_terminal else nullcontext(Silent())

    return run_jobs(named, folder, workers=workers, told=Lines(len(named), _say), watch=watch)


def _say(line: str) -> None:
    print(line, flush=True)


def save_figures(figures: Mapping[str, Figure], folder: Path) -> dict[str, Path]:
    """Every figure as PNG and SVG; caption -> PNG, for the report."""
    return {caption: save(figure, folder, _file_name(caption))[0] for caption, figure in figures.items()}


def final_extrema(run: Run, samples: int = 1024) -> Extrema:
    """Extrema of a run's final network on its first training samples, by the founding protocol."""
    graph, data = run.final(), task_of(settings_of(run)).data()
    network = Network(graph)
    x = torch.tensor(data.train.x[:samples].T, dtype=network.values.dtype)
    with torch.no_grad():
        activation = network.by_row(network.activations(x))
    return find(graph.wiring, activation)


def _file_name(caption: str) -> str:
    """Lower case words joined by underscores."""
    kept = "".join(letter if letter.isalnum() else " " for letter in caption.lower())
    return "_".join(kept.split())


def guarded(main: Callable[[Settings], None], kind: type[Settings], description: str) -> int:
    """Read the command line and call main; what the user can mend becomes one line and exit code 2."""
    find_data()
    settings = tyro.cli(kind, description=description)
    try:
        main(settings)
    except GraphgrowError as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("error: interrupted; start it again with the same settings to go on", file=sys.stderr)
        return 130
    return 0
