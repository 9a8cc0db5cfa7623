"""What accuracy networks had at each size on their way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from analysis.figures import style
from analysis.reading import Metric, metric_of, number

if TYPE_CHECKING:
    from graphgrow.store.run import Run

NAME = "accuracy_over_edges"


@style.styled
def accuracy_over_edges(runs_by_label: Mapping[str, Sequence[Run]], title: str = "") -> Figure:
    """The test metric over edges, epoch by epoch: a thin line per run, its end marked; edges on a logarithmic axis.

    Accuracy that falls while a network no longer grows is a vertical stretch. 7 inches wide, 3.4 high.

    Raises
    ------
    DataError
        No label or too many, or runs with different metrics.
    StoreError
        A run lacks a column.
    """
    style.check_labels(len(runs_by_label))
    metric = metric_of([run for runs in runs_by_label.values() for run in runs])
    scale = 100.0 if metric is Metric.ACCURACY else 1.0
    figure = style.new_figure(style.WIDTH, 3.4)
    axes = figure.subplots()
    style.tidy(axes)
    for at, runs in enumerate(runs_by_label.values()):
        shown = style.look(at)
        for run in runs:
            rows = run.rows()
            edges = np.array([number(row, "edges", run) for row in rows])
            score = scale * np.array([number(row, f"test_{metric.value}", run) for row in rows])
            axes.plot(edges, score, color=shown.colour, linewidth=0.9, alpha=0.75, linestyle=shown.line)
            axes.plot(
                edges[-1:],
                score[-1:],
                shown.marker,
                color=shown.colour,
                markersize=6,
                markeredgecolor="white",
                zorder=3,
            )
    axes.set_xscale("log")
    axes.set_xlabel("edges (number)")
    axes.set_ylabel("test accuracy (%)" if metric is Metric.ACCURACY else "test error")
    entries = [f"{name} ({len(runs)} run{'s' * (len(runs) != 1)})" for name, runs in runs_by_label.items()]
    style.outside_legend(figure, [style.handle(entry, style.look(at)) for at, entry in enumerate(entries)], title, 4)
    return figure
