"""networkx' local_reaching_centrality, global_reaching_centrality and flow_hierarchy.

With weights a node's centrality sums the mean weight along one shortest path to each node it reaches, where a strong
edge is a short one; of equally short paths it is the one that networkx finds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from graphgrow.arrays import Array
from graphgrow.backend.held import Held, dispatched
from graphgrow.measure.paths import distances, path_sums
from graphgrow.measure.reach import condensation, reached


@dispatched
def global_reaching_centrality(graph: Held, weight: str | None = None, normalized: bool = True) -> float:
    """Sum over nodes of the largest local reaching centrality less the node's own, over nodes - 1.

    Raises
    ------
    NetworkXError
        A negative weight, weights that sum to 0, no edge, or a single node.
    ZeroDivisionError
        A weight is 0, and its edge thus infinitely long.
    """
    total = _total(graph, weight)
    _several(graph, total)
    local = _local(graph, np.arange(len(graph)), weight, normalized, total)
    return float((local.max() - local).sum() / (len(graph) - 1))


@dispatched
def local_reaching_centrality(
    graph: Held,
    v: Any,
    paths: Mapping[Any, Sequence[Any]] | None = None,
    weight: str | None = None,
    normalized: bool = True,
) -> float:
    """Share of other nodes that a node reaches; undirected or weighted, each counts by the path that leads there.

    Raises
    ------
    NetworkXError
        As `global_reaching_centrality`.
    NodeNotFound
        There is no such node.
    """
    import networkx

    if paths is not None:
        total = graph.size(weight)
        _several(graph, total)
        return _along(graph, paths, weight, normalized, total)
    _several(graph, graph.size(weight))
    total = _total(graph, weight)
    if v not in graph:
        raise networkx.NodeNotFound(f"Source {v} not in G")
    return float(_local(graph, np.array([graph.at[v]], np.int64), weight, normalized, total)[0])


@dispatched
def flow_hierarchy(graph: Held, weight: str | None = None) -> float:
    """Share of edges, or of their weight, that lie on no cycle.

    Raises
    ------
    NetworkXError
        There is no edge, or the graph is undirected.
    ZeroDivisionError
        The weights sum to 0.
    """
    import networkx

    if not graph.other.size:
        raise networkx.NetworkXError("flow_hierarchy not applicable to empty graphs")
    if not graph.directed:
        raise networkx.NetworkXError("G must be a digraph in flow_hierarchy")
    part = condensation(graph.adjacency).part
    worth = graph.many.astype(np.float64) if weight is None else graph.summed(weight)
    inside = part[graph.row] == part[graph.other]
    return 1 - float(worth[inside].sum()) / float(worth.sum())


def _total(graph: Held, weight: str | None) -> float:
    """Sum of the weights, all of them checked."""
    import networkx

    if weight is not None and (graph.column(weight) < 0).any():
        raise networkx.NetworkXError("edge weights must be positive")
    total = graph.size(weight)
    if total <= 0:
        raise networkx.NetworkXError("Size of G must be positive")
    return total


def _several(graph: Held, total: float) -> None:
    import networkx

    if len(graph) == 1 and total > 0:
        raise networkx.NetworkXError("local_reaching_centrality of a single node with self-loop not well-defined")


def _norm(graph: Held, weight: str | None, normalized: bool, total: float) -> float:
    """Mean weight of an edge, where centralities are to be relative to it."""
    return total / graph.size(None) if normalized and weight is not None else 1.0


def _local(graph: Held, rows: Array, weight: str | None, normalized: bool, total: float) -> Array:
    """float64 (rows,)."""
    others = len(graph) - 1
    if weight is not None:
        return _weighted(graph, rows, weight, total) / _norm(graph, weight, normalized, total) / others
    if not graph.directed:
        return path_sums(graph.adjacency, rows).inverse / others
    every = rows.size == len(graph)
    return (reached(graph.adjacency) if every else path_sums(graph.adjacency, rows).reached) / others


def _weighted(graph: Held, rows: Array, weight: str, total: float) -> Array:
    """float64 (rows,): sum of the mean weights of the paths."""
    import networkx

    from graphgrow.backend.kernels.nearest import strengths

    if graph.multigraph:
        raise networkx.NetworkXNotImplemented("weighted reaching centrality: not implemented for multigraph type")
    values = graph.summed(weight)
    met = np.ones(len(graph), bool) if rows.size > 1 else distances(graph.adjacency, rows)[0] >= 0
    if (values[met[graph.row]] == 0).any():
        raise ZeroDivisionError(f"edge attribute {weight!r}: 0 makes an edge infinitely long: leave such edges out")
    with np.errstate(divide="ignore"):
        cost = total / values
    made: Array = strengths(graph.pointer, graph.other, graph.row, cost, values, rows)
    return made


def _along(
    graph: Held, paths: Mapping[Any, Sequence[Any]], weight: str | None, normalized: bool, total: float
) -> float:
    """The local centrality by paths that are given."""
    others = len(graph) - 1
    if weight is None and graph.directed:
        return (len(paths) - 1) / others
    values = None if weight is None else graph.summed(weight)
    found = sum(_mean(graph, path, values) for path in paths.values())
    return found / _norm(graph, weight, normalized, total) / others


def _mean(graph: Held, path: Sequence[Any], values: Array | None) -> float:
    """Mean weight along a path, or 1 over its edges."""
    edges = len(path) - 1
    if edges <= 0:
        return 0.0
    if values is None:
        return 1 / edges
    return sum(float(values[_entry(graph, *ends)]) for ends in pairwise(path)) / edges


def _entry(graph: Held, source: Any, target: Any) -> int:
    """Where an edge stands; KeyError where there is none."""
    row = graph.at[source]
    found = np.flatnonzero(graph.other[graph.pointer[row] : graph.pointer[row + 1]] == graph.at[target])
    if not found.size:
        raise KeyError(target)
    return int(graph.pointer[row] + found[0])
