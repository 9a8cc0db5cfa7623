"""Whom a node reaches, and from whom it is reached: sets of nodes as bits, in one sweep from the last node back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from graphgrow.arrays import Array, frozen
from graphgrow.errors import GraphError
from graphgrow.graph.order import longest_paths
from graphgrow.measure.adjacency import Adjacency

# Bytes that the sets of one sweep may take; more columns are swept block by block.
MEMORY = 100 << 20
# Words a row and block; longer rows leave the caches before they are used again.
WORDS = 64


@dataclass(frozen=True, eq=False)
class Condensation:
    """Parts in which every node reaches every other, and the acyclic graph between them.

    Attributes
    ----------
    part : int64 (nodes,), number of a node's part; edges lead from lower to higher numbers, or stay within a part.
    size : int64 (parts,), nodes of each.
    row, other : int64 (joins,), pairs of parts joined by an edge, ascending, none twice.
    """

    part: Array
    size: Array
    row: Array
    other: Array

    @property
    def parts(self) -> int:
        """Number of parts."""
        return int(self.size.size)

    @cached_property
    def pointer(self) -> Array:
        """int64 (parts + 1,): parts that follow part p are other[pointer[p] : pointer[p + 1]]."""
        return frozen(_pointer(self.row, self.parts))


def components(graph: Adjacency) -> tuple[int, Array]:
    """How many strongly connected parts there are, undirected connected ones, and int64 (nodes,) the part of each."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    if not graph.nodes:
        return 0, np.zeros(0, np.int64)
    # The pattern counts, not the weights: an edge of weight 0 is an edge.
    pattern = csr_array((np.ones(graph.entries, np.int8), graph.other, graph.pointer), shape=(graph.nodes,) * 2)
    kind = {"connection": "strong"} if graph.directed else {"directed": False}
    parts, label = connected_components(pattern, **kind)
    return int(parts), label.astype(np.int64)


def condensation(graph: Adjacency) -> Condensation:
    """The strongly connected parts of a graph in topological order; of an undirected one, its connected parts.

    Examples
    --------
    >>> from graphgrow.measure.adjacency import from_edges
    >>> condensation(from_edges(4, [0, 1, 2, 3], [1, 2, 1, 0])).part.tolist()
    [1, 2, 2, 0]
    """
    if graph.depth is not None:
        label, parts, depth = np.arange(graph.nodes), graph.nodes, graph.depth
        row, other = graph.row.astype(np.int64), graph.other.astype(np.int64)
    else:
        parts, label = components(graph)
        row, other = label[graph.row], label[graph.other]
        between = row != other
        key = np.unique(row[between] * parts + other[between])
        row, other = np.divmod(key, max(parts, 1))
        depth = longest_paths(parts, row, other)
    order = np.argsort(depth, kind="stable")
    number = np.empty(parts, np.int64)
    number[order] = np.arange(parts)
    part = number[label]
    key = np.sort(number[row] * parts + number[other])
    row, other = np.divmod(key, max(parts, 1))
    return Condensation(frozen(part), frozen(np.bincount(part, minlength=parts)), frozen(row), frozen(other))


def reached(graph: Adjacency) -> Array:
    """int64 (nodes,): how many OTHER nodes each reaches, along directed edges or, undirected, at all.

    Exact on any graph: a node of a cycle reaches what its part reaches. Work grows as edges x nodes / 64, memory stays
    within MEMORY. Turn the graph round (`graph.reversed`) to learn by how many each is reached.

    Examples
    --------
    >>> from graphgrow.measure.adjacency import from_edges
    >>> reached(from_edges(4, [0, 1, 2], [1, 2, 1])).tolist()
    [2, 1, 1, 0]
    """
    return reached_among(graph, np.ones(graph.nodes, bool)) - 1


def reached_among(graph: Adjacency, marked: Array) -> Array:
    """int64 (nodes,): how many of the marked nodes, bool (nodes,), each reaches, itself included where it is marked.

    Raises
    ------
    GraphError
        The mask has another shape or dtype.
    """
    from graphgrow.measure.kernels.bitsets import count, sweep

    whole, start = _columns(graph, marked)
    columns = int(start[-1])
    total = np.zeros(whole.parts, np.int64)
    words = max(1, min(WORDS, (columns + 63) // 64, MEMORY // (8 * max(whole.parts, 1))))
    bits = np.empty((whole.parts, words), np.uint64)
    for first in range(0, columns, 64 * words):
        last = min(first + 64 * words, columns)
        rows = sweep(whole.pointer, whole.other, start, first, last, bits)
        count(bits, rows, (last - first + 63) // 64, start, first, total)
    made: Array = total[whole.part]
    return made


def reached_set(graph: Adjacency, marked: Array) -> Array:
    """bool (nodes, marked nodes): whether each node reaches each of the marked, ascending, itself included.

    Raises
    ------
    GraphError
        The mask has another shape or dtype, or the matrix would take more than MEMORY: mark fewer.
    """
    from graphgrow.measure.kernels.bitsets import sweep

    whole, start = _columns(graph, marked)
    columns = int(start[-1])
    if graph.nodes * columns > MEMORY:
        raise GraphError(
            f"sets of {graph.nodes} nodes x {columns} marked: expected at most {MEMORY} entries: mark fewer nodes, or "
            "count with reached_among"
        )
    bits = np.zeros((whole.parts, (columns + 63) // 64), np.uint64)
    if columns:
        sweep(whole.pointer, whole.other, start, 0, columns, bits)
    flat = np.unpackbits(bits.astype("<u8").view(np.uint8), axis=1, count=columns, bitorder="little").astype(bool)
    # Columns stand in the order of their parts; the caller counts them in the order of the nodes.
    chosen = np.flatnonzero(marked)
    made = np.empty((graph.nodes, columns), bool)
    made[:, np.argsort(whole.part[chosen], kind="stable")] = flat[whole.part]
    return made


def sweep_words(graph: Adjacency, marked: int) -> float:
    """Words that a sweep over so many marked nodes may have to join: what its time grows with."""
    return graph.entries * (marked / 64)


def _columns(graph: Adjacency, marked: Array) -> tuple[Condensation, Array]:
    """The parts, and int64 (parts + 1,) where the columns of each begin."""
    mask = np.asarray(marked)
    if mask.shape != (graph.nodes,) or mask.dtype != bool:
        raise GraphError(f"marked: expected bool ({graph.nodes},), got {mask.dtype} of shape {mask.shape}: pass a mask")
    whole = condensation(graph)
    return whole, _pointer(whole.part[mask], whole.parts)


def _pointer(row: Array, rows: int) -> Array:
    made: Array = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=rows))]).astype(np.int64)
    return made
