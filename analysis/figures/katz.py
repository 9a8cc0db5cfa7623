"""How much reaches a neuron over all paths: Katz centrality by level, and how unequal it is within a level."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from analysis.figures import style
from analysis.figures.of_run import Drawn
from analysis.stored import StoredNetwork
from graphgrow.arrays import Array
from graphgrow.errors import DataError
from graphgrow.measure.katz import EdgeValue, katz

NAME = "katz_by_level"
ALPHA = 0.1


@style.styled
def katz_by_level(centrality: Array, level: Array, what: str = "", title: str = "") -> Figure:
    """Left the Katz centrality of every neuron over its level, median and quartiles in front; right its spread.

    Centrality grows with depth by construction; what the network itself decides is the spread within a level: standard
    deviation over mean. 7 inches wide, 3.7 high.

    Parameters
    ----------
    centrality : float (neurons,), finite.
    level : int (neurons,), levels or depths.
    what : alpha and what an edge counts for, for the title.

    Raises
    ------
    DataError
        No neuron, arrays of unequal length, or a number that is not finite.
    """
    values, levels = np.asarray(centrality, np.float64), np.asarray(level)
    if not values.size or values.shape != levels.shape or not np.isfinite(values).all():
        raise DataError(
            f"expected finite centralities and as many levels, got {values.shape} and {levels.shape}: pass one each"
        )
    figure = style.new_figure(style.WIDTH, 3.7)
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    spread = []
    for place in (used := np.unique(levels).tolist()):
        own = values[levels == place]
        _strip(left, place, own)
        spread.append(own.std() / abs(own.mean()) if own.mean() else np.nan)
    right.plot(used, spread, color=style.LOW, marker="o", clip_on=False)
    right.set_ylim(0, 1.15 * max(0.1, float(np.nanmax(spread, initial=0))))
    if values.min() > 0 and values.max() > 8 * values.min():
        left.set_yscale("log")
        left.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    for axes in (left, right):
        style.tidy(axes)
        axes.set_xlabel("level (number; 0 is the inputs)")
        axes.xaxis.set_major_locator(MaxNLocator(nbins=10, integer=True))
        axes.set_xlim(min(used) - 0.5, max(used) + 0.5)
    left.set_ylabel("Katz centrality")
    left.set_title(what, loc="left")
    right.set_ylabel("standard deviation / mean")
    right.set_title("spread within a level", loc="left")
    style.outside_legend(figure, _handles(), "", 3, below=True)
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontsize=9.5)
    return figure


def of_network(stored: StoredNetwork) -> Drawn:
    """The network at the end, edges counted by the size of their weights."""
    graph = stored.final
    made = katz(graph, EdgeValue.ABSOLUTE, ALPHA)
    return katz_by_level(made, graph.wiring.level, f"α = {ALPHA}, edges count |weight|", stored.title)


def _strip(axes: Axes, place: int, values: Array) -> None:
    """All values spread sidewise so that none hides another, with median and quartiles."""
    # Multiples of the golden ratio lie evenly without any draw.
    aside = (np.arange(values.size) * 0.6180339887498949) % 1 - 0.5
    axes.scatter(
        place + 0.5 * aside,
        np.sort(values),
        5,
        color=style.LOW,
        alpha=float(np.clip(60 / values.size, 0.2, 0.8)),
        linewidths=0,
        rasterized=values.size > 1000,
    )
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    axes.vlines(place, low, high, color=style.HIGH, linewidth=3, zorder=4)
    axes.scatter(place, middle, 26, color="white", edgecolors=style.HIGH, linewidths=1.4, zorder=5)


def _handles() -> list[Line2D]:
    """The legend of the left panel."""
    ring: dict[str, Any] = {"markerfacecolor": "white", "markeredgecolor": style.HIGH, "markeredgewidth": 1.4}
    return [
        Line2D([], [], linestyle="", marker="o", color=style.LOW, markersize=3, label="neuron"),
        Line2D([], [], linestyle="", marker="o", markersize=5.5, label="median", **ring),
        Line2D([], [], color=style.HIGH, linewidth=3, label="from quartile to quartile"),
    ]
