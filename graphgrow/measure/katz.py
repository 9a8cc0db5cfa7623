"""Katz centrality: how much reaches a node over all paths, long ones counting less."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import SettingsError
from graphgrow.graph.graph import Graph
from graphgrow.measure.adjacency import Adjacency, of
from graphgrow.measure.neumann import walk_sums


class EdgeValue(Enum):
    """What an edge counts for: its weight, the size of its weight, or 1."""

    SIGNED = "signed"
    ABSOLUTE = "absolute"
    UNWEIGHTED = "unweighted"


class Direction(Enum):
    """INWARD: paths that end in the node (what it hears); OUTWARD: paths that begin in it (whom it reaches)."""

    INWARD = "inward"
    OUTWARD = "outward"


def katz(
    graph: Graph | Adjacency,
    value: EdgeValue,
    alpha: float = 0.1,
    beta: float | Array = 1.0,
    direction: Direction = Direction.INWARD,
    unit_length: bool = False,
) -> Array:
    """float64 (nodes,) or (batch, nodes): x = alpha A x + beta; in a graph without cycle one sweep, O(edges).

    Without a cycle the sum over paths is finite for every alpha: alpha is a choice to be recorded, and no bound follows
    from a spectrum. Centrality grows with depth by construction; compare nodes within a level (`ranks.within_levels`).
    In graphs with cycles, undirected ones among them, the terms of the series are added up, which needs alpha below
    1 / spectral radius.

    `katz(graph, EdgeValue.UNWEIGHTED, unit_length=True)` is what `networkx.katz_centrality(graph)` tends to (alpha 0.1,
    beta 1), here without its tolerance and its limit of 1000 edges of depth; SIGNED is its `weight="weight"`.

    Parameters
    ----------
    value : what an edge counts for; there is no default, since the three answer different questions.
    alpha : factor per edge of a path.
    beta : what every node starts with; one number, float (nodes,), or (batch, nodes) for many answers at once, each the
        same bits as alone.
    unit_length : divide by the Euclidean length, as networkx does.

    Raises
    ------
    SettingsError
        alpha is not a positive number or too large for a graph with cycles (the message gives the bound), beta is not
        finite or has another length, or the sum exceeds what float64 holds: choose a smaller alpha, or `log_katz`.

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
    nodes = graph.neurons if isinstance(graph, Graph) else graph.nodes
    made = _start(alpha, beta, nodes)
    rows = _rows(graph, direction)
    with np.errstate(over="ignore", invalid="ignore"):
        made = _series(graph, value, alpha, direction, made) if rows is None else _swept(rows, value, alpha, made)
        length = np.array([np.linalg.norm(row) for row in np.atleast_2d(made)] if unit_length else [1.0])
    if not np.isfinite(made).all() or not np.isfinite(length).all():
        raise SettingsError(
            f"katz: alpha {alpha} lets paths grow beyond what float64 holds: choose a smaller alpha, or take the "
            "logarithm by log_katz where edges do not count as signed"
        )
    length = np.where(length > 0, length, 1.0)
    found: Array = made / (length if made.ndim == 1 else length[:, None])
    return found


def log_katz(
    graph: Graph | Adjacency,
    value: EdgeValue,
    alpha: float = 0.1,
    beta: float | Array = 1.0,
    direction: Direction = Direction.INWARD,
) -> Array:
    """float64 (nodes,) or (batch, nodes): the natural logarithm of `katz`, which has a value however deep the graph is.

    Where nothing arrives, beta being 0, it is -inf. Graphs with cycles are summed as in `katz`.

    Parameters
    ----------
    value : ABSOLUTE or UNWEIGHTED.
    beta : 0 or more.

    Raises
    ------
    SettingsError
        As `katz`; also for SIGNED, whose sums may be negative, and for a negative beta.
    """
    nodes = graph.neurons if isinstance(graph, Graph) else graph.nodes
    made = _start(alpha, beta, nodes)
    if value is EdgeValue.SIGNED or (made < 0).any():
        raise SettingsError(
            "log katz: expected ABSOLUTE or UNWEIGHTED edges and a beta of 0 or more, since a negative sum has no "
            "logarithm: use katz with a smaller alpha"
        )
    rows = _rows(graph, direction, gathered=True)
    with np.errstate(divide="ignore"):
        if rows is None:
            return np.log(katz(graph, value, alpha, beta, direction))
        from graphgrow.measure.kernels.sweeps import gather_logs

        made = np.log(made)
        for each in made if made.ndim == 2 else [made]:
            gather_logs(rows.order, rows.pointer, rows.other, rows.weight, _mode(value, rows), np.log(alpha), each)
    return made


