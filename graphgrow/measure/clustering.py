"""Clustering: how often the neighbours of a node are joined, by triangles of every kind and by squares."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import ArrayLike

from graphgrow.arrays import Array
from graphgrow.errors import GraphError
from graphgrow.measure.adjacency import Adjacency
from graphgrow.measure.katz import EdgeValue


class Pattern(Enum):
    """Which directed triangles count at a node i (Fagiolo 2007, table 1).

    CYCLE: i -> j -> k -> i. MIDDLEMAN: k -> i -> j and k -> j. IN: j and k both point to i, one of them to the other.
    OUT: i points to both, one of them to the other. ALL: any of these.
    """

    ALL = "all"
    CYCLE = "cycle"
    MIDDLEMAN = "middleman"
    IN = "in"
    OUT = "out"


class Weighting(Enum):
    """How weights enter. ONNELA: cube root of a triangle's product, over the largest weight; BARRAT: mean of the two
    weights at the node, over its strength, directions ignored; CLEMENTE_GRASSI: the same with directions.
    """

    ONNELA = "onnela"
    BARRAT = "barrat"
    CLEMENTE_GRASSI = "clemente_grassi"


@dataclass(frozen=True, eq=False)
class _Oriented:
    """A skeleton whose edges stand in the row of their end of lower degree; rows and columns are ranks."""

    order: Array
    starts: Array
    later: Array
    entry: Array

    def by_node(self, by_rank: Array) -> Array:
        """Values along the last axis back in the order of the nodes."""
        made = np.empty_like(by_rank)
        made[..., self.order] = by_rank
        return made


def triangles(graph: Adjacency) -> Array:
    """int64 (nodes,): triangles of the skeleton through each node.

    Examples
    --------
    >>> from graphgrow.measure.adjacency import from_edges
    >>> triangles(from_edges(4, [0, 0, 1, 2], [1, 2, 2, 3])).tolist()
    [1, 1, 1, 0]
    """
    from graphgrow.measure.kernels import triangles as loops

    rows = _oriented(graph.skeleton)
    return rows.by_node(loops.counts(rows.starts, rows.later))


def local_clustering(graph: Adjacency) -> Array:
    """float64 (nodes,): share of the pairs of a node's neighbours that are joined, in the skeleton; 0 where degree < 2.

    On a strictly layered graph it is 0 everywhere: edges join consecutive levels alone and close no triangle.
    Source: Watts and Strogatz 1998. Equal to networkx.clustering of the undirected graph.
    """
    return _share(2.0 * triangles(graph), _pairs(graph.skeleton.degree), 0.0)


def mean_clustering(graph: Adjacency) -> float:
    """The mean of `local_clustering` over all nodes, those of degree < 2 too; NaN without nodes.

    Examples
    --------
    >>> from graphgrow.measure.adjacency import from_edges
    >>> mean_clustering(from_edges(4, [0, 0, 1, 2], [1, 2, 2, 3], directed=False))
    0.5833333333333334
    """
    return float(local_clustering(graph).mean()) if graph.nodes else float("nan")


def transitivity(graph: Adjacency) -> float:
    """Share of the paths of two edges in the skeleton whose ends are joined; 0 without such paths, as in networkx.

    Not the mean clustering: here a node counts as often as it has pairs of neighbours.
    Source: Newman, Watts and Strogatz 2002.
    """
    pairs = _pairs(graph.skeleton.degree).sum()
    return float(2.0 * triangles(graph).sum() / pairs) if pairs else 0.0


def directed_clustering(graph: Adjacency, pattern: Pattern) -> Array:
    """float64 (nodes,): triangles of a pattern at each node over what its degrees allow; NaN where it is 0.

    Loops are left out. An acyclic graph has no cycles, and ALL is at most 0.5 there. ALL is networkx.clustering of a
    DiGraph, which has 0 where it is undefined. An undirected graph counts as having both directions.
    Source: Fagiolo 2007, table 1.

    Examples
    --------
    >>> from graphgrow.measure.adjacency import from_edges
    >>> directed_clustering(from_edges(3, [0, 0, 1], [1, 2, 2]), Pattern.MIDDLEMAN).tolist()
    [nan, 1.0, nan]
    """
    return directed_patterns(graph)[pattern]


def directed_patterns(graph: Adjacency) -> dict[Pattern, Array]:
    """`directed_clustering` of every pattern, in one pass."""
    ones = np.ones(graph.entries)
    return _directed(graph, np.stack([ones, ones / 2, ones], axis=1), ones, np.nan)


def weighted_clustering(
    graph: Adjacency,
    weighting: Weighting,
    pattern: Pattern = Pattern.ALL,
    value: EdgeValue = EdgeValue.ABSOLUTE,
) -> Array:
    """float64 (nodes,): clustering in which heavy triangles count more; the same when all weights are scaled.

    Parameters
    ----------
    weighting : ONNELA is networkx.clustering with weight=, 0 where the degrees allow no triangle (Onnela 2005; with
        directions Fagiolo 2007). BARRAT is igraph's, NaN where the strength is 0 or the degree < 2 (Barrat 2004); edges
        that run both ways become one with the sum of their weights. CLEMENTE_GRASSI is NaN where its denominator is 0
        (Clemente and Grassi 2018, section 3); on an undirected graph it is BARRAT.
    pattern : which directed triangles; of ONNELA and CLEMENTE_GRASSI.
    value : sizes of the weights, weights with their signs (ONNELA alone), or 1 each.

    Raises
    ------
    GraphError
        Negative weights in a weighting by strength, or BARRAT with a pattern; the message says what to use.

    Without a positive largest weight ONNELA has nothing to divide by: it is then NaN where a triangle is possible.
    """
    worth = _worth(graph, value)
    if weighting is Weighting.ONNELA:
        largest = worth.max(initial=0.0) if value is not EdgeValue.SIGNED or not worth.size else worth.max()
        root = np.cbrt(worth / largest) if largest else np.full(worth.size, np.nan)
        return _directed(graph, np.stack([root, root / 2, root], axis=1), np.ones(worth.size), 0.0)[pattern]
    if (worth < 0).any():
        at = int(np.argmax(worth < 0))
        raise GraphError(
            f"edge {graph.row[at]} -> {graph.other[at]}: weight {worth[at]}: {weighting.name} takes shares of a "
            "strength and needs weights of 0 or more: use EdgeValue.ABSOLUTE"
        )
    if weighting is Weighting.BARRAT:
        if pattern is not Pattern.ALL:
            raise GraphError(f"BARRAT: expected Pattern.ALL, got {pattern}: use CLEMENTE_GRASSI for directions")
        graph, worth = _undirected(graph, worth)
    ones = np.ones(worth.size)
    return _directed(graph, np.stack([worth, ones / 2, ones], axis=1), worth, np.nan)[pattern]


def square_clustering(graph: Adjacency, rows: ArrayLike | None = None) -> Array:
    """float64 (nodes,) or (rows,): share of the possible squares through a node that exist, in the skeleton.

    A square is closed when two neighbours share a second node. It carries what triangles cannot on layered graphs. 0
    where no square is possible. Costs the squared degrees summed over the neighbours of what is asked for: name some
    `rows` of a large dense graph. Source: Zhang et al. 2008; equal to networkx.square_clustering.

    Raises
    ------
    GraphError
        A row that does not exist.

    Examples
    --------
    >>> from graphgrow.measure.adjacency import from_edges
    >>> square_clustering(from_edges(4, [0, 0, 1, 2], [1, 2, 3, 3])).tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    from graphgrow.measure.kernels.squares import squares

    bones = graph.skeleton
    asked = np.arange(graph.nodes) if rows is None else np.asarray(rows, np.int64)
    if asked.size and not 0 <= asked.min() <= asked.max() < graph.nodes:
        raise GraphError(f"rows: expected nodes from 0 to {graph.nodes - 1}, got {asked.min()}..{asked.max()}")
    closed, ends, twice = squares(bones.pointer, bones.other, asked)
    degree = bones.degree[asked]
    possible = (degree - 1) * ends - _pairs(degree) - twice - closed
    return _share(closed, possible, 0.0)


