"""Clustering: how often the neighbours of a node are joined, by triangles of every kind and by squares."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

import numpy as np
from numpy.typing import ArrayLike

from graphgrow.arrays import Array
from graphgrow.errors import GraphError
from graphgrow.measure.adjacency import Adjacency
from graphgrow.measure.katz import EdgeValue
from graphgrow.measure.triads import Count, found_and_possible, one_way, oriented, positions, strictly_layered

_MOST_BITS = 40_000
"""Nodes of which rows as bits take no more than 200 MB."""


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


def triangles(graph: Adjacency) -> Array:
    """int64 (nodes,): triangles of the skeleton through each node.

    Examples
    --------
    >>> from graphgrow.measure.adjacency import from_edges
    >>> triangles(from_edges(4, [0, 0, 1, 2], [1, 2, 2, 3])).tolist()
    [1, 1, 1, 0]
    """
    from graphgrow.measure.kernels import triangles as loops

    if strictly_layered(graph):
        return np.zeros(graph.nodes, np.int64)
    bones = graph.skeleton
    rows = oriented(bones)
    # Rows as bits take a word for 64 nodes, whatever the edges; rows as lists a step for every later neighbour.
    words, steps = bones.edges * (bones.nodes / 64), np.diff(rows.starts)[rows.later].sum()
    if words < steps and bones.nodes <= _MOST_BITS:
        return loops.dense_counts(bones.pointer, bones.other)  # type: ignore[no-any-return]
    return rows.by_node(loops.counts(rows.starts, rows.later))


def local_clustering(graph: Adjacency, known: Array | None = None) -> Array:
    """float64 (nodes,): share of the pairs of a node's neighbours that are joined, in the skeleton; 0 where degree < 2.

    On a strictly layered graph it is 0 everywhere: edges join consecutive levels alone and close no triangle.
    Source: Watts and Strogatz 1998. Equal to networkx.clustering of the undirected graph.
    """
    found = triangles(graph) if known is None else known
    return _share(2.0 * found, _pairs(graph.skeleton.degree), 0.0)


def mean_clustering(graph: Adjacency, known: Array | None = None) -> float:
    """The mean of `local_clustering` over all nodes, those of degree < 2 too; NaN without nodes.

    known int64 (nodes,) is `triangles(graph)`, where it was counted before.

    Examples
    --------
    >>> from graphgrow.measure.adjacency import from_edges
    >>> mean_clustering(from_edges(4, [0, 0, 1, 2], [1, 2, 2, 3], directed=False))
    0.5833333333333334
    """
    return float(local_clustering(graph, known).mean()) if graph.nodes else float("nan")


def transitivity(graph: Adjacency, known: Array | None = None) -> float:
    """Share of the paths of two edges in the skeleton whose ends are joined; 0 without such paths, as in networkx.

    Not the mean clustering: here a node counts as often as it has pairs of neighbours.
    Source: Newman, Watts and Strogatz 2002.
    """
    pairs = _pairs(graph.skeleton.degree).sum()
    found = triangles(graph) if known is None else known
    return float(2.0 * found.sum() / pairs) if pairs else 0.0


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
    return clusterings(graph, [None])[0]


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

    A largest weight of 0 leaves ONNELA nothing to divide by: it is then NaN at the corners of triangles.
    """
    if weighting is Weighting.BARRAT and pattern is not Pattern.ALL:
        raise GraphError(f"BARRAT: expected Pattern.ALL, got {pattern}: use CLEMENTE_GRASSI for directions")
    return clusterings(graph, [weighting], value)[0][pattern]


def clusterings(
    graph: Adjacency, weightings: Sequence[Weighting | None], value: EdgeValue = EdgeValue.ABSOLUTE
) -> list[dict[Pattern, Array]]:
    """`weighted_clustering` by every pattern for each of several weightings, in one pass over the triangles.

    None leaves the weights out, as `directed_clustering` does. BARRAT has the pattern ALL alone.
    """
    worth = _worth(graph, value)
    split = Weighting.BARRAT in weightings and not one_way(graph)
    if split:
        bones, merged = _merged(graph, worth)
        barrat = found_and_possible(bones, [_count(bones, Weighting.BARRAT, merged)])[0]
    # BARRAT counts what CLEMENTE_GRASSI does where no edge runs both ways.
    kinds = {each: Weighting.CLEMENTE_GRASSI if each is Weighting.BARRAT else each for each in weightings}
    needed = {kinds[each] for each in weightings if not (split and each is Weighting.BARRAT)}
    together = [each for each in (None, *Weighting) if each in needed]
    counted = found_and_possible(graph, [_count(graph, each, worth) for each in together])
    made = dict(zip(together, counted, strict=True))
    answers = []
    for each in weightings:
        found, possible = barrat if split and each is Weighting.BARRAT else made[kinds[each]]
        if each is Weighting.BARRAT:
            # Without directions every pair of neighbours can be joined; with one direction a pair half of the time.
            answers.append({Pattern.ALL: _share(found[4] * (1 if split else 2), possible[4], np.nan)})
            continue
        empty = 0.0 if each is Weighting.ONNELA else np.nan
        shares = [_share(*both, empty) for both in zip(found, possible, strict=True)]
        answers.append(dict(zip(_ORDER, shares, strict=True)))
    return answers


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


_ORDER = (Pattern.CYCLE, Pattern.MIDDLEMAN, Pattern.IN, Pattern.OUT, Pattern.ALL)


def _count(graph: Adjacency, weighting: Weighting | None, worth: Array) -> Count:
    if weighting is None:
        return Count(np.ones(graph.entries), mean=False)
    if weighting is Weighting.ONNELA:
        largest = worth.max() if worth.size else 0.0
        return Count(np.cbrt(worth / largest) if largest else np.full(worth.size, np.nan), mean=False)
    if (worth < 0).any():
        at = int(np.argmax(worth < 0))
        raise GraphError(
            f"edge {graph.row[at]} -> {graph.other[at]}: weight {worth[at]}: {weighting.name} takes shares of a "
            "strength and needs weights of 0 or more: use EdgeValue.ABSOLUTE"
        )
    return Count(worth, mean=True)


def _merged(graph: Adjacency, worth: Array) -> tuple[Adjacency, Array]:
    """The skeleton and its weights: of an edge that runs both ways the sum."""
    forth, back = positions(graph.skeleton, graph)
    padded = np.append(worth, 0.0)
    return graph.skeleton, padded[forth] + padded[back] if graph.directed else padded[forth]


def _worth(graph: Adjacency, value: EdgeValue) -> Array:
    if value is EdgeValue.UNWEIGHTED:
        return np.ones(graph.entries)
    return graph.values if value is EdgeValue.SIGNED else np.abs(graph.values)


def _pairs(degree: Array) -> Array:
    """float64: ordered pairs of different neighbours."""
    return degree * (degree - 1.0)


def _share(found: Array, possible: Array, empty: float) -> Array:
    """float64: found over possible, `empty` where nothing is possible."""
    return np.divide(found, possible, out=np.full(found.shape, empty, np.float64), where=possible > 0)
