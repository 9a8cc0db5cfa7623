"""Spectra of a network: in how many pieces it nearly falls, and how many directions each block of weights carries."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator

from analysis.figures import style
from analysis.figures.of_run import Drawn
from analysis.stored import StoredNetwork
from graphgrow.arrays import Array
from graphgrow.errors import DataError
from graphgrow.measure.adjacency import of
from graphgrow.measure.eigenvalues import BlockSpectrum, block_spectra, laplacian_spectrum

NAME = "network_spectra"
# An odd number: the eigenvalue 1, often the most frequent, stands in the middle of a bin.
BINS = 51
MOST_BLOCKS = 10
MOST_NODES = 3000


@style.styled
def network_spectra(laplacian: Array | None, singular: Mapping[str, Array], title: str = "") -> Figure:
    """Left how many eigenvalues the normalised Laplacian has in each of 51 bins from 0 to 2, and its second-smallest.

    Right the singular values of each block of weights, largest first; of more than 10 blocks those with the largest.
    7 inches wide, 3.7 high.

    Parameters
    ----------
    laplacian : float (nodes,), from 0 to 2, all of them; None leaves the left panel out.
    singular : name of a block -> float (values,), positive, descending.

    Raises
    ------
    DataError
        Eigenvalues that are none of a normalised Laplacian, or no block with a positive singular value.
    """
    blocks = {name: np.asarray(own, np.float64) for name, own in singular.items() if np.size(own)}
    if not blocks or any((own <= 0).any() or not np.isfinite(own).all() for own in blocks.values()):
        raise DataError("expected blocks with positive singular values, got none or others: leave zeros out")
    strongest = sorted(blocks, key=lambda name: -blocks[name][0])[:MOST_BLOCKS]
    figure = style.new_figure(style.WIDTH, 3.7)
    *left, right = figure.subplots(1, 1 if laplacian is None else 2, squeeze=False).flat
    if laplacian is not None:
        _draw_eigenvalues(left[0], laplacian)
    shown = [name for name in blocks if name in strongest]
    for at, name in enumerate(shown):
        _draw_block(right, blocks[name], style.look(at))
    style.tidy(right)
    right.set_yscale("log")
    right.set_xscale("log")
    for axis in (right.xaxis, right.yaxis):
        axis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=9))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    right.minorticks_off()
    right.set_xlabel("place (number; 1 is the largest)")
    right.set_ylabel("singular value (units of weight)")
    right.set_title("weights, level → level", loc="left")
    handles = [style.handle(name, style.look(at)) for at, name in enumerate(shown)]
    style.outside_legend(figure, handles, "", 5 if max(map(len, shown)) < 12 else 3, below=True)
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontsize=9.5)
    return figure


def of_network(stored: StoredNetwork) -> Drawn:
    """The network at the end: its skeleton without weights, where it is not too large, and its trained weights."""
    graph = of(stored.final)
    found = laplacian_spectrum(graph, MOST_NODES) if graph.nodes <= MOST_NODES else None
    singular = {_name(block): block.values[block.values > _floor(block.values)] for block in block_spectra(graph)}
    return network_spectra(None if found is None else found.values, singular, stored.title)


def _name(block: BlockSpectrum) -> str:
    """The levels, and whether the block was too large for more than one value."""
    alone = "" if block.values.size == min(block.rows, block.columns) else " (largest alone)"
    return f"{block.source_level} → {block.target_level}{alone}"


def _floor(values: Array) -> float:
    """What only rounding tells from 0, in single precision."""
    return float(values.max(initial=0) * values.size * np.finfo(np.float32).eps)


def _draw_eigenvalues(axes: Axes, laplacian: Array) -> None:
    values = np.sort(np.asarray(laplacian, np.float64))
    if not values.size or not (np.isfinite(values).all() and values[0] >= -1e-9 and values[-1] <= 2 + 1e-9):
        raise DataError(f"expected eigenvalues from 0 to 2, got {values.size} of them: pass those of a Laplacian")
    style.tidy(axes)
    axes.hist(values, bins=np.linspace(0, 2, BINS + 1).tolist(), color=style.LOW, linewidth=0)
    pieces = int((values < 1e-9).sum())
    heading = f"{values.size} eigenvalues"
    if pieces > 1:
        heading += f", {pieces} pieces"
    elif values.size > 1:
        axes.axvline(values[1], color=style.HIGH, linewidth=1.2, linestyle=(0, (4, 2)))
        heading += f"; dashed λ₂ = {values[1]:.3f}"
    axes.set_title(heading, loc="left")
    axes.set_xlim(-0.02, 2.02)
    axes.set_yscale("symlog", linthresh=1)
    axes.set_ylim(bottom=0)
    top = axes.get_ylim()[1]
    axes.set_yticks([0, *(tick for tick in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000) if tick <= top)])
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.minorticks_off()
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5))
    axes.set_xlabel("eigenvalue of the normalised Laplacian")
    axes.set_ylabel("eigenvalues in a bin (number)")


def _draw_block(axes: Axes, values: Array, shown: style.Look) -> None:
    at = np.arange(1, values.size + 1)
    axes.plot(
        at,
        values,
        color=shown.colour,
        linestyle=shown.line,
        marker=shown.marker,
        markevery=0.12 if values.size > 1 else 1,
        markeredgecolor="white",
        markeredgewidth=0.5,
    )
