"""Where the edges lie: the matrix of neurons sorted by level, and the density of every block between two levels."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colorizer import ColorizingArtist
from matplotlib.colors import ListedColormap, LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator

from analysis.figures import style
from analysis.figures.of_run import Drawn
from analysis.stored import StoredNetwork
from graphgrow.arrays import Array
from graphgrow.errors import DataError
from graphgrow.graph import Graph
from graphgrow.measure.adjacency import Adjacency, of

NAME = "block_density"
MOST_DOTS = 20_000
BINS = 160
FEW_LEVELS = 8


@style.styled
def block_density(graph: Graph | Adjacency, title: str = "", most_dots: int = MOST_DOTS) -> Figure:
    """Left every edge, a row per source and a column per target, sorted by level, with the borders of the levels.

    Right the share of possible edges that exist in each block, levels drawn equally large; written in where there are
    at most 8 by 8. Beyond `most_dots` edges the left panel shows densities in bins, each within one block. A graph
    without levels (undirected, or with a cycle) is one block. 7 inches wide, 3.9 high.

    Raises
    ------
    DataError
        There is no node.
    """
    adjacency = of(graph) if isinstance(graph, Graph) else graph
    if not adjacency.nodes:
        raise DataError("expected a graph with nodes, got an empty one: there is no matrix to draw")
    blocks = _blocks(adjacency)
    figure = style.new_figure(style.WIDTH, 3.9)
    left, right = figure.subplots(1, 2)
    shown = _draw_dots(left, blocks) if adjacency.entries <= most_dots else _draw_bins(figure, left, blocks)
    _frame(left, blocks)
    left.set_title(f"{adjacency.edges} edges{shown}", loc="left")
    _draw_blocks(figure, right, blocks)
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontsize=9.5)
    return figure


def of_network(stored: StoredNetwork) -> Drawn:
    """The network at the end."""
    return block_density(stored.final, stored.title)


@dataclass(frozen=True, eq=False)
class _Blocks:
    """Edges by place in the sorted order; sources leave out a last level without edges, targets the first.

    Attributes
    ----------
    row, column : int64 (entries,), places of source and target among the nodes sorted by level.
    borders : int64 (levels + 1,), where each level begins.
    names : of the levels.
    sources, targets : half-open ranges of levels that are shown.
    """

    row: Array
    column: Array
    borders: Array
    names: list[str]
    sources: tuple[int, int]
    targets: tuple[int, int]

    def counts(self) -> Array:
        """float64 (source levels, target levels): the share of pairs that are joined; NaN where an edge cannot be."""
        levels = len(self.names)
        rank = np.repeat(np.arange(levels), np.diff(self.borders))
        flat = rank[self.row] * levels + rank[self.column]
        found = np.bincount(flat, minlength=levels**2).reshape(levels, levels).astype(float)
        sizes = np.diff(self.borders).astype(float)
        possible = np.outer(sizes, sizes)
        if levels == 1:
            possible -= sizes
        else:
            possible[np.tril_indices(levels)] = 0
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.where(possible > 0, found / possible, np.nan)
        return share[slice(*self.sources), slice(*self.targets)]


def _blocks(graph: Adjacency) -> _Blocks:
    stage = np.zeros(graph.nodes, np.int32) if graph.stage is None else graph.stage
    levels, rank = np.unique(stage, return_inverse=True)
    order = np.argsort(rank, kind="stable")
    place = np.empty(graph.nodes, np.int64)
    place[order] = np.arange(graph.nodes)
    borders = np.concatenate([[0], np.cumsum(np.bincount(rank))])
    names = ["all"] if levels.size == 1 else [str(level) for level in levels.tolist()]
    last = max(1, levels.size - 1)
    return _Blocks(
        place[graph.row], place[graph.other], borders, names, (0, last), (int(levels.size > 1), int(levels.size))
    )


def _draw_dots(axes: Axes, blocks: _Blocks) -> str:
    """A dot per edge, smaller in large matrices."""
    side = max(float(blocks.borders[-1]), 1.0)
    size = float(np.clip(160 / side, 0.35, 9)) * float(np.clip(60 / np.sqrt(max(blocks.row.size, 1)), 0.8, 3))
    axes.scatter(
        blocks.column + 0.5,
        blocks.row + 0.5,
        size,
        color=style.LOW,
        marker="s",
        linewidths=0,
        rasterized=True,
        gid="edges",
    )
    return ", a dot each"


def _draw_bins(figure: Figure, axes: Axes, blocks: _Blocks) -> str:
    """Bins that never cross a border between levels, so that no density is smeared over one."""
    edges = _bin_edges(blocks.borders)
    found = np.histogram2d(blocks.row, blocks.column, bins=[edges, edges])[0]
    share = found / np.outer(np.diff(edges), np.diff(edges))
    shown = axes.pcolormesh(
        edges,
        edges,
        np.ma.masked_equal(share, 0),
        cmap=style.ordered_colours().reversed(),
        norm=_norm(share),
        rasterized=True,
    )
    _bar(figure, axes, shown, "density in a bin (%)")
    return ", density in bins"


def _bin_edges(borders: Array) -> Array:
    """float64 (bins + 1,): every level in equal bins of about 1/160 of all, at least one."""
    width = max(1.0, borders[-1] / BINS)
    parts = [
        np.linspace(low, high, max(1, round((high - low) / width)) + 1)[:-1] for low, high in pairwise(borders.tolist())
    ]
    return np.append(np.concatenate(parts), borders[-1])


def _norm(share: Array) -> Normalize:
    """Logarithmic: densities differ by orders of magnitude."""
    positive = share[np.isfinite(share) & (share > 0)]
    low, high = (float(positive.min()), float(positive.max())) if positive.size else (0.1, 1.0)
    return LogNorm(low if low < high else high / 10, high)


def _bar(figure: Figure, axes: Axes, shown: ColorizingArtist, name: str) -> None:
    bar = figure.colorbar(shown, ax=axes, location="bottom", shrink=0.8, aspect=30, pad=0.02)
    bar.set_label(name)
    low, high = bar.mappable.get_clim()
    bar.ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 70 * low else (1,)))
    bar.ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g}"))
    bar.minorticks_off()
    bar.outline.set_visible(False)


def _frame(axes: Axes, blocks: _Blocks) -> None:
    """Borders of levels, their names where there is room, sources downward as in a matrix."""
    low, high = blocks.borders[blocks.sources[0]], blocks.borders[blocks.sources[1]]
    left, right = blocks.borders[blocks.targets[0]], blocks.borders[blocks.targets[1]]
    axes.set_xlim(left, right)
    axes.set_ylim(high, low)
    thin = float(np.clip(8 / len(blocks.names), 0.1, 0.6))
    for border in blocks.borders[1:-1]:
        axes.axhline(border, color=style.GREY, linewidth=thin)
        axes.axvline(border, color=style.GREY, linewidth=thin)
    axes.xaxis.set_label_position("top")
    axes.xaxis.tick_top()
    for axis, (first, last) in ((axes.xaxis, blocks.targets), (axes.yaxis, blocks.sources)):
        span = float(blocks.borders[last] - blocks.borders[first])
        ticks, names, before = [], [], -np.inf
        for at in range(first, last):
            middle = (blocks.borders[at] + blocks.borders[at + 1]) / 2
            if middle - before >= 0.06 * span:
                ticks.append(middle)
                names.append(blocks.names[at])
                before = middle
        axis.set_ticks(ticks, names)
    axes.tick_params(length=0)
    axes.set_xlabel("target, by level")
    axes.set_ylabel("source, by level")


def _draw_blocks(figure: Figure, axes: Axes, blocks: _Blocks) -> None:
    """A cell per pair of levels: pale where no edge is, white where none can be."""
    share = blocks.counts()
    axes.imshow(np.ma.masked_where(share != 0, share), cmap=ListedColormap([style.PALE]), aspect="auto")
    empty = np.ma.masked_where(~np.isfinite(share) | (share <= 0), share)
    norm = _norm(share)
    shown = axes.imshow(empty, cmap=style.ordered_colours().reversed(), norm=norm, aspect="auto")
    rows, columns = share.shape
    if max(rows, columns) <= FEW_LEVELS:
        for (row, column), value in np.ndenumerate(share):
            if np.isfinite(value):
                dark = value > 0 and norm(value) > 0.45
                axes.text(
                    column,
                    row,
                    _percent(value),
                    ha="center",
                    va="center",
                    fontsize=8,
                    color="white" if dark else style.INK,
                )
    step_x, step_y = -(-columns // 12), -(-rows // 12)
    axes.set_xticks(range(0, columns, step_x), blocks.names[slice(*blocks.targets)][::step_x])
    axes.set_yticks(range(0, rows, step_y), blocks.names[slice(*blocks.sources)][::step_y])
    axes.xaxis.set_label_position("top")
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("target level")
    axes.set_ylabel("source level")
    axes.set_title("density of each block (%)", loc="left")
    _bar(figure, axes, shown, "share of possible edges that exist (%)")


def _percent(value: float) -> str:
    """Two significant digits, down to a hundredth."""
    if value == 0:
        return "none"
    shown = 100 * value
    if shown < 0.01:
        return "< 0.01"
    return f"{shown:.0f}" if shown >= 9.95 else f"{shown:.1f}" if shown >= 0.95 else f"{shown:.2g}"
