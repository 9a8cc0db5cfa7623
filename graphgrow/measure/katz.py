"""Katz centrality of a network: how much reaches a neuron over all paths, long ones counting less."""

from __future__ import annotations

from enum import Enum

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import SettingsError
from graphgrow.graph.graph import Graph
from graphgrow.graph.order import slices
from graphgrow.graph.wiring import Wiring


class EdgeValue(Enum):
    """What an edge counts for: its weight, the size of its weight, or 1."""

    SIGNED = "signed"
    ABSOLUTE = "absolute"
    UNWEIGHTED = "unweighted"


class Direction(Enum):
    """INWARD: paths that end in the neuron (what it hears); OUTWARD: paths that begin in it (whom it reaches)."""

    INWARD = "inward"
    OUTWARD = "outward"


def katz(
    graph: Graph,
    value: EdgeValue,
    alpha: float = 0.1,
    beta: float | Array = 1.0,
    direction: Direction = Direction.INWARD,
    unit_length: bool = False,
) -> Array:
    """float64 (neurons,): x = alpha A x + beta, exact in one sweep over the levels, O(edges).

    A network has no cycle, so the sum over paths is finite for every alpha: alpha is a choice to be recorded, and no
    bound follows from a spectrum. Centrality grows with depth by construction; compare neurons within a level.

    Parameters
    ----------
    value : what an edge counts for; there is no default, since the three answer different questions.
    alpha : factor per edge of a path.
    beta : what every neuron starts with; one number, or float (neurons,).
    unit_length : divide by the Euclidean length, as networkx does.

    Raises
    ------
    SettingsError
        alpha is not a positive number, beta is not finite or has another length, or the sum exceeds what float64 holds:
        choose a smaller alpha.

    Source: Katz 1953.

    Examples
    --------
    >>> from graphgrow.graph.builders import from_edges
    >>> line = from_edges([0, 1, 2], [0, 1], [1, 2], [3.0, -3.0])
    >>> katz(line, EdgeValue.UNWEIGHTED, alpha=0.5).tolist()
    [1.0, 1.5, 1.75]
    >>> katz(line, EdgeValue.SIGNED, alpha=0.5, direction=Direction.OUTWARD).tolist()
    [0.25, -0.5, 1.0]
    """
    if not 0 < alpha < np.inf:
        raise SettingsError(f"katz alpha: expected a positive number, got {alpha}: use e.g. 0.1")
    start = np.asarray(beta, np.float64)
    if start.shape not in ((), (graph.neurons,)) or not np.isfinite(start).all():
        raise SettingsError(
            f"katz beta: expected one finite number or {graph.neurons} of them, got shape {start.shape}: pass one a row"
        )
    weight = _edge_values(graph, value)
    made = np.broadcast_to(start, (graph.neurons,)).copy()
    with np.errstate(over="ignore", invalid="ignore"):
        _sweep(graph.wiring, weight, alpha, direction, made)
        length = np.linalg.norm(made) if unit_length else 1.0
    if not np.isfinite(made).all() or not np.isfinite(length):
        raise SettingsError(f"katz: alpha {alpha} lets paths grow beyond what float64 holds: choose a smaller alpha")
    return made / length if length > 0 else made


def _edge_values(graph: Graph, value: EdgeValue) -> Array:
    """float64 (edges,): what each edge counts for."""
    if value is EdgeValue.UNWEIGHTED:
        return np.ones(graph.edges)
    weight = graph.weight.astype(np.float64)
    return np.abs(weight) if value is EdgeValue.ABSOLUTE else weight


def _sweep(wiring: Wiring, weight: Array, alpha: float, direction: Direction, made: Array) -> None:
    """Add to every level what the levels before it (after it, for OUTWARD) hand on."""
    inward = direction is Direction.INWARD
    pointer = wiring.pointer if inward else wiring.out_pointer
    other = wiring.source if inward else wiring.target
    borders = np.searchsorted(wiring.level[wiring.level_order], wiring.levels, side="left")
    members = np.split(wiring.level_order, borders[1:])
    for rows in members[1:] if inward else members[-2::-1]:
        edges = slices(pointer, rows)
        if not inward:
            edges = wiring.out_order[edges]
        local = np.repeat(np.arange(rows.size), np.diff(pointer)[rows])
        heard = weight[edges] * made[other[edges]]
        made[rows] += alpha * np.bincount(local, heard, minlength=rows.size)
