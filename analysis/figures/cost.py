"""What accuracy costs: final test error against edges, edge-steps or seconds, one line per rule over its budgets."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from analysis import statistics
from analysis.figures import style
from analysis.reading import Metric
from graphgrow.errors import DataError

NAME = "cost"


LONG = 20
"""Letters of a rule from which on three columns of a legend no longer fit."""
# First digits of the marks of an axis, from coarse to fine.
_DIGITS = ((1.0,), (1.0, 3.0), (1.0, 2.0, 5.0), (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0))


class Cost(Enum):
    """A column of `analysis.tables.runs_table` that says what a run cost; its value is the axis label."""

    EDGES = "edges at the end (number)"
    EDGE_STEPS = "edge-steps of training (number)"
    SECONDS = "wall time (s)"

    @property
    def column(self) -> str:
        """Name of the column."""
        return self.name.lower()


@style.styled
def cost(
    frame: pd.DataFrame,
    budget: str,
    costs: Sequence[Cost] = (Cost.EDGES, Cost.EDGE_STEPS),
    title: str = "",
    join_budgets: bool = False,
) -> Figure:
    """One panel per cost, side by side, all axes logarithmic: mean error and 95 % t interval, one line per rule.

    7 inches wide, 4 high.

    Parameters
    ----------
    frame : rows of `analysis.tables.runs_table`, with a column `budget` that tells the points of a line apart.
    budget : that column; its values in the order in which lines join them.
    join_budgets : a thin line joins what has the same budget, from cheap to dear.

    Raises
    ------
    DataError
        No rule or too many, no panel, or runs with different metrics.
    """
    rules = list(dict.fromkeys(str(rule) for rule in frame["rule"]))
    style.check_labels(len(rules))
    metrics = set(frame["metric"])
    if len(metrics) != 1 or not costs:
        raise DataError(f"expected one metric and at least one cost, got {len(metrics)} and {len(costs)}")
    metric = Metric(metrics.pop())
    points = _points(frame, budget, costs, metric)
    figure = style.new_figure(style.WIDTH, 4.2)
    panels = figure.subplots(1, len(costs), sharey=True, squeeze=False)[0]
    for panel, which in zip(panels, costs, strict=True):
        _draw(panel, points, which, rules, join_budgets)
    # On a logarithmic axis neither a collapse nor the last tenths of a point hide the other.
    panels[0].set_yscale("log")
    panels[0].set_ylim(0.7 * points["test"].min(), 1.4 * points["test"].max())
    panels[0].yaxis.set_major_locator(FixedLocator(marks(*panels[0].get_ylim())))
    panels[0].yaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
    panels[0].yaxis.set_minor_locator(NullLocator())
    panels[0].set_ylabel("test error (%): 100 - accuracy" if metric is Metric.ACCURACY else "test error")
    handles = [style.handle(rule, style.look(at)) for at, rule in enumerate(rules)]
    style.outside_legend(figure, handles, title, 2 if max(map(len, rules)) > LONG else 3)
    figure.supxlabel(_note(points, frame, budget, join_budgets), fontsize=7.5, color=style.INK)
    return figure


def _points(frame: pd.DataFrame, budget: str, costs: Sequence[Cost], metric: Metric) -> pd.DataFrame:
    """One row per rule and budget: mean and ends of the interval of the error, mean costs; budgets in their order."""
    rows = []
    for (rule, held), group in frame.groupby(["rule", budget], sort=False):
        values = group["test"].to_numpy()
        found = statistics.mean(100 * (1 - values) if metric is Metric.ACCURACY else values)
        ends = found.interval or statistics.Interval(found.value, found.value)
        row = {"rule": str(rule), "budget": held, "test": found.value, "low": ends.low, "high": ends.high}
        rows.append(row | {each.column: float(group[each.column].mean()) for each in costs} | {"count": len(group)})
    order = {held: at for at, held in enumerate(dict.fromkeys(frame[budget]))}
    return pd.DataFrame(rows).sort_values("budget", key=lambda column: column.map(order), kind="stable")


def _draw(panel: Axes, points: pd.DataFrame, which: Cost, rules: Sequence[str], join_budgets: bool) -> None:
    style.tidy(panel)
    if join_budgets:
        for _, rows in points.groupby("budget", sort=False):
            along = rows.sort_values(which.column)
            panel.plot(along[which.column], along["test"], color=style.GREY, linewidth=0.6, alpha=0.7)
    for at, rule in enumerate(rules):
        rows, shown = points[points["rule"] == rule], style.look(at)
        x, middle = rows[which.column].to_numpy(), rows["test"].to_numpy()
        panel.vlines(x, rows["low"].clip(lower=1e-9), rows["high"], color=shown.colour, linewidth=1.0, alpha=0.7)
        panel.plot(x, middle, color=shown.colour, linestyle=shown.line, marker=shown.marker, markeredgecolor="white",
                   markeredgewidth=0.5, linewidth=1.2)  # fmt: skip
    panel.set_xscale("log")
    panel.xaxis.set_major_locator(FixedLocator(marks(*panel.get_xlim())))
    panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
    panel.xaxis.set_minor_locator(NullLocator())
    panel.set_xlabel(which.value)


def marks(low: float, high: float) -> list[float]:
    """Round numbers for a logarithmic axis: the coarsest set of which at least three lie from `low` to `high`.

    Examples
    --------
    >>> marks(120e3, 290e3), marks(1, 1000)
    ([120000.0, 150000.0, 200000.0, 250000.0], [1.0, 10.0, 100.0, 1000.0])
    """
    decades = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    made: list[float] = []
    for digits in _DIGITS:
        made = [digit * 10.0**decade for decade in decades for digit in digits]
        made = [mark for mark in made if low <= mark <= high]
        if len(made) >= 3:
            break
    return made


def short(value: float) -> str:
    """A count in few signs.

    Examples
    --------
    >>> short(20_000), short(3e8), short(0.5), short(2e12)
    ('20k', '300M', '0.5', '2e+12')
    """
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if size <= value < 1000 * size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"


def _note(points: pd.DataFrame, frame: pd.DataFrame, budget: str, join_budgets: bool) -> str:
    """What points, bars and lines are."""
    counts = sorted({int(count) for count in points["count"]})
    runs = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    held = ", ".join(str(value) for value in dict.fromkeys(frame[budget]))
    words = f"points: mean of {runs} runs at {held}; bars: 95 % t interval"
    return words + ("; thin grey lines join what has one budget" if join_budgets else "")
