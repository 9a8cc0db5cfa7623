"""Any graph as measures see it: directed or not, cyclic or not, weighted or not, with or without levels."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from graphgrow.arrays import Array, frozen
from graphgrow.errors import GraphError
from graphgrow.graph.graph import Graph
from graphgrow.graph.order import longest_paths
from graphgrow.graph.wiring import Wiring


@dataclass(frozen=True, eq=False)
class Adjacency:
    """The neighbours of every node, as sparse rows; frozen, and without loss of what a network knows of its levels.

    Row r holds the out-neighbours of node r, ascending. An undirected graph holds each edge in both rows, a loop once.
    Make one with `of`, `from_edges` or `convert`.

    Attributes
    ----------
    pointer : int64 (nodes + 1,), neighbours of r are other[pointer[r] : pointer[r + 1]].
    other : int32 (entries,), ascending in every row, none twice.
    weight : float64 (entries,), finite; None where every edge counts 1.
    directed : whether an entry is an edge from its row, or half of an edge between both.
    level : int32 (nodes,), a network's own levels, which rise along every edge; None where the graph has none.
    names : what the nodes are called, in order; None for 0, 1, 2, ...
    """

    # networkx hands whatever bears this name to graphgrow.backend.
    __networkx_backend__ = "graphgrow"

    pointer: Array
    other: Array
    weight: Array | None
    directed: bool
    level: Array | None = None
    names: Sequence[Hashable] | None = None

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return int(self.pointer.shape[0]) - 1

    @property
    def entries(self) -> int:
        """Number of stored entries."""
        return int(self.other.shape[0])

    @cached_property
    def edges(self) -> int:
        """Number of edges; an undirected one counts once."""
        return self.entries if self.directed else (self.entries + self.loops) // 2

    @cached_property
    def loops(self) -> int:
        """Number of edges from a node to itself."""
        return int(np.count_nonzero(self.row == self.other))

    @cached_property
    def row(self) -> Array:
        """int32 (entries,): the node in whose row an entry stands; the source of a directed edge."""
        return frozen(np.repeat(np.arange(self.nodes, dtype=np.int32), np.diff(self.pointer)))

    @cached_property
    def degree(self) -> Array:
        """int64 (nodes,): entries in each row: the out-degree of a directed graph; a loop counts once."""
        return frozen(np.diff(self.pointer))

    @cached_property
    def values(self) -> Array:
        """float64 (entries,): the weights, 1 each where there are none."""
        return frozen(np.ones(self.entries)) if self.weight is None else self.weight

    @cached_property
    def reversed(self) -> Adjacency:
        """Every edge turned round; an undirected graph is its own reverse. Levels are turned round with the edges."""
        if not self.directed:
            return self
        level = None if self.level is None else frozen(self.level.max(initial=0) - self.level)
        return _packed(self.nodes, self.other, self.row, self.weight, True, level, self.names)

    @cached_property
    def skeleton(self) -> Adjacency:
        """The undirected graph without loops and weights; edges that run both ways become one."""
        if not self.directed and not self.loops:
            return self if self.weight is None else Adjacency(self.pointer, self.other, None, False, None, self.names)
        keep = self.row != self.other
        source, target = self.row[keep], self.other[keep]
        if self.directed:
            source, target = np.concatenate([source, target]), np.concatenate([target, source])
        return _packed(self.nodes, source, target, None, False, None, self.names, merge=True)

    @cached_property
    def depth(self) -> Array | None:
        """int32 (nodes,): longest path that ends in a node, in edges; None for an undirected or a cyclic graph."""
        if not self.directed:
            return None
        try:
            return frozen(longest_paths(self.nodes, self.row, self.other))
        except GraphError:
            return None

    @property
    def acyclic(self) -> bool:
        """Whether the graph is directed and without a cycle."""
        return self.depth is not None

    @property
    def stage(self) -> Array | None:
        """int32 (nodes,): the levels where there are some, else the depth; None for undirected and cyclic graphs."""
        return self.depth if self.level is None else self.level

    def is_directed(self) -> bool:
        """`directed`, as networkx asks for it."""
        return self.directed

    def is_multigraph(self) -> bool:
        """False, as networkx asks for it."""
        return False

    def matrix(self, transposed: bool = False) -> object:
        """scipy.sparse.csr_array float64 (nodes, nodes), row = source; transposed: row = target."""
        from scipy.sparse import csr_array

        made = csr_array((self.values, self.other, self.pointer), shape=(self.nodes,) * 2)
        return made.T.tocsr() if transposed else made

    def __repr__(self) -> str:
        kind = "directed" if self.directed else "undirected"
        return (
            f"Adjacency({self.nodes} nodes, {self.edges} {kind} edges{', weighted' if self.weight is not None else ''})"
        )


def of(graph: Graph | Wiring) -> Adjacency:
    """A network as an Adjacency: rows stay rows, names are the neurons' ids, levels are kept; a Wiring has no weights.

    Examples
    --------
    >>> from graphgrow.graph.builders import from_edges as network
    >>> of(network([0, 1, 2], [0, 1], [1, 2], [3.0, -3.0]))
    Adjacency(3 nodes, 2 directed edges, weighted)
    """
    wiring = graph if isinstance(graph, Wiring) else graph.wiring
    order = wiring.out_order
    weight = None if isinstance(graph, Wiring) else frozen(graph.weight[order].astype(np.float64))
    return Adjacency(
        wiring.out_pointer, frozen(wiring.target[order]), weight, True, wiring.level, tuple(wiring.id.tolist())
    )


def from_edges(
    nodes: int,
    source: ArrayLike,
    target: ArrayLike,
    weight: ArrayLike | None = None,
    directed: bool = True,
    level: ArrayLike | None = None,
    names: Sequence[Hashable] | None = None,
) -> Adjacency:
    """A graph out of a list of edges in any order.

    Parameters
    ----------
    source, target : int (edges,), nodes from 0; an undirected edge is given once, in either direction.
    weight : float (edges,), finite; None where every edge counts 1.
    level : int (nodes,), rises along every edge.
    names : one a node, none twice.

    Raises
    ------
    GraphError
        A node that does not exist, an edge given twice, a weight that is not finite, a level that does not rise, a
        name given twice, or arrays of unequal length; the message names the edge.

    Examples
    --------
    >>> from_edges(3, [0, 1], [1, 2], directed=False)
    Adjacency(3 nodes, 2 undirected edges)
    """
    tail, head = (_ends(value, nodes, name) for value, name in ((source, "source"), (target, "target")))
    if tail.size != head.size:
        raise GraphError(f"edges: expected as many sources as targets, got {tail.size} and {head.size}: pair them")
    worth = None if weight is None else _weights(weight, tail, head)
    stage = None if level is None else _levels(level, nodes, tail, head)
    if names is not None and len(names) != nodes:
        raise GraphError(f"names: expected {nodes}, got {len(names)}: pass one a node")
    if names is not None and len(set(names)) != nodes:
        raise GraphError("names: two nodes are called the same: give each a name of its own, or none a name")
    if not directed:
        loop = tail == head
        tail, head = np.concatenate([tail, head[~loop]]), np.concatenate([head, tail[~loop]])
        worth = None if worth is None else np.concatenate([worth, worth[~loop]])
        stage = None
    return _packed(nodes, tail, head, worth, directed, stage, names)


def _packed(
    nodes: int,
    source: Array,
    target: Array,
    weight: Array | None,
    directed: bool,
    level: Array | None,
    names: Sequence[Hashable] | None,
    merge: bool = False,
) -> Adjacency:
    """Entries sorted into rows; `merge` makes one of equal ones, which otherwise are an error."""
    from scipy.sparse import csr_array

    # Two counting sorts, by target and then stably by source, instead of one sort of keys.
    at = np.arange(source.size, dtype=np.int64)
    counts = np.concatenate([[0], np.cumsum(np.bincount(source, minlength=nodes))]).astype(np.int64)
    by_source = np.argsort(source, kind="stable") if source.size and (np.diff(source) < 0).any() else at
    rows = csr_array((by_source + 1, target[by_source].astype(np.int64), counts), shape=(nodes, nodes))
    rows.sort_indices()
    order, other = rows.data - 1, rows.indices.astype(np.int32)
    row = np.repeat(np.arange(nodes), np.diff(counts))
    twice = (np.diff(other) == 0) & (np.diff(row) == 0)
    if twice.any():
        if not merge:
            edge = int(np.argmax(twice))
            raise GraphError(f"edge {row[edge]} -> {other[edge]}: given twice: merge the two into one")
        keep = np.concatenate([[True], ~twice])
        order, other, row = order[keep], other[keep], row[keep]
        counts = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=nodes))]).astype(np.int64)
    values = None if weight is None else frozen(weight[order])
    return Adjacency(frozen(counts), frozen(other), values, directed, level, names)


def _ends(value: ArrayLike, nodes: int, name: str) -> Array:
    """int64 (edges,), each from 0 to nodes - 1."""
    given = np.asarray(value)
    if given.ndim != 1 or (given.size and given.dtype.kind not in "iu"):
        raise GraphError(
            f"{name}: expected whole numbers (edges,), got {given.dtype} of shape {given.shape}: cast them"
        )
    made = given.astype(np.int64)
    if made.size and not 0 <= made.min() <= made.max() < nodes:
        raise GraphError(f"{name}: nodes {made.min()}..{made.max()}: expected nodes from 0 to {nodes - 1}")
    return made


def _weights(value: ArrayLike, tail: Array, head: Array) -> Array:
    made = np.asarray(value, np.float64)
    if made.shape != tail.shape:
        raise GraphError(f"weight: expected {tail.size} weights, got shape {made.shape}: pass one an edge")
    good = np.isfinite(made)
    if not good.all():
        edge = int(np.argmin(good))
        raise GraphError(f"edge {tail[edge]} -> {head[edge]}: weight {made[edge]} is not finite: mend or leave it out")
    return made


def _levels(value: ArrayLike, nodes: int, tail: Array, head: Array) -> Array:
    given = np.asarray(value)
    if given.shape != (nodes,):
        raise GraphError(f"level: expected {nodes} levels, got shape {given.shape}: pass one a node")
    size = np.abs(given.astype(np.float64)) if given.dtype.kind in "iuf" else np.full(nodes, np.inf)
    # Half of what int32 holds, so that differences of levels are int32 too.
    if not ((size < 2**30) & (size % 1 == 0)).all():
        raise GraphError(f"level: expected whole numbers below 2**30 in size, got {given.dtype}: rank them first")
    made = given.astype(np.int32)
    if (flat := made[tail] >= made[head]).any():
        edge = int(np.argmax(flat))
        raise GraphError(
            f"edge {tail[edge]} -> {head[edge]}: level {made[tail[edge]]} to {made[head[edge]]}: levels must rise "
            "along every edge: turn it round, or pass no levels"
        )
    return frozen(made)
