"""How unevenly the edges are spread: tails of the degree distributions."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatter, LogLocator

from analysis.figures import style
from analysis.figures.of_run import Drawn
from analysis.stored import StoredNetwork
from graphgrow.arrays import Array
from graphgrow.errors import DataError
from graphgrow.graph import Graph, Role

NAME = "degree_ccdf"


@style.styled
def degree_ccdf(graphs: Mapping[str, Graph], title: str = "") -> Figure:
    """Share of hidden neurons with at least k in-edges (left) and out-edges (right), both axes logarithmic.

    A line that begins below 1 tells that some neurons have no edge on that side. 7 inches wide, 3.4 high.

    Raises
    ------
    DataError
        No graph or too many, or one without hidden neurons.
    """
    style.check_labels(len(graphs))
    figure = style.new_figure(style.WIDTH, 3.4)
    panels = figure.subplots(1, 2, sharey=True)
    for at, (name, graph) in enumerate(graphs.items()):
        hidden = graph.wiring.rows(Role.HIDDEN)
        if not hidden.size:
            raise DataError(f"{name}: expected a graph with hidden neurons, got none: leave it out of this figure")
        for panel, degrees in zip(panels, (graph.wiring.fan_in, graph.wiring.fan_out), strict=True):
            _draw(panel, degrees[hidden], at)
    for panel, side in zip(panels, ("in", "out"), strict=True):
        style.tidy(panel)
        panel.set_xscale("log")
        panel.set_yscale("log")
        panel.set_xlabel(f"{side}-degree k (edges)")
        panel.set_title(f"{side}-degree", loc="left")
        _plain_ticks(panel)
    panels[0].set_ylabel("share of hidden neurons with degree ≥ k")
    panels[0].set_ylim(min(panels[0].get_ylim()[0], 0.09), 1.25)
    handles = [style.handle(name, style.look(at)) for at, name in enumerate(graphs)]
    style.outside_legend(figure, handles, title, 4)
    return figure


def of_network(stored: StoredNetwork) -> Drawn:
    """The start beside the end."""
    graphs = {"start": stored.stages[0].graph, "end": stored.final}
    return degree_ccdf(graphs if len(stored.stages) > 1 else {"start and end": stored.final}, stored.title)


def ccdf(degrees: Array) -> tuple[Array, Array]:
    """int64 (k,) distinct degrees of 1 or more, ascending, and float64 (k,): the share of all entries at or above each.

    Examples
    --------
    >>> degree, share = ccdf(np.array([0, 1, 1, 4]))
    >>> degree.tolist(), share.tolist()
    ([1, 4], [0.75, 0.25])
    """
    values, counts = np.unique(degrees, return_counts=True)
    share = np.cumsum(counts[::-1])[::-1] / max(degrees.size, 1)
    return values[values > 0].astype(np.int64), share[values > 0]


def _draw(panel: Axes, degrees: Array, at: int) -> None:
    """Steps that hold each share up to the degree it belongs to; degree 0 has no place on a logarithmic axis."""
    degree, share = ccdf(degrees)
    if degree.size and degree[0] > 1:
        degree, share = np.insert(degree, 0, 1), np.insert(share, 0, share[0])
    shown = style.look(at)
    panel.plot(
        degree,
        share,
        drawstyle="steps-pre",
        color=shown.colour,
        linestyle=shown.line,
        marker=shown.marker,
        markevery=max(1, degree.size // 6),
        markeredgecolor="white",
        markeredgewidth=0.5,
    )


def _plain_ticks(panel: Axes) -> None:
    """1, 2, 5, 10, 20 rather than powers: degrees are small whole numbers."""
    panel.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    panel.xaxis.set_major_formatter(LogFormatter(labelOnlyBase=False, minor_thresholds=(np.inf, np.inf)))
    panel.xaxis.set_minor_locator(LogLocator(subs=()))
