"""networkx.algorithms.cluster: triangles, clustering, average_clustering, transitivity and square_clustering.

networkx counts along the rows as they are, so that in a directed graph transitivity and squares are those of
successors, while clustering there is that of Fagiolo 2007. Weights enter as cube roots of products, divided by the
largest (Onnela 2005).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from graphgrow.arrays import Array
from graphgrow.backend.held import Held, chosen, dispatched
from graphgrow.measure.adjacency import Adjacency
from graphgrow.measure.clustering import Pattern, Weighting, directed_clustering, local_clustering, weighted_clustering
from graphgrow.measure.clustering import square_clustering as every_square
from graphgrow.measure.clustering import triangles as every_triangle
from graphgrow.measure.katz import EdgeValue


@dispatched
def triangles(graph: Held, nodes: Any = None) -> Any:
    """How many triangles each node is a corner of."""
    if nodes is not None:
        _simple(graph)
    return chosen(graph, nodes, lambda rows: _counted(graph, rows) // 2)


@dispatched
def clustering(graph: Held, nodes: Any = None, weight: str | None = None) -> Any:
    """Share of a node's possible triangles that exist, directed and weighted where the graph is.

    Raises
    ------
    ZeroDivisionError
        The largest weight is 0.
    """
    _simple(graph)
    return chosen(graph, nodes, lambda rows: _clustered(graph, rows, weight))


@dispatched
def average_clustering(graph: Held, nodes: Any = None, weight: str | None = None, count_zeros: bool = True) -> float:
    """Mean of `clustering` over the nodes, or over those where it is not 0.

    Raises
    ------
    ZeroDivisionError
        There is no node to average over.
    """
    _simple(graph)
    found = _clustered(graph, None if nodes is None else graph.rows(nodes), weight).tolist()
    kept = found if count_zeros else [value for value in found if abs(value) > 0]
    return float(sum(kept) / len(kept))


@dispatched
def transitivity(graph: Held) -> float:
    """Share of pairs of neighbours that are joined, over all nodes at once."""
    _simple(graph)
    degree = np.diff(graph.loopless[0])
    joined, pairs = int(_counted(graph, None).sum()), int((degree * (degree - 1)).sum())
    return joined / pairs if joined else 0.0


@dispatched
def square_clustering(graph: Held, nodes: Any = None) -> Any:
    """Share of a node's possible squares that exist (Lind 2005; Zhang 2008)."""
    return chosen(graph, nodes, lambda rows: _squared(graph, rows))


def _simple(graph: Held) -> None:
    """Refuse what networkx refuses."""
    import networkx

    if graph.multigraph:
        raise networkx.NetworkXNotImplemented("not implemented for multigraph type")


def _counted(graph: Held, rows: Array | None) -> Array:
    """int64 (rows,): ordered pairs of neighbours that are joined; undirected, every triangle counts twice."""
    from graphgrow.backend.kernels.closed import closed

    if rows is None and not graph.directed:
        return 2 * every_triangle(graph.adjacency)
    pointer, other, _ = graph.loopless
    wanted = np.arange(len(graph)) if rows is None else rows
    made: Array = closed(pointer, other, np.ones(other.size), wanted).astype(np.int64)
    return made


def _clustered(graph: Held, rows: Array | None, weight: str | None) -> Array:
    """float64 (rows,): of all nodes by degree order, of some only by what lies about them."""
    weights = None if weight is None else graph.summed(weight)
    if weights is not None and graph.loopless[1].size and weights.max() == 0:
        raise ZeroDivisionError(f"edge attribute {weight!r}: the largest is 0: the weights cannot be divided by it")
    if rows is None:
        return _all_clustered(graph, weights)
    found = _counted(graph, rows) if weights is None and not graph.directed else _valued(graph, rows, weights)
    made = np.zeros(rows.size)
    np.divide(found, _pairs(graph)[rows], out=made, where=found != 0)
    return made


def _all_clustered(graph: Held, weights: Array | None) -> Array:
    """float64 (nodes,)."""
    plain = graph.adjacency
    if weights is not None:
        seen = Adjacency(plain.pointer, plain.other, weights[graph.order], graph.directed, None, plain.names)
        return weighted_clustering(seen, Weighting.ONNELA, value=EdgeValue.SIGNED)
    return np.nan_to_num(directed_clustering(plain, Pattern.ALL)) if graph.directed else local_clustering(plain)


def _pairs(graph: Held) -> Array:
    """float64 (nodes,): twice the triangles that a node could have, by its degrees."""
    pointer, other, _ = graph.loopless
    degree = np.diff(pointer).astype(np.float64)
    if not graph.directed:
        return degree * (degree - 1)
    both = _both_ways(graph)
    degree += np.bincount(other, minlength=len(graph))
    return 2 * (degree * (degree - 1) - 2 * np.bincount(both.row, both.data == 2, minlength=len(graph)))


def _both_ways(graph: Held, values: Array | None = None) -> Any:
    """scipy.sparse.coo_array: what leads there and back added up, 1 a direction without values (entries,)."""
    from scipy.sparse import csr_array

    pointer, other, kept = graph.loopless
    data = np.ones(other.size) if values is None else values[kept]
    forth = csr_array((data, other, pointer), shape=(len(graph),) * 2)
    if not graph.directed:
        return forth.tocoo()
    row = np.repeat(np.arange(len(graph)), np.diff(pointer))
    ends = np.concatenate([row, other]), np.concatenate([other, row])
    # Explicit zeros stay, which a sum of two sparse matrices would drop.
    made = csr_array((np.concatenate([data, data]), ends), shape=(len(graph),) * 2)
    made.sum_duplicates()
    return made.tocoo()


def _valued(graph: Held, rows: Array, weights: Array | None) -> Array:
    """float64 (rows,): weighted triangles in all directions.

    The eight directions of a triangle are the terms of a product of three sums of two cube roots each.
    """
    from graphgrow.backend.kernels.closed import closed

    roots = np.ones(graph.other.size) if weights is None else np.cbrt(weights / weights.max(initial=-np.inf))
    both = _both_ways(graph, roots).tocsr()
    made: Array = closed(both.indptr.astype(np.int64), both.indices, both.data, rows)
    return made


def _squared(graph: Held, rows: Array | None) -> Array:
    """float64 (rows,)."""
    if not graph.directed:
        return every_square(graph.adjacency, rows)
    from graphgrow.backend.kernels.closed import squares

    pointer, other, _ = graph.loopless
    wanted = np.arange(len(graph)) if rows is None else rows
    degree = np.diff(pointer)[wanted]
    twice, ends, joined = squares(pointer, other, wanted)
    found = twice // 2
    possible = ends * (degree - 1) - degree * (degree - 1) - joined - found
    made = np.zeros(wanted.size)
    np.divide(found, possible, out=made, where=(possible > 0) & (degree > 1))
    return made
