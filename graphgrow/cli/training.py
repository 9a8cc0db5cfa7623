"""Commands that train."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from graphgrow.settings import EngineSettings, RunSettings
from graphgrow.store.calibration import read_calibration
from graphgrow.train.execute import Finished, execute, settings_of, stored
from graphgrow.train.execute import resume as resume_run
from graphgrow.train.progress import Bar, Reporter, Silent


def run(settings: RunSettings, out: Path | None, quiet: bool) -> None:
    """Train and grow; store under `out`. Thresholds that the command line leaves as they are come from this machine."""
    if settings.engine == EngineSettings():
        settings = replace(settings, engine=read_calibration() or settings.engine)
    task = settings.task.name.replace(":", "-").replace("/", "-")
    folder = out or Path("results") / "runs" / f"{task}-{settings.growth.rule}-{settings.seed}"
    with _reporter(settings, quiet) as reporter:
        done = execute(settings, folder, reporter=reporter)
    _conclude(done, folder)


def resume(folder: Path, quiet: bool) -> None:
    """Continue a stored run."""
    settings = settings_of(stored(folder))
    with _reporter(settings, quiet) as reporter:
        done = resume_run(folder, reporter)
    _conclude(done, folder)


def _reporter(settings: RunSettings, quiet: bool) -> AbstractContextManager[Reporter]:
    """A bar for people; nothing where nobody watches."""
    if quiet or not Console(stderr=True).is_terminal:
        return nullcontext(Silent())
    return Bar(settings.label or settings.growth.rule, settings.fit.epochs)


def _conclude(done: Finished, folder: Path) -> None:
    """Result, shortfall and where everything is."""
    summary = done.run.summary()
    metric, score = summary["metric"], summary["test"]
    if done.outcome.shortfall:
        print(done.outcome.shortfall)
    shown = f"{score:.4f}" if isinstance(score, float) else "none"
    print(f"test {metric} {shown}, {summary['edges']} edges, {summary['neurons']} neurons, {summary['events']} events")
    print(f"stored in {folder}; look with: graphgrow show {folder}")
