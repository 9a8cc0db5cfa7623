"""What a person sees while training runs."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from graphgrow.arrays import Json


class Reporter(Protocol):
    """Told about every epoch."""

    def epoch(self, row: Mapping[str, Json], metric: str) -> None:
        """One row of the history, and the name of the task's metric."""


class Silent:
    """Says nothing."""

    def epoch(self, row: Mapping[str, Json], metric: str) -> None:
        """Says nothing."""


class Bar:
    """A progress bar with edges, neurons and the validation (else training) score; use as a context manager."""

    def __init__(self, label: str, epochs: int, console: Console | None = None) -> None:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[state]}"),
            TimeRemainingColumn(),
        )
        self._progress = Progress(*columns, console=console or Console(stderr=True))
        self._task = self._progress.add_task(label, total=epochs, state="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def epoch(self, row: Mapping[str, Json], metric: str) -> None:
        """Move the bar."""
        score = row.get(f"validation_{metric}")
        if score is None:
            score = row.get(f"train_{metric}")
        shown = "" if not isinstance(score, float) else f", {metric} {score:.4f}"
        epoch = row["epoch"]
        self._progress.update(
            self._task,
            completed=epoch if isinstance(epoch, int) else None,
            state=f"{row['edges']} edges, {row['neurons']} neurons{shown}",
        )
