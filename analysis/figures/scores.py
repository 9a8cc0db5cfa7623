"""Scores of neurons against what they are worth, one dot per neuron."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from analysis.figures import style
from graphgrow.arrays import Array
from graphgrow.errors import DataError

NAME = "scores_against"
MOST_PANELS = 6


@style.styled
def scores_against(scores: Mapping[str, Array], worth: Array, level: Array, unit: str, title: str = "") -> Figure:
    """One panel per score, its values across and the worth upward, dots coloured and shaped by level.

    The worth has a scale that is linear around 0 and logarithmic beyond its median size. 7 inches wide.

    Parameters
    ----------
    scores : name -> float (neurons,).
    worth : float (neurons,), may be negative.
    level : int (neurons,).

    Raises
    ------
    DataError
        No score or too many, or lengths differ.
    """
    if not 1 <= len(scores) <= MOST_PANELS or any(row.shape != worth.shape for row in (*scores.values(), level)):
        raise DataError(
            f"scores: expected 1 to {MOST_PANELS} of {worth.size} neurons each, with their levels, got {len(scores)}"
        )
    levels = np.unique(level)
    style.check_labels(levels.size)
    columns = min(2, len(scores))
    figure = style.new_figure(style.WIDTH, 2.6 * -(-len(scores) // columns) + 0.6)
    panels = figure.subplots(-(-len(scores) // columns), columns, sharey=True, squeeze=False)
    threshold = float(np.median(np.abs(worth))) or float(np.abs(worth).max()) or 1.0
    for axes, (name, row) in zip(panels.flat, scores.items(), strict=False):
        style.tidy(axes)
        for at, each in enumerate(levels):
            kept, shown = level == each, style.look(at)
            axes.plot(row[kept], worth[kept], shown.marker, color=shown.colour, markersize=2.6, alpha=0.6, mew=0)
        axes.axhline(0, color=style.INK, linewidth=0.7)
        axes.set_yscale("symlog", linthresh=threshold)
        if row.min() > 0 and row.max() > 10 * row.min():
            axes.set_xscale("log")
        axes.set_xlabel(name)
    for axes in panels.flat[len(scores) :]:
        axes.set_visible(False)
    for axes in panels[:, 0]:
        axes.set_ylabel(unit)
    handles = [style.handle(f"level {each}", style.look(at)) for at, each in enumerate(levels)]
    for line in handles:
        line.set_linestyle("")
    style.outside_legend(figure, handles, title, 6)
    return figure
