"""networkx.katz_centrality and katz_centrality_numpy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from graphgrow.arrays import Array
from graphgrow.backend.held import Held, dispatched

# Up to here a dense solve is quick, and finds a singular matrix as networkx finds it.
DENSE = 500


@dispatched
def katz_centrality(
    graph: Held,
    alpha: float = 0.1,
    beta: Any = 1.0,
    max_iter: int = 1000,
    tol: float = 1e-6,
    nstart: Mapping[Any, float] | None = None,
    normalized: bool = True,
    weight: str | None = None,
) -> dict[Any, float]:
    """Katz centrality by the iteration x <- alpha A^T x + beta, stopped as networkx stops it.

    Raises
    ------
    NetworkXError
        beta is a dictionary that lacks a node.
    PowerIterationFailedConvergence
        The change stayed above `tol` a node for `max_iter` rounds: choose a smaller alpha.
    """
    import networkx

    if not len(graph):
        return {}
    start = _start(graph, beta)
    inward = _matrix(graph, weight).T
    now = np.zeros(len(graph)) if nstart is None else np.array([nstart[node] for node in graph], np.float64)
    # A diverging iteration ends in infinity and then NaN: it does not converge, which is told below.
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(max_iter):
            last, now = now, alpha * (inward @ now) + start
            if np.abs(now - last).sum() < len(graph) * tol:
                length = np.linalg.norm(now) if normalized else 1.0
                return graph.keyed(now / length if length > 0 else now)
    raise networkx.PowerIterationFailedConvergence(max_iter)


@dispatched
def katz_centrality_numpy(
    graph: Held, alpha: float = 0.1, beta: Any = 1.0, normalized: bool = True, weight: str | None = None
) -> dict[Any, float]:
    """Katz centrality as the solution of (1 - alpha A^T) x = beta.

    Raises
    ------
    NetworkXError
        beta is no number, or a dictionary that lacks a node.
    LinAlgError
        1 / alpha is an eigenvalue, so that there is no solution.
    """
    import networkx

    if not len(graph):
        return {}
    if isinstance(beta, Mapping):
        start = _start(graph, beta)
    else:
        try:
            start = np.full(len(graph), float(beta))
        except (TypeError, ValueError) as error:
            raise networkx.NetworkXError("beta must be a number") from error
    made = _solved(graph, _matrix(graph, weight), alpha, start)
    length = np.sign(made.sum()) * np.linalg.norm(made) if normalized else 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        return graph.keyed(made / length)


def _matrix(graph: Held, weight: str | None) -> Any:
    """scipy.sparse.csr_array, row = source."""
    from scipy.sparse import csr_array

    return csr_array((graph.summed(weight), graph.other, graph.pointer), shape=(len(graph),) * 2)


def _start(graph: Held, beta: Any) -> Array:
    """float64 (nodes,): what every node begins with."""
    import networkx

    try:
        return np.full(len(graph), float(beta))
    except (TypeError, ValueError, AttributeError) as error:
        if set(beta) != set(graph.names):
            raise networkx.NetworkXError("beta dictionary must have a value for every node") from error
        return np.array([beta[node] for node in graph], np.float64)


def _solved(graph: Held, matrix: Any, alpha: float, start: Array) -> Array:
    """x of (1 - alpha A^T) x = start: without fill where there is no cycle, dense where the graph is small."""
    from scipy.sparse import eye_array
    from scipy.sparse.linalg import splu, spsolve_triangular

    system = (eye_array(len(graph)) - alpha * matrix.T).tocsc()
    depth = graph.adjacency.depth
    if depth is not None:
        order = np.argsort(depth, kind="stable")
        made = np.empty(len(graph))
        made[order] = spsolve_triangular(system[order][:, order].tocsr(), start[order], lower=True)
        return made
    if len(graph) <= DENSE:
        return np.linalg.solve(system.toarray(), start)
    try:
        return np.asarray(splu(system).solve(start))
    except RuntimeError as error:
        raise np.linalg.LinAlgError(f"katz alpha {alpha}: {error}: choose another alpha") from error
