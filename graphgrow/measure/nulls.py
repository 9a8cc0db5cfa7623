"""Random graphs that keep what must be kept, so that what is left over can be judged."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from graphgrow.arrays import Array, frozen
from graphgrow.errors import GraphError
from graphgrow.measure.adjacency import Adjacency

# Graphs of fewer entries need more sweeps to forget where they came from.
FEW, FEW_SWEEPS = 100, 100


def block_preserving(graph: Adjacency, rng: np.random.Generator, sweeps: float = 10) -> Adjacency:
    """A random graph with the same levels and degrees: edges change ends inside (source level, target level) alone.

    Kept of every block are the number of its entries in each source and in each target; all graphs that keep them are
    equally likely after many sweeps. Levels are a network's own, else the depth, which then stays what it is. A graph
    with cycles is one block; an undirected one keeps its degrees. Loops stay as they are and none is added.
    Weights stay with the source, which gives them to other targets; an undirected edge takes its weight along.

    Parameters
    ----------
    rng : decides all; the same generator state gives the same graph.
    sweeps : how often every row trades its targets with another, or every undirected edge tries to, on average; more
        often in graphs of fewer than 100 entries, which would otherwise stay too like themselves.

    Raises
    ------
    GraphError
        sweeps is not a positive number.

    Source: Strona et al. 2014 and Carstens 2015 (trades of rows); Berger and Mueller-Hannemann 2010 (graphs with cycles
    also need cycles of three edges turned round).

    Examples
    --------
    >>> from graphgrow.measure.adjacency import from_edges
    >>> from graphgrow.rng import stream
    >>> layers = from_edges(6, [0, 0, 1, 2, 3], [2, 3, 3, 4, 5], level=[0, 0, 1, 1, 2, 2])
    >>> block_preserving(layers, stream(0, "null")).degree.tolist() == layers.degree.tolist()
    True
    """
    if not 0 < sweeps < np.inf:
        raise GraphError(f"sweeps: expected a positive number, got {sweeps}: use e.g. 10")
    sweeps = max(sweeps, FEW_SWEEPS) if graph.entries < FEW else sweeps
    seed = np.uint64(rng.integers(2**63))
    return _directed(graph, sweeps, seed) if graph.directed else _undirected(graph, sweeps, seed)


def _directed(graph: Adjacency, sweeps: float, seed: np.uint64) -> Adjacency:
    """Entries by source and level of target; segments of one block trade."""
    from graphgrow.measure.kernels.swaps import trades

    stage = graph.stage
    level = np.zeros(graph.nodes, np.int64) if stage is None else np.unique(stage, return_inverse=True)[1]
    highest = int(level.max(initial=0)) + 1
    toward = graph.row * np.int64(highest) + level[graph.other]
    order = np.argsort(toward, kind="stable") if highest > 1 else np.arange(graph.entries)
    toward = toward[order]
    starts = np.flatnonzero(np.diff(toward, prepend=-1))
    source = graph.row[order][starts].astype(np.int64)
    block = level[source] * highest + toward[starts] % highest
    target = graph.other[order]
    # Segments by block; each keeps its place among the entries.
    by_block = np.argsort(block, kind="stable")
    groups = np.flatnonzero(np.diff(block[by_block], prepend=-1, append=-1))
    begins, ends = starts, np.append(starts[1:], graph.entries)
    trades(target, begins, ends, source, by_block, groups, graph.nodes, sweeps, stage is None, seed)
    other = np.empty_like(target)
    other[order] = target
    return _sorted(graph, other, graph.weight)


def _undirected(graph: Adjacency, sweeps: float, seed: np.uint64) -> Adjacency:
    from graphgrow.measure.kernels.swaps import swaps

    once = graph.row < graph.other
    one, two = graph.row[once].astype(np.int64), graph.other[once].astype(np.int64)
    if one.size > 1:
        swaps(one, two, graph.nodes, int(np.ceil(sweeps * one.size / 2)), seed)
    loop = graph.row == graph.other
    weight = None if graph.weight is None else np.concatenate([graph.weight[each] for each in (once, once, loop)])
    source, target = np.concatenate([one, two, graph.row[loop]]), np.concatenate([two, one, graph.other[loop]])
    by_source = np.argsort(source, kind="stable")
    return _sorted(graph, target[by_source].astype(np.int32), None if weight is None else weight[by_source])


def _sorted(graph: Adjacency, other: Array, weight: Array | None) -> Adjacency:
    """The graph with other ends in its rows, ascending."""
    from scipy.sparse import csr_array

    made = csr_array((np.arange(1, other.size + 1), other, graph.pointer), shape=(graph.nodes,) * 2)
    made.sort_indices()
    kept = None if weight is None else frozen(weight[made.data - 1])
    return replace(graph, other=frozen(made.indices.astype(np.int32)), weight=kept)
