"""networkx' average_shortest_path_length, single_source_shortest_path_length and global_efficiency."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from graphgrow.arrays import Array
from graphgrow.backend.held import Held, dispatched
from graphgrow.measure.paths import distances, path_sums

METHODS = ("unweighted", "dijkstra", "bellman-ford", "floyd-warshall", "floyd-warshall-numpy")
Weight = str | Callable[[Any, Any, Any], float | None] | None


@dispatched
def single_source_shortest_path_length(graph: Held, source: Any, cutoff: float | None = None) -> dict[Any, int]:
    """Edges on a shortest path to every node that the source reaches, nearest first, within the cutoff.

    Raises
    ------
    NodeNotFound
        The source is no node of the graph.
    """
    import networkx

    if source not in graph:
        raise networkx.NodeNotFound(f"Source {source} is not in G")
    far = distances(graph.adjacency, [graph.at[source]])[0]
    # networkx takes one more step as long as the cutoff lies above the last: 1.5 still means two steps.
    limit = np.inf if cutoff is None else cutoff + 1
    kept = np.flatnonzero((far == 0) | ((far > 0) & (far < limit)))
    kept = kept[np.argsort(far[kept], kind="stable")]
    return dict(zip((graph.names[row] for row in kept.tolist()), far[kept].tolist(), strict=True))


@dispatched
def global_efficiency(graph: Held) -> float:
    """Mean of 1 / distance over all ordered pairs of different nodes, 0 for those that no path joins."""
    pairs = len(graph) * (len(graph) - 1)
    return float(path_sums(graph.adjacency, np.arange(len(graph))).inverse.sum() / pairs) if pairs else 0.0


@dispatched
def average_shortest_path_length(graph: Held, weight: Weight = None, method: str | None = None) -> float:
    """Mean distance over all ordered pairs of different nodes, in edges or by weight.

    Raises
    ------
    ValueError
        The method is none of METHODS, or a weight is negative where Dijkstra's is used.
    NetworkXPointlessConcept
        There is no node.
    NetworkXError
        Not every node reaches every other.
    NetworkXUnbounded
        A cycle of negative weight, met by Bellman-Ford.
    """
    import networkx

    way = ("unweighted" if weight is None else "dijkstra") if method is None else method
    if way not in METHODS:
        raise ValueError(f"method not supported: {way}")
    nodes = len(graph)
    if not nodes:
        message = "the null graph has no paths, thus there is no average shortest path length"
        raise networkx.NetworkXPointlessConcept(message)
    if nodes == 1:
        return 0.0
    if not _connected(graph):
        raise networkx.NetworkXError(f"Graph is not {'strongly ' if graph.directed else ''}connected.")
    return _total(graph, weight, way) / (nodes * (nodes - 1))


def _connected(graph: Held) -> bool:
    """Whether every node reaches every other."""
    from scipy.sparse.csgraph import connected_components

    kind = {"directed": graph.directed, "connection": "strong"}
    return bool(connected_components(graph.adjacency.matrix(), **kind, return_labels=False) == 1)


def _total(graph: Held, weight: Weight, way: str) -> float:
    """Sum of the distances of all ordered pairs."""
    if way == "unweighted":
        return int(path_sums(graph.adjacency, np.arange(len(graph))).distance.sum())
    if way.startswith("floyd"):
        # A function stands for no attribute here, so that every edge weighs 1.
        name = weight if isinstance(weight, str) else None
        return _floyd(graph, graph.least(name))
    cost = _costs(graph, weight)
    return _reweighted(graph, cost) if way == "bellman-ford" and (cost < 0).any() else _dijkstra(graph, cost)


def _costs(graph: Held, weight: Weight) -> Array:
    """float64 (entries,): what each edge costs, NaN where a function hides it."""
    if not callable(weight):
        return graph.least(weight)
    data = _data(graph)
    ends = zip(graph.row.tolist(), graph.other.tolist(), data, strict=True)
    found = (weight(graph.names[source], graph.names[target], held) for source, target, held in ends)
    return np.array([np.nan if cost is None else cost for cost in found], np.float64)


def _data(graph: Held) -> Any:
    """What networkx would pass to a function of an edge."""
    if graph.data is not None:
        return graph.data
    names = list(graph.columns)
    columns = [graph.columns[name].tolist() for name in names]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)] or [{}] * graph.other.size


def _dijkstra(graph: Held, cost: Array) -> float:
    from graphgrow.backend.kernels.nearest import summed

    total, possible = summed(graph.pointer, graph.other, cost)
    if not possible:
        raise ValueError("Contradictory paths found:", "negative weights?")
    return float(total)


def _reweighted(graph: Held, cost: Array) -> float:
    """By Johnson's method: Bellman and Ford's once, to make all weights positive, and then Dijkstra's."""
    import networkx
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import NegativeCycleError, johnson

    order = graph.order
    matrix = csr_array((cost[order], graph.other[order], graph.pointer), shape=(len(graph),) * 2)
    try:
        far = johnson(matrix, directed=True)
    except NegativeCycleError as error:
        raise networkx.NetworkXUnbounded("Negative cycle detected.") from error
    return float(far[np.isfinite(far)].sum())


def _floyd(graph: Held, cost: Array) -> float:
    """By Floyd and Warshall's method, which says nothing about negative cycles: no distance means much then."""
    far = np.full((len(graph),) * 2, np.inf)
    far[graph.row, graph.other] = cost
    np.fill_diagonal(far, 0.0)
    for through in range(len(graph)):
        np.minimum(far, far[:, through, None] + far[through], out=far)
    return float(far.sum())
