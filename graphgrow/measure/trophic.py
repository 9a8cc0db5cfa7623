"""Trophic levels: heights of nodes such that edges rise by 1 as nearly as they can, and how far they fail to."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import GraphError
from graphgrow.measure.adjacency import Adjacency
from graphgrow.measure.pools import one_thread

# Up to so many nodes the equations are solved directly; beyond, by iteration, which fill-in cannot slow down.
DIRECT = 2000
# Relative residual at which the iteration stops.
TOLERANCE = 1e-12


def trophic_levels(graph: Adjacency, weighted: bool = False) -> Array:
    """float64 (nodes,): heights h that minimise the sum of w (h_target - h_source - 1)^2, lowest of each piece at 0.

    Defined on every directed graph, cycles or not; pieces (weakly connected) are solved each for itself. On a graph
    whose edges all lead to the very next layer they are the layers.

    Parameters
    ----------
    weighted : whether the size of an edge's weight counts; an edge of weight 0 is then none. Otherwise each counts 1.

    Raises
    ------
    GraphError
        The graph is undirected.

    Source: MacKay, Johnson, Sansom 2020.

    Examples
    --------
    >>> from graphgrow.measure.adjacency import from_edges
    >>> trophic_levels(from_edges(3, [0, 1, 0], [1, 2, 2])).round(6).tolist()
    [0.0, 0.666667, 1.333333]
    """
    source, target, weight = _edges(graph, weighted)
    nodes = graph.nodes
    if not source.size:
        return np.zeros(nodes)
    arriving, leaving = (np.bincount(end, weight, nodes) for end in (target, source))
    made = _solved(nodes, source, target, weight, arriving - leaving, graph.stage)
    piece = _pieces(nodes, source, target)
    lowest = np.full(int(piece.max()) + 1, np.inf)
    np.minimum.at(lowest, piece, made)
    levels: Array = made - lowest[piece]
    return levels


def trophic_incoherence(graph: Adjacency, weighted: bool = False) -> float:
    """F0: mean, by weight, of (h_target - h_source - 1)^2 over the edges, for the trophic levels h.

    0 where all edges rise by the same step, 1 where there is no direction at all, as on a cycle.

    Raises
    ------
    GraphError
        The graph is undirected, or has no edge, or only edges of weight 0.

    Source: MacKay, Johnson, Sansom 2020.
    """
    source, target, weight = _edges(graph, weighted)
    if not source.size:
        raise GraphError("trophic incoherence: expected edges that count, got none: use weighted=False or add some")
    levels = trophic_levels(graph, weighted)
    return float(weight @ (levels[target] - levels[source] - 1) ** 2 / weight.sum())


def levine_levels(graph: Adjacency) -> Array:
    """float64 (nodes,): 1 for nodes without in-edges, for others 1 + the mean level of their sources, by weight.

    What networkx.trophic_levels returns, by a sparse solve; weights count as they are.

    Raises
    ------
    GraphError
        The graph is undirected; a node is reached by none without in-edges, as where there is none; the weights of a
        node's in-edges sum to 0 or leave the levels without solution.

    Source: Levine 1980.
    """
    if not graph.directed:
        raise GraphError("levine levels: expected a directed graph, got an undirected one: give its edges directions")
    from scipy.sparse import coo_array

    entering = np.bincount(graph.other, minlength=graph.nodes)
    basal = entering == 0
    _all_fed(graph, basal)
    total = np.bincount(graph.other, graph.values, graph.nodes)
    lost = ~basal & (total == 0)
    if lost.any():
        raise GraphError(f"levine levels: node {int(np.argmax(lost))}: its in-edges' weights sum to 0: leave them out")
    order = np.argsort(graph.depth, kind="stable") if graph.depth is not None else np.arange(graph.nodes)
    order = order[~basal[order]]
    at = np.full(graph.nodes, -1, np.int64)
    at[order] = np.arange(order.size)
    inner = (at[graph.row] >= 0) & (at[graph.other] >= 0)
    row, column = at[graph.other[inner]], at[graph.row[inner]]
    share = graph.values[inner] / total[graph.other[inner]]
    here = np.arange(order.size)
    # Duplicates are summed, so the loops of a node join its diagonal.
    parts = np.concatenate([np.ones(order.size), -share]), (np.concatenate([here, row]), np.concatenate([here, column]))
    system = coo_array(parts, shape=(order.size,) * 2).tocsr()
    made = np.ones(graph.nodes)
    made[order] += _balanced(system, graph.acyclic)
    return made


def _balanced(system: Any, triangular: bool) -> Array:
    """The solution for a right side of ones."""
    from scipy.sparse.linalg import bicgstab, splu, spsolve_triangular

    size = system.shape[0]
    if not size:
        return np.zeros(0)
    one = np.ones(size)
    try:
        with one_thread():
            if triangular:
                made: Array = spsolve_triangular(system, one, lower=True, unit_diagonal=True)
            else:
                made, left = bicgstab(system, one, x0=one, rtol=TOLERANCE, maxiter=1000) if size > DIRECT else (one, 1)
                if left:
                    made = splu(system.tocsc()).solve(one)
    except RuntimeError:
        made = np.full(size, np.nan)
    if not np.isfinite(made).all():
        raise GraphError("levine levels: the weights leave them without solution: use positive weights")
    return made


def _all_fed(graph: Adjacency, basal: Array) -> None:
    """Refuse nodes that no path from a basal node leads to."""
    if not basal.any():
        raise GraphError("levine levels: expected a node without in-edges, got none: use trophic_levels")
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import breadth_first_order

    # One more node before all basal ones.
    first = np.flatnonzero(basal)
    pointer = np.concatenate([graph.pointer, [graph.entries + first.size]])
    other = np.concatenate([graph.other, first.astype(graph.other.dtype)])
    pattern = csr_array((np.ones(other.size, np.int8), other, pointer), shape=(graph.nodes + 1,) * 2)
    fed = np.zeros(graph.nodes + 1, bool)
    fed[breadth_first_order(pattern, graph.nodes, return_predecessors=False)] = True
    if not fed.all():
        raise GraphError(
            f"levine levels: node {int(np.argmin(fed))}: no path leads to it from a node without in-edges: use "
            "trophic_levels"
        )


def _edges(graph: Adjacency, weighted: bool) -> tuple[Array, Array, Array]:
    """Source, target and weight of the edges that count."""
    if not graph.directed:
        raise GraphError("trophic levels: expected a directed graph, got an undirected one: give its edges directions")
    if not weighted:
        return graph.row, graph.other, np.ones(graph.entries)
    size = np.abs(graph.values)
    keep = size > 0
    return graph.row[keep], graph.other[keep], size[keep]


def _pieces(nodes: int, source: Array, target: Array) -> Array:
    """int32 (nodes,): the weakly connected piece of each."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    pattern = coo_array((np.ones(source.size, np.int8), (source, target)), shape=(nodes, nodes)).tocsr()
    pieces: Array = connected_components(pattern, directed=False)[1]
    return pieces


