"""The network itself: neurons by level, edges by the event that made them."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.figures import style
from analysis.figures.events import event_bar, event_norm
from analysis.figures.of_run import Drawn
from analysis.stored import StoredNetwork
from graphgrow.arrays import Array
from graphgrow.errors import DataError
from graphgrow.graph import Graph, Role, Wiring
from graphgrow.measure.extrema import Extrema

NAME = "network_by_level"
ARC_POINTS = 17


@style.styled
def network_by_level(graph: Graph, extrema: Extrema | None = None, most_edges: int = 4000, title: str = "") -> Figure:
    """Neurons in one column per level, oldest at the top; edges coloured by event, fainter where |weight| is small.

    Start edges are grey, skips are arcs. Where there are more than `most_edges`, half of those shown are the strongest
    and the rest the newest. 7 inches wide, 5 high.

    Raises
    ------
    DataError
        The extrema are of another graph, there is no neuron, or not one edge may be shown.
    """
    wiring = graph.wiring
    if not wiring.neurons or most_edges < 1:
        raise DataError(
            f"expected neurons and most_edges of 1 or more, got {wiring.neurons} and {most_edges}: give both"
        )
    if extrema is not None and extrema.high.shape != (wiring.neurons,):
        raise DataError(f"expected extrema of {wiring.neurons} neurons, got {extrema.high.shape}: probe this graph")
    figure = style.new_figure(style.WIDTH, 5.0)
    axes = figure.add_subplot()
    place, chosen = positions(wiring), shown_edges(graph, most_edges)
    _draw_edges(axes, graph, place, chosen)
    handles = _draw_neurons(axes, wiring, place, extrema)
    name_levels(axes, wiring)
    born = wiring.edge_born
    if (born == 0).any():
        handles.append(Line2D([], [], color=style.GREY, linewidth=1.4, label="edge of the start graph"))
    if (_span(wiring)[chosen] > 1).any():
        handles.append(_arc_handle())
    style.outside_legend(figure, handles, "", 3, below=True)
    if born.max(initial=0) > 0:
        event_bar(figure, axes, int(born.max()))
    shown = f"{chosen.size} of {wiring.edges} edges shown" if chosen.size < wiring.edges else f"{wiring.edges} edges"
    cut = ": the strongest and the newest" if chosen.size < wiring.edges else ""
    axes.set_title("\n".join(filter(None, [title, f"{wiring.neurons} neurons, {shown}{cut}"])), loc="left")
    return figure


def of_network(stored: StoredNetwork) -> Drawn:
    """The network at the end."""
    return network_by_level(stored.final, title=stored.title)


def positions(wiring: Wiring) -> Array:
    """float64 (neurons, 2): x is the rank of the level among those in use, y falls from 1 (first born) to 0."""
    place = np.zeros((wiring.neurons, 2))
    place[:, 0] = wiring.rank
    for rank in range(wiring.levels.size):
        rows = np.flatnonzero(wiring.rank == rank)
        place[rows, 1] = 1 - (np.arange(rows.size) + 0.5) / rows.size
    return place


def shown_edges(graph: Graph, most_edges: int) -> Array:
    """int64 (k,) edge rows: all, or the strongest for half of the places and the newest of the others for the rest."""
    size, born = np.abs(graph.weight), graph.wiring.edge_born
    if size.size <= most_edges:
        return np.arange(size.size)
    by_size = np.lexsort((np.arange(size.size), -size))
    strong, others = by_size[: (most_edges + 1) // 2], by_size[(most_edges + 1) // 2 :]
    # by_size is already in order of strength, and a stable sort keeps that among edges of one event.
    newest = others[np.argsort(-born[others].astype(np.int64), kind="stable")]
    return np.sort(np.concatenate([strong, newest[: most_edges - strong.size]]))


def _span(wiring: Wiring) -> Array:
    """int64 (edges,): how many columns an edge goes to the right; more than 1 is a skip."""
    return (wiring.rank[wiring.target] - wiring.rank[wiring.source]).astype(np.int64)


def _draw_edges(axes: Axes, graph: Graph, place: Array, chosen: Array) -> None:
    """Edges between neighbours as straight lines, skips as arcs; later events on top."""
    wiring = graph.wiring
    chosen = chosen[np.argsort(wiring.edge_born[chosen], kind="stable")]
    start, end = place[wiring.source[chosen]], place[wiring.target[chosen]]
    colours, span = _edge_colours(graph, chosen), _span(wiring)[chosen]
    width = float(np.clip(30 / np.sqrt(max(chosen.size, 1)), 0.35, 1.6))
    skip = span > 1
    straight = np.stack([start[~skip], end[~skip]], axis=1)
    for name, lines, own, zorder in (
        ("edges", straight, colours[~skip], 1),
        ("skips", arcs(start[skip], end[skip], span[skip]), colours[skip], 2),
    ):
        made = LineCollection(list(lines), colors=own, linewidths=width, capstyle="round", zorder=zorder)
        made.set_gid(name)
        axes.add_collection(made)


def arcs(start: Array, end: Array, span: Array) -> Array:
    """float64 (skips, points, 2): parabolas that leave the columns between through the nearer of top and bottom."""
    along = np.linspace(0, 1, ARC_POINTS)
    lines: Array = start[:, None] + along[:, None] * (end - start)[:, None]
    middle = (start[:, 1] + end[:, 1]) / 2
    # A skip over more columns bows further, and never beyond a third of the figure.
    bow = np.where(middle >= 0.5, 1, -1) * np.minimum(0.1 + 0.05 * span, 0.33)
    lines[:, :, 1] += 4 * along * (1 - along) * bow[:, None]
    return lines


def _edge_colours(graph: Graph, chosen: Array) -> Array:
    """float64 (k, 4): hue by event, opacity by |weight| up to its 95th percentile; many edges are fainter."""
    born, size = graph.wiring.edge_born[chosen], np.abs(graph.weight[chosen])
    colours: Array = np.tile(to_rgba(style.GREY), (chosen.size, 1))
    later = born > 0
    if later.any():
        norm = event_norm(int(graph.wiring.edge_born.max()))
        colours[later] = style.ordered_colours()(norm(born[later]))
    top = float(np.quantile(size, 0.95)) if size.size else 0.0
    strength = np.minimum(size / top, 1) if top > 0 else np.ones(size.size)
    crowd = float(np.clip(np.sqrt(600 / max(chosen.size, 1)), 0.35, 1))
    # Edges of an event stay visible though they start at weight 0.
    colours[:, 3] = np.where(later, 0.35 + 0.6 * strength, 0.25 + 0.55 * strength) * crowd
    return colours


def _draw_neurons(axes: Axes, wiring: Wiring, place: Array, extrema: Extrema | None) -> list[Line2D]:
    """Dots, smaller in tall columns, and triangles for extrema; the legend's entries."""
    column = np.bincount(wiring.rank)[wiring.rank]
    area = np.clip(700 / column, 1.5, 26)
    plain = np.ones(wiring.neurons, bool) if extrema is None else ~(extrema.high | extrema.low)
    x, y = place[plain].T
    axes.scatter(x, y, area[plain], color=style.INK, linewidths=0, zorder=3, gid="neurons", rasterized=x.size > 3000)
    handles = [Line2D([], [], linestyle="", marker="o", color=style.INK, markersize=3.5, label="neuron")]
    if extrema is None:
        return handles
    for name, rows, marker, colour in (("HIGH", extrema.high, "^", style.HIGH), ("LOW", extrema.low, "v", style.LOW)):
        if not rows.any():
            continue
        (x, y), sizes = place[rows].T, np.clip(area[rows] * 2.2, 16, 46)
        axes.scatter(x, y, sizes, color=colour, marker=marker, edgecolors="white", linewidths=0.5, zorder=4, gid=name)
        entry = f"{name} extremum ({int(rows.sum())})"
        handles.append(Line2D([], [], linestyle="", marker=marker, markersize=6, color=colour, label=entry))
    return handles


