"""Which rule ends best: a dot with its interval per rule and a panel per budget, for more rules than lines can show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis import statistics
from analysis.figures import style
from analysis.reading import Metric
from graphgrow.errors import DataError

NAME = "ranking"
MOST_PANELS = 5
# Points of accuracy that the axis shows at least, so that noise is not blown up.
LEAST = 0.02


@style.styled
def ranking(
    frames: Mapping[str, pd.DataFrame], reference: str | None = None, title: str = "", zoom: bool = True
) -> Figure:
    """One panel per frame side by side, the same rules in the same order from best to worst by their mean rank.

    A hollow dot: not all runs of the rule ended at the edges of its budget. 7 inches wide, higher the more rules.

    Parameters
    ----------
    frames : heading of a panel -> rows of `analysis.tables.runs_table`, all with one metric.
    reference : a rule whose mean is drawn as a line through all rows of a panel.
    zoom : cut the axis at the lower quartile of all means, less twice what lies above it; what lies beyond it is told
        at the edge by its value.

    Raises
    ------
    DataError
        No panel or too many, a panel without runs, or runs with different metrics.
    """
    if not 1 <= len(frames) <= MOST_PANELS:
        raise DataError(f"expected from 1 to {MOST_PANELS} panels, got {len(frames)}: draw several figures")
    metrics = {str(name) for frame in frames.values() for name in frame["metric"]}
    if len(metrics) != 1 or not all(len(frame) for frame in frames.values()):
        raise DataError(f"expected runs with one metric in every panel, got {', '.join(sorted(metrics)) or 'none'}")
    metric = Metric(metrics.pop())
    rules = ordered(list(frames.values()), metric)
    figure = style.new_figure(style.WIDTH, 1.3 + 0.19 * len(rules))
    panels = figure.subplots(1, len(frames), sharey=True, squeeze=False)[0]
    for panel, (heading, frame) in zip(panels, frames.items(), strict=True):
        _draw(panel, frame, rules, metric, reference, zoom)
        panel.set_title(heading, fontsize=8.5)
    panels[0].set_yticks(range(len(rules)), rules, fontsize=7.5)
    panels[0].set_ylim(len(rules) - 0.5, -0.5)
    figure.suptitle(title, fontsize=9.5)
    figure.supxlabel(_note(frames, metric, reference), fontsize=7.5, color=style.INK)
    return figure


def ordered(frames: Sequence[pd.DataFrame], metric: Metric) -> list[str]:
    """All rules of the frames, from the best mean rank to the worst; equal ones by name."""
    ranks = [frame.groupby("rule")["test"].mean().rank(ascending=metric is Metric.ERROR, pct=True) for frame in frames]
    joined = pd.concat(ranks, axis=1).mean(axis=1)
    return [str(name) for name in joined.sort_index().sort_values(kind="stable").index]


def _draw(
    panel: Axes, frame: pd.DataFrame, rules: Sequence[str], metric: Metric, reference: str | None, zoom: bool
) -> None:
    style.tidy(panel)
    scale = 100.0 if metric is Metric.ACCURACY else 1.0
    found = {str(rule): rows for rule, rows in frame.groupby("rule")}
    means = {rule: statistics.mean(scale * rows["test"].to_numpy()) for rule, rows in found.items()}
    low = _cut([mean.value for mean in means.values()], scale) if zoom and metric is Metric.ACCURACY else -np.inf
    if reference in means:
        panel.axvline(means[str(reference)].value, color=style.GREY, linewidth=0.9, linestyle=(0, (4, 2)))
    for row, rule in enumerate(rules):
        if rule not in means:
            continue
        mean = means[rule]
        colour = style.HIGH if rule == reference else style.LOW
        if mean.value < low:
            panel.annotate(f"\u25c2 {mean.value:.1f}", (0, row), xycoords=("axes fraction", "data"), xytext=(3, 0),
                           textcoords="offset points", va="center", fontsize=6.5, color=colour)  # fmt: skip
            continue
        if mean.interval is not None:
            panel.hlines(row, mean.interval.low, mean.interval.high, color=colour, linewidth=1.2)
        short = bool((found[rule]["edges"] != found[rule]["budget"]).any())
        panel.plot(mean.value, row, marker="o", color=colour, markerfacecolor="white" if short else colour)
    if np.isfinite(low):
        panel.set_xlim(max(low, 0), min(_top(list(means.values()), low), 1.01 * scale))
    panel.tick_params(axis="y", length=0)


def _cut(values: Sequence[float], scale: float) -> float:
    """Where the axis begins: twice the distance from the best to the lower quartile below the best."""
    best = max(values)
    return best - max(2.0 * (best - float(np.quantile(values, 0.25))), LEAST * scale)


def _top(means: Sequence[statistics.Mean], low: float) -> float:
    """Where the axis ends: beyond the highest interval, but no more than half the shown range above the best mean."""
    best = max(mean.value for mean in means)
    ends = [mean.interval.high for mean in means if mean.interval is not None and mean.value >= low]
    room = (best - low) / 2
    return min(max([best, *ends]), best + room) + 0.06 * (best - low)


def _note(frames: Mapping[str, pd.DataFrame], metric: Metric, reference: str | None) -> str:
    """What dots, bars and lines are."""
    counts = sorted({int(n) for frame in frames.values() for n in frame.groupby("rule").size()})
    runs = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    unit = "test accuracy (%)" if metric is Metric.ACCURACY else "test error"
    words = [f"{unit}, final epoch; dot and bar: mean and 95 % t interval, {runs} runs each; hollow: off the budget"]
    if reference is not None:
        words.append(f"dashed: {reference}; a triangle with a number: off the axis")
    return "\n".join(words)