def _solved(nodes: int, source: Array, target: Array, weight: Array, right: Array, start: Array | None) -> Array:
    """A solution of (D - W - W^T) h = right, each piece up to a constant."""
    from scipy.sparse import coo_array, diags_array
    from scipy.sparse.linalg import LinearOperator, cg, splu

    ends = np.concatenate([source, target]), np.concatenate([target, source])
    joined = coo_array((np.concatenate([weight, weight]), ends), shape=(nodes, nodes)).tocsr()
    strength = joined.sum(axis=0)
    system = (diags_array(strength) - joined).tocsr()
    scale = np.where(strength > 0, strength, 1.0)
    begin = np.zeros(nodes) if start is None else start.astype(np.float64)
    if nodes > DIRECT:
        scaled = LinearOperator((nodes, nodes), matvec=lambda vector: vector.ravel() / scale, dtype=np.float64)
        with one_thread():
            found, left = cg(system, right, x0=begin, rtol=TOLERANCE, maxiter=1000, M=scaled)
        if not left:
            return np.asarray(found)
    # One node of each piece is held at 0, which makes the equations definite.
    piece = _pieces(nodes, source, target)
    held = np.zeros(nodes, bool)
    held[np.unique(piece, return_index=True)[1]] = True
    free = np.flatnonzero(~held)
    made = np.zeros(nodes)
    if free.size:
        with one_thread():
            made[free] = splu(system[free][:, free].tocsc(), permc_spec="MMD_AT_PLUS_A").solve(right[free])
    return made
