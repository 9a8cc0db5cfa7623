"""Graphs of other libraries as Adjacency and back, whatever their nodes are called and whichever way their edges run.

What `graph.interop` does for networks, with their roles and biases, this does for any graph: undirected and cyclic ones
too. Weights go by an edge attribute, levels by a node attribute. A multigraph is refused everywhere, since no measure
says what its parallel edges count.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import GraphError
from graphgrow.measure.adjacency import Adjacency, from_edges

WEIGHT, LEVEL = "weight", "level"


def from_networkx(graph: Any, weight: str | None = WEIGHT, level: str | None = None) -> Adjacency:
    """Any simple networkx graph: nodes of any kind become names, in the graph's own order.

    Parameters
    ----------
    weight : edge attribute that holds the weights; edges without it weigh 1. None to leave weights out, as they are
        where no edge has the attribute.
    level : node attribute that holds levels, which rise along every edge; every node must have it.

    Raises
    ------
    GraphError
        A multigraph, a weight that is no finite number, or levels that are missing or do not rise; the message names
        the edge by its rows.
    """
    if not hasattr(graph, "is_multigraph"):
        raise GraphError(f"expected a networkx graph, got {type(graph).__name__}: convert it")
    if graph.is_multigraph():
        raise GraphError(
            "expected one edge a pair, got a multigraph: merge its parallel edges, e.g. networkx.Graph(graph)"
        )
    names = list(graph)
    at = {name: row for row, name in enumerate(names)}
    ends = np.array([(at[first], at[second]) for first, second in graph.edges], np.int64).reshape(-1, 2)
    held = [data.get(weight) for _, _, data in graph.edges(data=True)] if weight is not None else []
    levels = [data.get(level) for _, data in graph.nodes(data=True)] if level is not None else None
    return _made(names, ends, _weights(held, weight), graph.is_directed(), _levels(levels, level))


def to_networkx(graph: Adjacency) -> Any:
    """A networkx.DiGraph or Graph; weights, where there are some, are the edge attribute `weight`, levels `level`."""
    import networkx

    made = networkx.DiGraph() if graph.directed else networkx.Graph()
    names = _names(graph)
    made.add_nodes_from(names)
    source, target, weight = _edges(graph)
    ends = [(names[first], names[second]) for first, second in zip(source.tolist(), target.tolist(), strict=True)]
    if weight is None:
        made.add_edges_from(ends)
    else:
        made.add_edges_from((*pair, {WEIGHT: value}) for pair, value in zip(ends, weight.tolist(), strict=True))
    if graph.level is not None:
        networkx.set_node_attributes(made, dict(zip(names, graph.level.tolist(), strict=True)), LEVEL)
    return made


def from_igraph(graph: Any, weight: str | None = WEIGHT, level: str | None = None) -> Adjacency:
    """Any simple igraph.Graph, directed or not; the vertex attribute `name`, where there is one, becomes the names.

    Parameters
    ----------
    weight, level : as for `from_networkx`.

    Raises
    ------
    GraphError
        As `from_networkx`.
    """
    if not hasattr(graph, "has_multiple"):
        raise GraphError(f"expected an igraph.Graph, got {type(graph).__name__}: convert it")
    if graph.has_multiple():
        raise GraphError("expected one edge a pair, got parallel edges: merge them, e.g. with igraph's Graph.simplify")
    attributes = graph.vs.attributes()
    names = graph.vs["name"] if "name" in attributes else None
    ends = np.array(graph.get_edgelist(), np.int64).reshape(-1, 2)
    held = graph.es[weight] if weight is not None and weight in graph.es.attributes() else []
    levels = None
    if level is not None:
        levels = graph.vs[level] if level in attributes else [None] * graph.vcount()
    made_levels = _levels(levels, level)
    return from_edges(
        graph.vcount(), ends[:, 0], ends[:, 1], _weights(held, weight), graph.is_directed(), made_levels, names
    )


def to_igraph(graph: Adjacency) -> Any:
    """An igraph.Graph; vertices are rows, names `name`, weights the edge attribute `weight`, levels `level`.

    igraph finds a vertex by its `name` only where that is text.
    """
    import igraph

    source, target, weight = _edges(graph)
    vertices: dict[str, list[Any]] = {} if graph.names is None else {"name": list(graph.names)}
    if graph.level is not None:
        vertices[LEVEL] = graph.level.tolist()
    return igraph.Graph(
        n=graph.nodes,
        edges=list(zip(source.tolist(), target.tolist(), strict=True)),
        directed=graph.directed,
        vertex_attrs=vertices,
        edge_attrs={} if weight is None else {WEIGHT: weight.tolist()},
    )


def from_scipy(matrix: Any, directed: bool = True, weighted: bool = True) -> Adjacency:
    """A sparse or dense square matrix whose ROWS ARE SOURCES; every stored entry is an edge, stored zeros too.

    The matrices of `graph.interop` have targets as rows: pass their transpose.

    Parameters
    ----------
    directed : False for a symmetric matrix, each pair of which is one edge.
    weighted : False to leave the weights out.

    Raises
    ------
    GraphError
        The matrix is not square or real, stores an entry twice, holds what is no finite number, or is to be undirected
        and not symmetric.
    """
    from scipy.sparse import coo_array, issparse

    try:
        given = matrix if issparse(matrix) else np.asarray(matrix)
    except ValueError as error:
        raise GraphError(f"expected a real square matrix, got rows of unequal length ({error}): fill them") from error
    if given.ndim != 2 or given.shape[0] != given.shape[1] or given.dtype.kind not in "fiub":
        raise GraphError(
            f"expected a real square matrix (sources, targets), got {given.dtype} of shape {given.shape}: "
            "give every node one row and one column"
        )
    entries = coo_array(given)
    values = entries.data.astype(np.float64) if weighted else None
    made = from_edges(entries.shape[0], entries.row.astype(np.int64), entries.col.astype(np.int64), values)
    if directed:
        return made
    back = made.reversed
    if not (np.array_equal(made.other, back.other) and np.array_equal(made.values, back.values)):
        raise GraphError("expected a symmetric matrix for an undirected graph, got another: use directed=True")
    return Adjacency(made.pointer, made.other, made.weight, False)


def to_scipy(graph: Adjacency) -> Any:
    """scipy.sparse.csr_array float64 (nodes, nodes) of its own: ROWS ARE SOURCES, 1 where there are no weights."""
    from scipy.sparse import csr_array

    parts = graph.values.copy(), graph.other.copy(), graph.pointer.copy()
    return csr_array(parts, shape=(graph.nodes,) * 2)


def _made(names: list[Hashable], ends: Array, weight: Array | None, directed: bool, level: Array | None) -> Adjacency:
    return from_edges(len(names), ends[:, 0], ends[:, 1], weight, directed, level, names)


def _names(graph: Adjacency) -> Sequence[Hashable]:
    return range(graph.nodes) if graph.names is None else graph.names


def _edges(graph: Adjacency) -> tuple[Array, Array, Array | None]:
    """Source, target and weight of every edge; an undirected one is given once."""
    once = np.ones(graph.entries, bool) if graph.directed else graph.row <= graph.other
    return graph.row[once], graph.other[once], None if graph.weight is None else graph.weight[once]


def _weights(held: list[Any], name: str | None) -> Array | None:
    """float64 (edges,), 1 for None; None where no edge has a weight."""
    if all(value is None for value in held):
        return None
    try:
        return np.array([1.0 if value is None else float(value) for value in held], np.float64)
    except (TypeError, ValueError, OverflowError):
        raise GraphError(f"edge attribute {name!r}: expected numbers: convert them, or use weight=None") from None


def _levels(held: list[Any] | None, name: str | None) -> Array | None:
    """int64 (nodes,), from whole numbers."""
    if held is None:
        return None
    whole = [isinstance(value, int | np.integer) or (isinstance(value, float) and value.is_integer()) for value in held]
    if not all(whole):
        node = whole.index(False)
        raise GraphError(
            f"node attribute {name!r}: node {node} has {held[node]!r}: expected a whole number at every node: add it, "
            "or use level=None"
        )
    return np.array(held, np.int64)
