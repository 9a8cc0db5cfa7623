"""What the directed triangles at each node count, and how much its degrees and strengths allow, by pattern."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graphgrow.arrays import Array
from graphgrow.measure.adjacency import Adjacency


@dataclass(frozen=True, eq=False)
class Count:
    """What one triangle counts at one of its corners.

    Attributes
    ----------
    value : float64 (entries,), of every entry.
    mean : the mean of the values of the two edges at the corner; otherwise the product of those of all three.
    """

    value: Array
    mean: bool


@dataclass(frozen=True, eq=False)
class Oriented:
    """A skeleton whose edges stand in the row of their end of lower degree; rows and columns are ranks.

    Attributes
    ----------
    order : int64 (nodes,), the node of each rank.
    starts, later : rows of ranks, int64 (nodes + 1,) and int32 (edges,).
    entry : int64 (edges,), which entry of the skeleton each edge is.
    """

    order: Array
    starts: Array
    later: Array
    entry: Array

    def by_node(self, by_rank: Array) -> Array:
        """Values along the last axis in the order of the nodes."""
        made = np.empty_like(by_rank)
        made[..., self.order] = by_rank
        return made


def oriented(bones: Adjacency) -> Oriented:
    """The edges of a skeleton by rank of degree."""
    from graphgrow.measure.kernels.triangles import oriented as rows

    order = np.argsort(bones.degree, kind="stable")
    rank = np.empty(bones.nodes, np.int32)
    rank[order] = np.arange(bones.nodes, dtype=np.int32)
    return Oriented(order, *rows(bones.pointer, bones.other, order, rank))


def strictly_layered(graph: Adjacency, by_depth: bool = False) -> bool:
    """Whether every edge leads from its level to the next that has nodes: no triangle can close then.

    by_depth takes the depth of acyclic graphs without levels for the level; that costs a sweep over the graph.
    """
    level = graph.stage if by_depth else graph.level
    if level is None:
        return False
    rank = np.unique(level, return_inverse=True)[1]
    return bool((rank[graph.other] - rank[graph.row] == 1).all())


def one_way(graph: Adjacency) -> bool:
    """Whether the graph is directed and no edge runs both ways."""
    return graph.directed and graph.skeleton.edges == graph.edges - graph.loops


def found_and_possible(graph: Adjacency, counts: Sequence[Count]) -> list[tuple[Array, Array]]:
    """For each count two float64 (5, nodes): what triangles count and could at most; loops are left out.

    The five are the cycle, middleman, in and out patterns and their sum. Products are compared with how many triangles
    the degrees allow (Fagiolo 2007, table 1), means with the strengths in their place (Clemente and Grassi 2018).
    """
    sums = np.zeros((len(counts), 4, graph.nodes))
    if counts and not strictly_layered(graph):
        sums = _one_way_sums(graph, counts) if one_way(graph) else _sums(graph, counts)
    made = []
    for found, most in zip(sums, _possible(graph, counts), strict=True):
        made.append((np.vstack([found, found.sum(axis=0)]), np.vstack([most, most.sum(axis=0)])))
    return made


def positions(bones: Adjacency, graph: Adjacency) -> tuple[Array, Array]:
    """Two int64 (entries,): for every entry of the skeleton the graph's that runs its way, and the other way; or -1."""
    from graphgrow.measure.kernels.triangles import aligned, twins

    forth = aligned(bones.pointer, bones.other, graph.pointer, graph.other)
    return forth, forth[twins(bones.pointer, bones.other)]


def _one_way_sums(graph: Adjacency, counts: Sequence[Count]) -> Array:
    """float64 (counts, 4, nodes) where every triangle has one pattern at each corner."""
    from graphgrow.measure.kernels.triangles import roles

    rows = oriented(graph.skeleton)
    forth, back = (each[rows.entry] for each in positions(graph.skeleton, graph))
    up = forth >= 0
    held = np.where(up, forth, back)
    values = np.stack([count.value[held] for count in counts], axis=1)
    means = np.array([count.mean for count in counts])
    return rows.by_node(np.moveaxis(roles(rows.starts, rows.later, up, values, means), 0, -1))


def _sums(graph: Adjacency, counts: Sequence[Count]) -> Array:
    """The same where edges may run both ways, and triangles have several patterns at a corner."""
    from graphgrow.measure.kernels.triangles import patterns

    rows = oriented(graph.skeleton)
    forth, back = (each[rows.entry] for each in positions(graph.skeleton, graph))
    made = []
    for count in counts:
        ones = np.ones(graph.entries)
        parts = [count.value, ones / 2, ones] if count.mean else [count.value, count.value / 2, count.value]
        padded = np.concatenate([np.stack(parts, axis=1), np.zeros((1, 3))])  # -1, no such edge, counts 0
        made.append(rows.by_node(patterns(rows.starts, rows.later, padded[forth], padded[back])))
    return np.stack(made)


def _possible(graph: Adjacency, counts: Sequence[Count]) -> list[Array]:
    """float64 (4, nodes) for each count."""
    plain = graph.row != graph.other if graph.loops else slice(None)
    row, other = graph.row[plain], graph.other[plain]
    degree_out, degree_in = (np.bincount(end, minlength=graph.nodes).astype(np.float64) for end in (row, other))
    both = np.flatnonzero(_reversed_too(graph)) if not one_way(graph) else np.zeros(0, np.int64)
    made = []
    for count in counts:
        value = count.value if count.mean else np.ones(graph.entries)
        strong_out, strong_in = (np.bincount(end, value[plain], graph.nodes) for end in (row, other))
        twice = [np.bincount(end[both], value[both], graph.nodes) for end in (graph.row, graph.other)]
        strong_both = (twice[0] + twice[1]) / 2
        through = (strong_in * degree_out + strong_out * degree_in) / 2 - strong_both
        made.append(np.stack([through, through, strong_in * (degree_in - 1), strong_out * (degree_out - 1)]))
    return made


def _reversed_too(graph: Adjacency) -> Array:
    """bool (entries,): whether an entry that is no loop also runs the other way."""
    from graphgrow.measure.kernels.triangles import aligned

    turned = graph.reversed
    found = aligned(graph.pointer, graph.other, turned.pointer, turned.other)
    made: Array = (graph.row != graph.other) & (found >= 0)
    return made