class _Rows(NamedTuple):
    """Rows in the order in which they are settled; `gathered`: a row holds what it hears, not whom it tells."""

    order: Array
    pointer: Array
    other: Array
    weight: Array
    gathered: bool


def _rows(graph: Graph | Adjacency, direction: Direction, gathered: bool = False) -> _Rows | None:
    """What a sweep reads; None where there may be a cycle. `gathered` turns rows round where it has to."""
    inward = direction is Direction.INWARD
    if isinstance(graph, Graph):
        wiring = graph.wiring
        if inward:
            return _Rows(wiring.level_order, wiring.pointer, wiring.source, graph.weight, True)
        parts = _picked(wiring.out_order, wiring.target), _picked(wiring.out_order, graph.weight)
        return _Rows(wiring.level_order[::-1], wiring.out_pointer, *parts, True)
    if not graph.directed:
        return None
    seen = graph.reversed if inward and gathered else graph
    order = _settling(seen)
    if order is None:
        return None
    weight = np.ones(0) if seen.weight is None else seen.weight
    if inward and not gathered:
        return _Rows(order, seen.pointer, seen.other, weight, False)
    # Rows of out-neighbours are settled from the last on.
    return _Rows(order[::-1], seen.pointer, seen.other, weight, True)


def _picked(order: Array, values: Array) -> Array:
    """values[order]."""
    from graphgrow.measure.kernels.sweeps import picked

    made = np.empty_like(values)
    picked(order, values, made)
    return made


def _settling(graph: Adjacency) -> Array | None:
    """int (nodes,): rows so that every entry leads to a later one; None where there is a cycle."""
    if graph.level is not None:
        # Levels are few; sorting them as short numbers is counting.
        above = graph.level.astype(np.int64) - int(graph.level.min(initial=0))
        return np.argsort(above.astype(np.min_scalar_type(int(above.max(initial=0)))), kind="stable")
    from graphgrow.measure.kernels.sweeps import topological

    order: Array = topological(graph.pointer, graph.other)
    return order if order.size == graph.nodes else None


def _start(alpha: float, beta: float | Array, nodes: int) -> Array:
    """float64 (nodes,) or (batch, nodes): beta for every node, checked with alpha."""
    if not 0 < alpha < np.inf:
        raise SettingsError(f"katz alpha: expected a positive number, got {alpha}: use e.g. 0.1")
    start = np.asarray(beta, np.float64)
    fits = start.shape == () or (start.ndim in (1, 2) and start.shape[-1] == nodes)
    if not fits or not np.isfinite(start).all():
        raise SettingsError(
            f"katz beta: expected one finite number or {nodes} of them (a row each, or a batch of rows), got shape "
            f"{start.shape}: pass one a node"
        )
    return np.broadcast_to(start, start.shape if start.ndim else (nodes,)).copy()


def _mode(value: EdgeValue, rows: _Rows) -> int:
    """How the kernels name an edge value; a graph without weights has edges of 1."""
    if value is EdgeValue.UNWEIGHTED or not rows.weight.size:
        return 0
    return 1 if value is EdgeValue.SIGNED else 2


def _swept(rows: _Rows, value: EdgeValue, alpha: float, made: Array) -> Array:
    """One pass over the rows in their order."""
    from graphgrow.measure.kernels import sweeps

    mode, parts = _mode(value, rows), (rows.order, rows.pointer, rows.other, rows.weight)
    if made.ndim == 1:
        (sweeps.gather if rows.gathered else sweeps.scatter)(*parts, mode, alpha, made)
        return made
    columns = np.ascontiguousarray(made.T)
    (sweeps.gather_many if rows.gathered else sweeps.scatter_many)(*parts, mode, alpha, columns)
    return np.ascontiguousarray(columns.T)


def _series(graph: Graph | Adjacency, value: EdgeValue, alpha: float, direction: Direction, made: Array) -> Array:
    """The sum over walks of a graph with cycles."""
    from scipy.sparse import csr_array

    seen = of(graph) if isinstance(graph, Graph) else graph
    held: csr_array = seen.matrix(transposed=direction is Direction.INWARD)
    if value is EdgeValue.UNWEIGHTED:
        held = csr_array((np.ones(held.nnz), held.indices, held.indptr), shape=held.shape)
    return walk_sums(abs(held) if value is EdgeValue.ABSOLUTE else held, alpha, made)