def _directed(graph: Adjacency, parts: Array, strength: Array, empty: float) -> dict[Pattern, Array]:
    """Triangles whose entries count `parts` (entries, 3), over those that degrees and strengths allow, by pattern.

    With strengths of 1 these are the degrees of Fagiolo 2007; with weights the denominators of Clemente and Grassi.
    """
    cycle, middleman, inward, outward = _triangle_sums(graph, parts)
    plain, ones = graph.row != graph.other, np.ones(graph.entries)
    both = plain & (_entries(graph, graph.reversed) >= 0)
    degree_out, strong_out = (_sums(graph, graph.row, plain, each) for each in (ones, strength))
    degree_in, strong_in = (_sums(graph, graph.other, plain, each) for each in (ones, strength))
    strong_both = (_sums(graph, graph.row, both, strength) + _sums(graph, graph.other, both, strength)) / 2
    through = (strong_in * degree_out + strong_out * degree_in) / 2 - strong_both
    shares = {
        Pattern.CYCLE: (cycle, through),
        Pattern.MIDDLEMAN: (middleman, through),
        Pattern.IN: (inward, strong_in * (degree_in - 1)),
        Pattern.OUT: (outward, strong_out * (degree_out - 1)),
    }
    shares[Pattern.ALL] = (sum(found for found, _ in shares.values()), sum(most for _, most in shares.values()))
    return {pattern: _share(found, most, empty) for pattern, (found, most) in shares.items()}