def _arc_handle() -> Line2D:
    """Legend entry of skips."""
    return Line2D([], [], color=style.INK, linewidth=0, marker=r"$\frown$", markersize=11, label="arc: skips a level")


def name_levels(axes: Axes, wiring: Wiring) -> None:
    """Columns by name and size; many columns by number alone, every k-th of them."""
    names = []
    for rank, level in enumerate(wiring.levels.tolist()):
        rows = wiring.rank == rank
        roles = set(wiring.role[rows].tolist())
        fixed = {frozenset({int(Role.INPUT)}): "inputs", frozenset({int(Role.OUTPUT)}): "outputs"}
        names.append(f"{fixed.get(frozenset(roles), f'level {level}')}\n{int(rows.sum())}")
    step = max(1, -(-len(names) // 9))
    ticks = [rank for rank in range(len(names)) if rank % step == 0 or rank == len(names) - 1]
    if len(ticks) > 1 and ticks[-1] - ticks[-2] < step:
        del ticks[-2]
    axes.set_xticks(ticks, [names[rank] for rank in ticks])
    axes.set_yticks([])
    axes.set_xlabel("level, and number of neurons on it")
    margin = max(0.25, 0.015 * len(names))
    axes.set_xlim(-margin, max(len(names) - 1, 0) + margin)
    axes.margins(y=0.03)
    axes.autoscale_view(scalex=False)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
