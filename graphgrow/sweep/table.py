"""One row per trial."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from graphgrow.arrays import Json
from graphgrow.store.run import Run
from graphgrow.sweep.dotted import shown
from graphgrow.sweep.search import Trial

if TYPE_CHECKING:
    import pandas

RESULTS = ("metric", "validation", "test", "edges", "neurons", "edge_steps")


def table(trials: Sequence[Trial]) -> pandas.DataFrame:
    """Columns: rung, trial, what the round changed, what the space varies, seed, metric, validation and test score at
    the last epoch, edges, neurons, edge_steps, seconds, kept, failure.

    Sizes are written as 64x32. A trial without a finite loss has no results but a failure.
    """
    import pandas

    return pandas.DataFrame([_row(trial) for trial in trials])


def _row(trial: Trial) -> dict[str, Any]:
    run, settings = trial.result.run, trial.result.job.settings
    summary = {} if run is None else run.summary()
    error = trial.result.error
    return {
        "rung": trial.rung,
        "trial": trial.result.job.name,
        **{name: _cell(value) for name, value in {**trial.changes, **trial.candidate.values}.items()},
        "seed": settings.seed,
        **{name: summary.get(name) for name in RESULTS},
        "seconds": None if run is None else seconds(run),
        "kept": trial.kept,
        "failure": "" if error is None else " ".join(str(error).split()),
    }


def _cell(value: Json) -> Json:
    """A value that a column of a table can hold."""
    return shown(value) if isinstance(value, list) else value


def seconds(run: Run) -> float | None:
    """What training took, without what a killed process spent; None where nothing was timed."""
    found = [row["seconds"] for row in run.timings() if row.get("phase") == "total"]
    return float(sum(found)) if found else None
