"""networkx' trophic_levels, trophic_differences and trophic_incoherence_parameter, all by Levine 1980."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphgrow.arrays import Array
from graphgrow.backend.held import Held, dispatched
from graphgrow.errors import GraphError
from graphgrow.measure.adjacency import Adjacency
from graphgrow.measure.trophic import levine_levels

NONE_BASAL = (
    "This graph has no basal nodes (nodes with no incoming edges). "
    "Trophic levels are not defined without at least one basal node."
)
UNFED = (
    "Trophic levels are only defined for graphs where every node has a path from a basal node (basal nodes are nodes "
    "with no incoming edges)."
)


@dispatched
def trophic_levels(graph: Held, weight: str | None = "weight") -> dict[Any, float]:
    """1 for nodes without in-edges, for others 1 + the mean level of their sources, by weight.

    Raises
    ------
    NetworkXError
        A node that no path from a basal node leads to, or weights that leave the levels undefined.
    """
    return graph.keyed(_levels(_weighted(graph, weight, loops=True)))


@dispatched
def trophic_differences(graph: Held, weight: str | None = "weight") -> dict[tuple[Any, Any], float]:
    """How many trophic levels each edge rises.

    Raises
    ------
    NetworkXError
        As `trophic_levels`.
    """
    seen = _weighted(graph, weight, loops=True)
    names = [(graph.names[tail], graph.names[head]) for tail, head in _ends(graph, seen)]
    return dict(zip(names, _rises(seen).tolist(), strict=True))


@dispatched
def trophic_incoherence_parameter(graph: Held, weight: str | None = "weight", cannibalism: bool = False) -> float:
    """Standard deviation of the trophic differences (Johnson 2014), with loops or, by default, without.

    Raises
    ------
    NetworkXError
        As `trophic_levels`.
    """
    seen = _weighted(graph, weight, loops=cannibalism)
    _ends(graph, seen)
    rises = _rises(seen)
    return float(rises.std()) if rises.size else float("nan")


def _weighted(graph: Held, weight: str | None, loops: bool) -> Adjacency:
    values = graph.summed(weight)
    if loops:
        plain = graph.adjacency
        return Adjacency(plain.pointer, plain.other, values[graph.order], True, None, plain.names)
    pointer, other, kept = graph.loopless
    return Adjacency(pointer, other, values[kept], True, None, graph.names)


def _ends(graph: Held, seen: Adjacency) -> list[tuple[int, int]]:
    """Rows of every edge; an edge of a multigraph has no name of two ends, and networkx has no differences there."""
    import networkx

    if graph.multigraph:
        raise networkx.NetworkXNotImplemented("not implemented for multigraph type")
    return list(zip(seen.row.tolist(), seen.other.tolist(), strict=True))


def _rises(seen: Adjacency) -> Array:
    """float64 (entries,)."""
    levels = _levels(seen)
    made: Array = levels[seen.other] - levels[seen.row]
    return made


def _levels(seen: Adjacency) -> Array:
    """float64 (nodes,), with networkx' errors."""
    import networkx

    if np.bincount(seen.other, minlength=seen.nodes).all():
        raise networkx.NetworkXError(NONE_BASAL)
    try:
        return levine_levels(seen)
    except GraphError as error:
        raise networkx.NetworkXError(f"{UNFED} {error}") from error