def _triangle_sums(graph: Adjacency, parts: Array) -> Array:
    """float64 (4, nodes): what the triangles of each pattern count at each node."""
    from graphgrow.measure.kernels import triangles as loops

    bones = graph.skeleton
    rows = _oriented(bones)
    entry = _entries(bones, graph)
    at = np.stack([entry[rows.entry], entry[loops.twins(bones.pointer, bones.other)[rows.entry]]])
    padded = np.concatenate([parts, np.zeros((1, 3))])  # -1, no such edge, counts 0
    return rows.by_node(loops.patterns(rows.starts, rows.later, padded[at[0]], padded[at[1]]))


def _oriented(bones: Adjacency) -> _Oriented:
    from graphgrow.measure.kernels.triangles import oriented

    order = np.argsort(bones.degree, kind="stable")
    rank = np.empty(bones.nodes, np.int32)
    rank[order] = np.arange(bones.nodes, dtype=np.int32)
    return _Oriented(order, *oriented(bones.pointer, bones.other, order, rank))


def _entries(graph: Adjacency, of: Adjacency) -> Array:
    """int64 (entries,): which entry of another graph with the same nodes has the same ends; -1 for none."""
    from graphgrow.measure.kernels.triangles import aligned

    return aligned(graph.pointer, graph.other, of.pointer, of.other)  # type: ignore[no-any-return]


def _undirected(graph: Adjacency, worth: Array) -> tuple[Adjacency, Array]:
    """The skeleton and its weights: of an edge that runs both ways the sum."""
    bones = graph.skeleton
    entry = _entries(bones, graph)
    padded = np.append(worth, 0.0)
    if not graph.directed:
        return bones, padded[entry]
    from graphgrow.measure.kernels.triangles import twins

    return bones, padded[entry] + padded[entry[twins(bones.pointer, bones.other)]]


def _worth(graph: Adjacency, value: EdgeValue) -> Array:
    if value is EdgeValue.UNWEIGHTED:
        return np.ones(graph.entries)
    return graph.values if value is EdgeValue.SIGNED else np.abs(graph.values)


def _sums(graph: Adjacency, node: Array, kept: Array, value: Array) -> Array:
    return np.bincount(node[kept], value[kept], minlength=graph.nodes)


def _pairs(degree: Array) -> Array:
    """float64: ordered pairs of different neighbours."""
    return degree * (degree - 1.0)


def _share(found: Array, possible: Array, empty: float) -> Array:
    """float64: found over possible, `empty` where nothing is possible."""
    return np.divide(found, possible, out=np.full(found.shape, empty, np.float64), where=possible > 0)
