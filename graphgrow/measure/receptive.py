"""Receptive fields: which inputs a neuron can hear, how many it does hear, and whether fields come in scales."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from graphgrow.arrays import Array
from graphgrow.errors import GraphError
from graphgrow.measure.adjacency import Adjacency
from graphgrow.measure.reach import reached_among, reached_set
from graphgrow.rng import stream

# Inputs that derivatives are swept from at once.
BLOCK = 64
# Sizes that the table of the dip test goes up to.
DIP_SIZES = 72_000


@dataclass(frozen=True, eq=False)
class ScaleSeparation:
    """Whether receptive fields come in sizes; there is no standard definition, and this one is graphgrow's.

    Attributes
    ----------
    scales : int64 (scales,), labels, ascending.
    medians : float64 (scales,), median field of each.
    ratios : float64 (scales - 1,), median of a scale over that of the one before; 1 where they do not differ.
    dip : Hartigan's dip of the logarithms of all fields, ties spread; NaN for fewer than 4.
    probability : of as large a dip where the sizes have one peak; a small one says more than one. NaN like dip.
    """

    scales: Array
    medians: Array
    ratios: Array
    dip: float
    probability: float


def input_mask(graph: Adjacency) -> Array:
    """bool (nodes,): nodes of the lowest level where the graph has levels, otherwise those that no edge enters."""
    if graph.level is not None:
        lowest: Array = graph.level == graph.level.min(initial=np.iinfo(np.int32).max)
        return lowest
    entered = graph.degree if not graph.directed else np.bincount(graph.other, minlength=graph.nodes)
    mask: Array = entered == 0
    return mask


def receptive_fields(graph: Adjacency, inputs: Array | None = None) -> Array:
    """int64 (nodes,): from how many inputs a path leads to each node; an input hears itself.

    Parameters
    ----------
    inputs : bool (nodes,); None for `input_mask`.

    Raises
    ------
    GraphError
        The mask has another shape or dtype.

    Examples
    --------
    >>> from graphgrow.measure.adjacency import from_edges
    >>> receptive_fields(from_edges(4, [0, 1, 2], [2, 2, 3])).tolist()
    [1, 1, 2, 2]
    """
    return reached_among(graph.reversed, input_mask(graph) if inputs is None else inputs)


def receptive_sets(graph: Adjacency, inputs: Array | None = None) -> Array:
    """bool (nodes, inputs): whether a path leads from each input, ascending, to each node; for small networks.

    Raises
    ------
    GraphError
        The mask has another shape or dtype, or the matrix would be too large: pass a mask of fewer inputs.
    """
    return reached_set(graph.reversed, input_mask(graph) if inputs is None else inputs)


def effective_fields(graph: Adjacency, gain: ArrayLike | None = None, inputs: Array | None = None) -> Array:
    """float64 (nodes,): participation number of |dy/dx| over the inputs x, (sum |g|)^2 / sum g^2, for each y.

    Between 1, where one input does it all, and the receptive field, where all weigh the same; 0 where no input has any
    effect. Derivatives follow every path, by one sweep over the edges for each 64 inputs.

    Parameters
    ----------
    gain : float (nodes,), derivative of each node's activation where it works, e.g. averaged over samples; None for 1.
    inputs : bool (nodes,); None for `input_mask`.

    Raises
    ------
    GraphError
        The graph is undirected or has a cycle, gain or mask have another shape, or derivatives exceed what float64
        holds.

    Source: Wegner 1980 (participation ratio); Luo et al. 2016 (effective receptive field).

    Examples
    --------
    >>> from graphgrow.measure.adjacency import from_edges
    >>> effective_fields(from_edges(3, [0, 1], [2, 2], [3.0, 1.0])).tolist()
    [1.0, 1.0, 1.6]
    """
    from graphgrow.measure.kernels.bitsets import derivatives

    if graph.depth is None:
        raise GraphError("effective fields: expected a directed graph without cycle: derivatives have no end on others")
    slope = np.ones(graph.nodes) if gain is None else np.asarray(gain, np.float64)
    if slope.shape != (graph.nodes,) or not np.isfinite(slope).all():
        raise GraphError(f"gain: expected {graph.nodes} finite numbers, got shape {slope.shape}: pass one a node")
    mask = input_mask(graph) if inputs is None else np.asarray(inputs)
    if mask.shape != (graph.nodes,) or mask.dtype != bool:
        raise GraphError(f"inputs: expected bool ({graph.nodes},), got {mask.dtype} of shape {mask.shape}: pass a mask")
    entering, chosen = graph.reversed, np.flatnonzero(mask)
    order = np.argsort(graph.depth, kind="stable")
    sums, squares = np.zeros(graph.nodes), np.zeros(graph.nodes)
    block = np.empty((graph.nodes, min(BLOCK, chosen.size)))
    for first in range(0, chosen.size, BLOCK):
        part = chosen[first : first + BLOCK]
        column = np.full(graph.nodes, -1, np.int64)
        column[part] = np.arange(part.size)
        derivatives(entering.pointer, entering.other, entering.values, slope, column, block, order, sums, squares)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        made = np.where(squares > 0, sums**2 / squares, 0.0)
    if not (np.isfinite(made) & np.isfinite(sums) & ((squares > 0) | (sums == 0))).all():
        raise GraphError("effective fields: derivatives leave what float64 holds: scale weights or gain")
    return made


def scale_separation(fields: Array, scale: Array, seed: int = 0) -> ScaleSeparation:
    """Ratios of the median fields of consecutive scales, and the dip test on the logarithms of all fields.

    Parameters
    ----------
    fields : float (nodes,), sizes; nodes with 0 have no field and are left out.
    scale : int (nodes,), of what the node is: its level, or the event that it was born at; negative to leave it out.
    seed : of how ties are spread.

    Raises
    ------
    GraphError
        The two have different shapes, or a field is negative or not finite.

    The table of the test is for sizes without ties, which whole numbers are full of: these are spread evenly over the
    unit around them. Of more than DIP_SIZES fields the test takes so many, evenly spaced by rank.

    Source: ours; the dip test is Hartigan and Hartigan 1985.

    Examples
    --------
    >>> found = scale_separation(np.array([2, 2, 4, 6, 30]), np.array([0, 0, 1, 1, 2]))
    >>> found.medians.tolist(), found.ratios.tolist()
    ([2.0, 5.0, 30.0], [2.5, 6.0])
    """
    size, label = np.asarray(fields, np.float64), np.asarray(scale)
    if size.ndim != 1 or label.shape != size.shape:
        raise GraphError(
            f"scale: expected one for each of {size.size} fields, got shape {label.shape}: pass one a node"
        )
    if not (np.isfinite(size) & (size >= 0)).all():
        raise GraphError("fields: expected finite sizes of 0 or more: count or measure them first")
    keep = (size > 0) & (label >= 0)
    size, label = size[keep], label[keep]
    scales, where = np.unique(label, return_inverse=True)
    medians = np.array([np.median(size[where == at]) for at in range(scales.size)])
    dip, probability = _dip(size, seed)
    return ScaleSeparation(scales.astype(np.int64), medians, medians[1:] / medians[:-1], dip, probability)


def _dip(size: Array, seed: int) -> tuple[float, float]:
    """Hartigan's dip of the logarithms and its probability; NaN where there are too few sizes."""
    if size.size < 4:
        return np.nan, np.nan
    if size.min() == size.max():
        return 0.0, 1.0
    from diptest import diptest

    if (size == np.round(size)).all():
        size = size + stream(seed, "dip ties").uniform(-0.5, 0.5, size.size)
    ordered = np.sort(np.log(size))
    if ordered.size > DIP_SIZES:
        ordered = ordered[np.linspace(0, ordered.size - 1, DIP_SIZES).round().astype(np.int64)]
    dip, probability = diptest(ordered)
    return float(dip), float(probability)
