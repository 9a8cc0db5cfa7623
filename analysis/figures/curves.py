"""Means with intervals over a number on the x axis, such as a threshold or a level, beside what was predicted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from analysis.figures import style
from analysis.statistics import mean
from graphgrow.arrays import Array
from graphgrow.errors import DataError

NAME = "curves"
MOST_COLUMNS = 2
OVERLAP = 0.006


@dataclass(frozen=True, eq=False)
class Curve:
    """One label in one panel.

    Attributes
    ----------
    x : float (points,).
    values : float (repetitions, points), NaN for what is missing.
    line : join the means; a prediction is a line, what was measured stands as points.
    points : mark the means, each with its 95 % t interval.
    """

    x: Array
    values: Array
    line: bool = True
    points: bool = True


@dataclass(frozen=True, eq=False)
class Panel:
    """Curves that share their axes; a logarithmic y axis leaves out what is not above 0."""

    title: str
    x: str
    y: str
    curves: Mapping[str, Curve]
    logarithmic: bool = False


@style.styled
def curves(panels: list[Panel], title: str = "", note: str = "") -> Figure:
    """Two panels a row; means, and 95 % t intervals where there are several repetitions. One look per label.

    7 inches wide, 2.5 inches high per row of panels.

    Raises
    ------
    DataError
        No panels, no labels or too many, or x and values that do not fit.
    """
    labels = list(dict.fromkeys(label for panel in panels for label in panel.curves))
    style.check_labels(len(labels))
    columns = min(MOST_COLUMNS, len(panels))
    rows = ceil(len(panels) / columns)
    figure = style.new_figure(style.WIDTH, 2.5 * rows + 0.8)
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for panel, each in zip(axes, panels, strict=False):
        _draw(panel, each, labels)
    for empty in axes[len(panels) :]:
        empty.set_visible(False)
    lines = [any(panel.curves[label].line for panel in panels if label in panel.curves) for label in labels]
    points = [any(panel.curves[label].points for panel in panels if label in panel.curves) for label in labels]
    handles = []
    for at, label in enumerate(labels):
        made = style.handle(label, style.look(at), points[at])
        if not lines[at]:
            made.set_linestyle("")
        handles.append(made)
    style.outside_legend(figure, handles, title, 3)
    if note:
        figure.supxlabel(note, fontsize=7.5, color=style.INK)
    return figure


def _draw(axes: Axes, panel: Panel, labels: list[str]) -> None:
    style.tidy(axes)
    if panel.logarithmic:
        axes.set_yscale("log")
    # Intervals of several labels at one x would hide each other.
    marked = [label for label, curve in panel.curves.items() if curve.points]
    dodge = OVERLAP * max((float(np.ptp(curve.x)) for curve in panel.curves.values()), default=0.0)
    for label, curve in panel.curves.items():
        shift = dodge * (marked.index(label) - (len(marked) - 1) / 2) if curve.points else 0.0
        _curve(axes, curve, style.look(labels.index(label)), shift, panel.logarithmic)
    axes.set_title(panel.title, loc="left")
    axes.set_xlabel(panel.x)
    axes.set_ylabel(panel.y)
    if panel.logarithmic:
        plain = FuncFormatter(lambda value, _: f"{value:g}")
        axes.yaxis.set_major_formatter(plain)
        # Within two powers of ten the minor ticks carry most of the numbers.
        low, high = axes.get_ylim()
        axes.yaxis.set_minor_locator(LogLocator(subs=(2, 5)) if high < 100 * low else LogLocator(subs=range(2, 10)))
        axes.yaxis.set_minor_formatter(plain if high < 100 * low else NullFormatter())


def _curve(axes: Axes, curve: Curve, shown: style.Look, shift: float, logarithmic: bool) -> None:
    if curve.values.ndim != 2 or curve.values.shape[1:] != curve.x.shape:
        raise DataError(f"curve: x {curve.x.shape} and values {curve.values.shape}: expected (points,) and (n, points)")
    found = [mean(column[~np.isnan(column)]) if (~np.isnan(column)).any() else None for column in curve.values.T]
    kept = [at for at, each in enumerate(found) if each is not None and (each.value > 0 or not logarithmic)]
    x = curve.x[kept] + shift
    held = [each for at, each in enumerate(found) if at in kept and each is not None]
    y = np.array([each.value for each in held])
    marker = shown.marker if curve.points else ""
    if not curve.points or all(each.interval is None for each in held):
        axes.plot(x, y, linestyle=shown.line if curve.line else "", color=shown.colour, marker=marker)
        return
    ends = np.array([(y[at], y[at]) if each.interval is None else (each.interval.low, each.interval.high)
                     for at, each in enumerate(held)])  # fmt: skip
    if logarithmic:
        ends = np.maximum(ends, 1e-3 * y[:, None])
    errors = np.abs(ends - y[:, None]).T
    # The line style goes to the line alone: dashed error bars would look like several.
    axes.errorbar(x, y, errors, linestyle="", elinewidth=1.0, capsize=2.0, color=shown.colour, marker=marker)
    if curve.line:
        axes.plot(x, y, linestyle=shown.line, color=shown.colour)
