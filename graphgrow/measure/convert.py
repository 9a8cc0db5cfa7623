"""Graphs of other libraries as Adjacency, whatever their nodes are called and whichever way their edges run."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphgrow.errors import GraphError
from graphgrow.measure.adjacency import Adjacency, from_edges


def from_networkx(graph: Any, weight: str | None = "weight") -> Adjacency:
    """Any simple networkx graph: nodes of any kind become names, in the graph's own order.

    Parameters
    ----------
    weight : edge attribute that holds the weights; edges without it weigh 1. None to leave weights out, as they are
        where no edge has the attribute.

    Raises
    ------
    GraphError
        A multigraph, or a weight that is no finite number; the message names the edge by its rows.
    """
    if graph.is_multigraph():
        raise GraphError(
            "expected one edge a pair, got a multigraph: merge its parallel edges, e.g. networkx.Graph(graph)"
        )
    names = list(graph)
    at = {name: row for row, name in enumerate(names)}
    ends = np.array([(at[first], at[second]) for first, second in graph.edges], np.int64).reshape(-1, 2)
    held = [data.get(weight) for _, _, data in graph.edges(data=True)] if weight is not None else []
    values = None
    if any(value is not None for value in held):
        try:
            values = np.array([1.0 if value is None else value for value in held], np.float64)
        except (TypeError, ValueError):
            raise GraphError(f"edge attribute {weight!r}: expected numbers: convert them, or use weight=None") from None
    return from_edges(len(names), ends[:, 0], ends[:, 1], values, graph.is_directed(), names=names)
