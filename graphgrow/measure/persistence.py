"""Neural persistence: how long the parts of a layer stay apart while ever weaker edges are let in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import GraphError
from graphgrow.measure.adjacency import Adjacency
from graphgrow.measure.levelblocks import LevelBlock, level_blocks


@dataclass(frozen=True, eq=False)
class BlockPersistence:
    """Neural persistence of one block, edges from one level to another.

    Attributes
    ----------
    source_level, target_level : which block.
    bars : float64 (nodes of both levels - 1,), descending: 1 - |w| / max |w| for every edge of the maximum spanning
        forest, and a bar of 1 for every component beyond the first, which no edge ever joins.
    value : Euclidean length of the bars.
    normalised : the same over its largest possible value, sqrt(nodes - 1): between 0 and 1.
    variance : of |w| / max |w| over the block's edges, which explains much of the value (Girrbach 2023).
    """

    source_level: int
    target_level: int
    bars: Array
    value: float
    normalised: float
    variance: float


def neural_persistence(graph: Adjacency) -> tuple[BlockPersistence, ...]:
    """Neural persistence of every block of a graph with levels; edges of weight 0 and absent ones are the same.

    All nodes of a block are there from the start; edges enter by falling |w| over the largest |w| of the whole graph,
    and each one that joins two parts ends a bar.

    Raises
    ------
    GraphError
        The graph has no levels, or all its weights are 0, so that no edge can be compared with the largest.

    Source: Rieck 2019, with p = 2; bars of 1 for the parts that a sparse layer leaves apart
    are ours, so that removing edges never lowers the value.

    Examples
    --------
    >>> from graphgrow.measure.adjacency import from_edges
    >>> fan = from_edges(3, [0, 0], [1, 2], [1.0, -0.5])
    >>> neural_persistence(fan)[0].bars.tolist()
    [0.5, 0.0]
    """
    blocks = level_blocks(graph)
    largest = float(np.abs(graph.values).max(initial=0.0))
    if graph.entries and largest == 0:
        raise GraphError("neural persistence: expected a weight other than 0: all of them are 0, none is the largest")
    return tuple(_persistence(block, largest) for block in blocks)


def _persistence(block: LevelBlock, largest: float) -> BlockPersistence:
    """One block's bars, |w| taken over `largest`."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import minimum_spanning_tree

    nodes = block.sources + block.targets
    share = np.abs(block.weight) / largest
    # The forest of least cost 2 - share: no cost is 0, which would be no edge.
    cost = coo_array((2.0 - share, (block.source, block.sources + block.target)), shape=(nodes, nodes))
    joined = np.sort(minimum_spanning_tree(cost.tocsr()).data - 1.0)[::-1]
    bars = np.concatenate([np.ones(nodes - 1 - joined.size), np.clip(joined, 0.0, 1.0)])
    value = float(np.sqrt((bars**2).sum()))
    return BlockPersistence(
        block.source_level, block.target_level, bars, value, value / np.sqrt(nodes - 1), float(share.var())
    )
