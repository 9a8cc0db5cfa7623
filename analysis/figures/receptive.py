"""How much of the input each neuron can hear of: receptive field sizes by level, and how growth widens them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from analysis.figures import style
from analysis.figures.of_run import Drawn
from analysis.stored import StoredNetwork, thinned
from graphgrow.arrays import Array
from graphgrow.errors import DataError
from graphgrow.graph import Graph
from graphgrow.measure.adjacency import of
from graphgrow.measure.receptive import receptive_fields as fields_of

NAME = "receptive_fields"
MOST_SCALES = 4
MOST_LEVELS = 12
POINTS = 240
SMOOTH = 0.035
"""Width of the smoothing kernel, as a share of the axis."""


@style.styled
def receptive_fields(
    scales: Mapping[str, Mapping[int, Array]], inputs: int, title: str = "", colours: Sequence[object] | None = None
) -> Figure:
    """A row of ridges per level: how many of the inputs have a path to a neuron, smoothed on a logarithmic axis.

    One ridge per scale in each row, all of equal height; the tick below a ridge is its median. The share of neurons
    that no input reaches, which have no place on the axis, stands at the right, scale by scale where it changes, a
    dash where a scale has no such level. Of more than 12 levels an even choice is drawn. 7 inches wide, higher
    with more levels.

    Parameters
    ----------
    scales : name of a scale -> level -> int (neurons of the level,), number of inputs.
    inputs : how many there are.
    colours : one a scale; default: those of the style.

    Raises
    ------
    DataError
        No scale or more than 4, no level, or sizes beyond the inputs.
    """
    every = sorted({level for fields in scales.values() for level in fields})
    levels = thinned(tuple(every), MOST_LEVELS)
    if not 1 <= len(scales) <= MOST_SCALES or not levels or inputs < 1:
        raise DataError(
            f"expected 1 to {MOST_SCALES} scales with levels above the inputs, got {len(scales)} scales, "
            f"{len(levels)} levels and {inputs} inputs: choose some of them"
        )
    figure = style.new_figure(style.WIDTH, 1.3 + 0.62 * len(levels))
    axes = figure.subplots()
    looks = [style.look(at).colour for at in range(len(scales))] if colours is None else list(colours)
    grid = np.geomspace(1, max(inputs, 2), POINTS)
    for row, level in enumerate(levels):
        silent = []
        for at, fields in enumerate(scales.values()):
            sizes = np.asarray(fields.get(level, np.zeros(0, int)))
            if sizes.size and not 0 <= sizes.min() <= sizes.max() <= inputs:
                raise DataError(f"level {level}: expected sizes from 0 to {inputs}, got {sizes.min()} to {sizes.max()}")
            _ridge(axes, grid, sizes[sizes > 0], row, style.Look(str(looks[at]), style.DASHES[at], ""), at)
            silent.append(f"{100 * float((sizes == 0).mean()):.0f}" if sizes.size else "–")
        note = " → ".join(silent if len(set(silent)) > 1 else silent[:1]) + " %"
        axes.text(1.01, row + 0.1, note, fontsize=7.5, transform=axes.get_yaxis_transform(), va="bottom")
    axes.text(
        1.01, len(levels) + 0.0, "reached by\nno input", fontsize=7.5, transform=axes.get_yaxis_transform(), va="bottom"
    )
    _frame(axes, levels, inputs)
    handles = [
        style.handle(name, style.Look(str(looks[at]), style.DASHES[at], ""), marker=False)
        for at, name in enumerate(scales)
    ]
    style.outside_legend(figure, handles, title, MOST_SCALES)
    return figure


def of_network(stored: StoredNetwork) -> Drawn:
    """The wiring at the start, midway and at the end."""
    stages = stored.few_stages(3)
    scales = {"start" if not stage.event else f"after event {stage.event}": _by_level(stage.graph) for stage in stages}
    inputs = int((stored.final.wiring.level == 0).sum())
    return receptive_fields(scales, inputs, stored.title)


def _by_level(graph: Graph) -> dict[int, Array]:
    """The fields of all neurons above the inputs."""
    level, fields = graph.wiring.level, fields_of(of(graph))
    return {int(one): fields[level == one] for one in graph.wiring.levels.tolist() if one > 0}


def smoothed(grid: Array, sizes: Array) -> Array:
    """float64 (points,): density of the sizes on the logarithmic grid, highest point 1; mirrored at both ends."""
    low, high = np.log(grid[0]), np.log(grid[-1])
    values, counts = np.unique(sizes, return_counts=True)
    at = (np.log(values) - low) / (high - low)
    points = np.linspace(0, 1, grid.size)
    made = np.zeros(grid.size)
    for centre in (at, -at, 2 - at):
        made += np.exp(-0.5 * ((points[:, None] - centre) / SMOOTH) ** 2) @ counts
    top = made.max(initial=0)
    return made / top if top > 0 else made


def _ridge(axes: Axes, grid: Array, sizes: Array, row: int, shown: style.Look, at: int) -> None:
    """Filled outline, and the median as a tick below it, lower for later scales, so that none hides another."""
    if not sizes.size:
        return
    height = row + 0.86 * smoothed(grid, sizes)
    axes.fill_between(grid, row, height, color=shown.colour, alpha=0.13, linewidth=0, zorder=2)
    axes.plot(grid, height, color=shown.colour, linestyle=shown.line, linewidth=1.3, zorder=3 + at)
    ends = [row - 0.045 * (at + 1), row - 0.045 * at]
    axes.plot([np.median(sizes)] * 2, ends, color=shown.colour, linewidth=2.6, solid_capstyle="butt", zorder=30)


def _frame(axes: Axes, levels: Sequence[int], inputs: int) -> None:
    style.tidy(axes)
    axes.set_xscale("log")
    axes.set_xlim(1, max(inputs, 2))
    axes.set_ylim(-0.2, len(levels))
    axes.set_yticks(range(len(levels)), [f"level {level}" for level in levels])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=12))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_xlabel(f"receptive field (inputs with a path to the neuron, of {inputs})")
