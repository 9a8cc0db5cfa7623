"""The weights of a graph with levels as blocks, one for every pair of levels that edges join."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import GraphError
from graphgrow.measure.adjacency import Adjacency


@dataclass(frozen=True, eq=False)
class LevelBlock:
    """All edges from one level to another.

    Attributes
    ----------
    source_level, target_level : the two levels, or depths where the graph has no levels.
    sources, targets : how many nodes stand on each level, those without an edge in this block among them.
    source, target : int64 (edges,), places within the levels, in the order of nodes.
    weight : float64 (edges,), 1 each where the graph has no weights.
    """

    source_level: int
    target_level: int
    sources: int
    targets: int
    source: Array
    target: Array
    weight: Array

    def matrix(self) -> object:
        """scipy.sparse.csr_array float64 (targets, sources), as a layer multiplies."""
        from scipy.sparse import csr_array

        return csr_array((self.weight, (self.target, self.source)), shape=(self.targets, self.sources))


def level_blocks(graph: Adjacency) -> Iterator[LevelBlock]:
    """The blocks, by source level and then target level.

    Raises
    ------
    GraphError
        The graph is undirected or has a cycle, and so has no levels.
    """
    stage = graph.stage
    if stage is None:
        raise GraphError("level blocks: expected a directed graph without cycle: an undirected or cyclic one has none")
    return _blocks(graph, stage)


def _blocks(graph: Adjacency, stage: Array) -> Iterator[LevelBlock]:
    """The same, where there are levels."""
    level, rank = np.unique(stage, return_inverse=True)
    size = np.bincount(rank, minlength=level.size)
    by_level = np.argsort(rank, kind="stable")
    place = np.empty(stage.size, np.int64)
    place[by_level] = np.arange(stage.size) - np.repeat(np.cumsum(size) - size, size)
    key = rank[graph.row] * level.size + rank[graph.other]
    order = np.argsort(key, kind="stable")
    pair, first = np.unique(key[order], return_index=True)
    for each, entries in zip(pair.tolist(), np.split(order, first[1:]), strict=False):
        tail, head = divmod(each, level.size)
        yield LevelBlock(
            int(level[tail]),
            int(level[head]),
            int(size[tail]),
            int(size[head]),
            place[graph.row[entries]],
            place[graph.other[entries]],
            graph.values[entries],
        )
