"""What tables and figures read out of a stored run, with an error that names the run where something is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any

import numpy as np

from graphgrow.arrays import Array, Json
from graphgrow.errors import DataError, StoreError

if TYPE_CHECKING:
    from graphgrow.store.run import Run


class Metric(Enum):
    """What a task is judged by: accuracy (a share from 0 to 1, more is better) or error (less is better)."""

    ACCURACY = "accuracy"
    ERROR = "error"

    @property
    def direction(self) -> int:
        """1 where more is better, else -1."""
        return 1 if self is Metric.ACCURACY else -1


def folder_of(run: Run) -> str:
    """Name of a run's folder, also where the run was opened as the current one."""
    return run.path.resolve().name


def name_of(run: Run) -> str:
    """What a message calls a run."""
    return f"run {folder_of(run)}"


def setting(run: Run, *keys: str) -> Json:
    """One setting by its nested keys, e.g. `setting(run, "growth", "rule")`.

    Raises
    ------
    StoreError
        The run's settings lack the key; the run was not written by this version of the library.
    """
    found: Any = run.settings
    for key in keys:
        if not isinstance(found, Mapping) or key not in found:
            raise StoreError(
                f"{name_of(run)}: expected the setting {'.'.join(keys)}, got none: run it again to have it stored"
            )
        found = found[key]
    made: Json = found
    return made


def label(run: Run) -> str:
    """Display name of a run's variant: its label, else its rule."""
    return str(run.settings.get("label") or setting(run, "growth", "rule"))


def number(row: Mapping[str, Any], key: str, run: Run) -> float:
    """One number of a history row or summary; NaN where it is null.

    Raises
    ------
    StoreError
        The row lacks the key, or holds no number under it.
    """
    if key not in row:
        raise StoreError(
            f"{name_of(run)}: expected the key {key!r} in a stored row, got {', '.join(row)}: run it again"
        )
    value = row[key]
    if value is None:
        return float("nan")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise StoreError(f"{name_of(run)}: expected a number as {key!r}, got {value!r}: run it again")
    return float(value)


def metric_of(runs: Sequence[Run]) -> Metric:
    """The metric that all these runs are judged by, out of their history.

    Raises
    ------
    DataError
        No runs, or runs with different metrics: compare those of one task.
    StoreError
        A run has no history, or records neither metric.
    """
    found = {_metric(run) for run in runs}
    if len(found) != 1:
        got = " and ".join(sorted(item.value for item in found)) or "no runs"
        raise DataError(f"expected runs with one metric, got {got}: choose the runs of one task")
    return found.pop()


def _metric(run: Run) -> Metric:
    first = _rows(run)[0]
    for metric in Metric:
        if f"test_{metric.value}" in first:
            return metric
    raise StoreError(
        f"{name_of(run)}: expected test_accuracy or test_error in its history, got {', '.join(first)}: run it again"
    )


def series(runs: Sequence[Run], key: str) -> tuple[Array, Array]:
    """int64 (epochs,) and float64 (runs, epochs): one number per epoch, on the epochs that all these runs have.

    Only shared epochs, so that a run which stopped early does not bend the mean of the others.

    Raises
    ------
    DataError
        No runs, or no epoch that all of them have.
    StoreError
        A run has no history or lacks the key.
    """
    if not runs:
        raise DataError(f"expected at least one run to read {key!r} from, got none: name the run folders")
    each = [{int(number(row, "epoch", run)): number(row, key, run) for row in _rows(run)} for run in runs]
    epochs = sorted(set.intersection(*(set(values) for values in each)))
    if not epochs:
        raise DataError(
            f"expected runs that share epochs, got none in common for {key!r}: compare runs of one schedule"
        )
    return np.array(epochs, np.int64), np.array([[values[epoch] for epoch in epochs] for values in each])


def _rows(run: Run) -> list[dict[str, Any]]:
    rows = list(run.rows())
    if not rows:
        raise StoreError(f"{name_of(run)}: expected one history row per epoch, got none: resume the run first")
    return rows
