"""Are early edges long and late ones short: lengths at birth, event by event, beside what chance would have joined."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis.figures import style
from graphgrow.errors import DataError

NAME = "edge_lengths"
MOST_RULES = 5
COLUMNS = ("rule", "seed", "event", "span", "detour", "matched")
ROWS = (("detour", "path (edges)"), ("span", "span (levels)"))


@style.styled
def edge_lengths(births: pd.DataFrame, title: str = "") -> Figure:
    """One column per rule: the mean path between both ends just before birth above, the mean span in levels below.

    A thin line is the mean over the edges of each event of one run, the dots are the means over runs; grey, dashed: the
    path between pairs drawn by lot between the same levels of the same network. Pairs that no path joins are left out.
    7 inches wide, 3.6 high.

    Parameters
    ----------
    births : `analysis.edge_births.edge_births` of several runs, with columns rule and seed.

    Raises
    ------
    DataError
        No rows, more than 5 rules, or a column is missing.
    """
    missing = [name for name in COLUMNS if name not in births]
    if missing or not len(births):
        raise DataError(f"edge_lengths: expected rows with {', '.join(COLUMNS)}, got {', '.join(births) or 'none'}")
    rules = list(dict.fromkeys(births["rule"]))
    if len(rules) > MOST_RULES:
        raise DataError(f"edge_lengths: expected at most {MOST_RULES} rules, got {len(rules)}: choose fewer")
    figure = style.new_figure(style.WIDTH, 3.6)
    panels = figure.subplots(2, len(rules), sharey="row", sharex=True, squeeze=False)
    for at, rule in enumerate(rules):
        rows = births[births["rule"] == rule]
        panels[0, at].set_title(rule, loc="left", fontsize=8.5)
        for axes, (name, words) in zip(panels[:, at], ROWS, strict=True):
            style.tidy(axes)
            _draw(axes, rows, name)
            axes.xaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
            if at == 0:
                axes.set_ylabel(words)
    # Whole levels and edges: an axis of a constant must not show rounding.
    low, high = panels[1, 0].get_ylim()
    panels[1, 0].set_ylim(min(low, 0.9), max(high, 1.5))
    counts = births.groupby("rule")["seed"].nunique()
    figure.supxlabel(
        f"number of the growth event; thin: one run, dots: mean over {style.span(counts)} runs", fontsize=8
    )
    grown, chance = style.Look(style.COLOURS[0], (), "o"), style.Look(style.GREY, style.DASHES[1], "")
    entries = [style.handle("edges that grew", grown), style.handle("pairs by lot, same levels", chance, marker=False)]
    style.outside_legend(figure, entries, title, 2)
    return figure


def _draw(axes: Axes, rows: pd.DataFrame, name: str) -> None:
    """Means by event, where there are any."""
    if not np.isfinite(rows[name].to_numpy(float)).any():
        axes.text(0.5, 0.5, "no edge between\nold neurons", transform=axes.transAxes, ha="center", va="center",
                  fontsize=7.5, color=style.GREY)  # fmt: skip
        return
    for _, run in rows.groupby("seed"):
        axes.plot(*_by_event(run, name), color=style.COLOURS[0], linewidth=0.6, alpha=0.45)
    axes.plot(*_by_event(rows, name), "o-", color=style.COLOURS[0], markersize=3)
    if name == "detour":
        chance = _by_event(rows, "matched")
        axes.plot(*chance, color=style.GREY, linestyle=(0, style.DASHES[1]), linewidth=1.2, zorder=4)


def _by_event(rows: pd.DataFrame, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Events, and the mean over runs of the means over the edges of each; of edges that have a length."""
    known = rows[np.isfinite(rows[name].to_numpy(float))]
    made = known.groupby(["event", "seed"])[name].mean().groupby("event").mean()
    return made.index.to_numpy(float), made.to_numpy(float)
