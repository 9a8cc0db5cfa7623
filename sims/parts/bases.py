"""Settings that comparisons of one task share."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from graphgrow.errors import SettingsError
from graphgrow.settings import Fit, OptimizerSettings, RunSettings, StartSettings, TaskSettings
from graphgrow.train.execute import start_graph, task_of
from sims.first_growth import IMAGE, LEARNING_RATES, LENET, SMALL
from sims.parts import study

START = {False: 0.05, True: 0.02}


def words(text: str, name: str) -> list[str]:
    """A comma list without repeats."""
    found = list(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    if not found:
        raise SettingsError(f"{name}: expected names joined by commas, got {text!r}")
    return found


def is_image(name: str) -> bool:
    """Whether a task has as many inputs as an image of MNIST, or more."""
    return task_of(RunSettings(task=TaskSettings(name))).inputs >= IMAGE


def base(task: str, activation: str, epochs: int, hidden: Sequence[int] | None = None) -> RunSettings:
    """LeNet-300-100 at 2 % of its edges for images, 64-32 at 5 % for smaller inputs; rates as in first_growth."""
    image = is_image(task)
    rates = LEARNING_RATES[image]
    return RunSettings(
        task=TaskSettings(task),
        start=StartSettings(tuple(hidden or (LENET if image else SMALL)), START[image], activation=activation),
        optimizer=OptimizerSettings(learning_rate=rates.get(activation, rates["relu"]), weight_decay=0.05),
        fit=Fit(epochs, checkpoint_every=0, record_extrema=False),
    )


def start_edges(settings: RunSettings) -> int:
    """Edges of the network before growth; the same for every seed."""
    return start_graph(settings, task_of(settings)).edges


def shown(frame: pd.DataFrame) -> pd.DataFrame:
    """A table for people, of cells that are named after their tasks."""
    return study.shown(frame.drop(columns="task"))
