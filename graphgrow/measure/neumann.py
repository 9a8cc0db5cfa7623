"""Sums over all walks of a graph with cycles: the radius that bounds them, and the iteration that adds them."""

from __future__ import annotations

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import GraphError, SettingsError
from graphgrow.measure.pools import one_thread
from graphgrow.rng import stream

# Up to here all eigenvalues of a dense matrix are found in a moment, and without iterating.
DENSE = 400
ROUNDS = 200_000


def spectral_radius(matrix: object) -> float:
    """The largest size of an eigenvalue of a sparse square matrix; 0 where no entry lies on a cycle.

    Only entries inside strongly connected parts matter; each part is searched by itself.

    Raises
    ------
    GraphError
        The iteration for a large part did not converge.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    held = csr_array(matrix, copy=True)
    held.eliminate_zeros()
    if not held.nnz:
        return 0.0
    count, part = connected_components(held, directed=True, connection="strong")
    size = np.bincount(part, minlength=count)
    single = size[part] == 1
    found = float(np.abs(held.diagonal()[single]).max(initial=0.0))
    with one_thread():
        for each in np.flatnonzero(size > 1):
            rows = np.flatnonzero(part == each)
            found = max(found, _part_radius(held[rows][:, rows]))
    return found


def _part_radius(matrix: object) -> float:
    """Spectral radius of one strongly connected part."""
    from scipy.sparse import csr_array, eye_array
    from scipy.sparse.linalg import ArpackNoConvergence, eigs

    held = csr_array(matrix)
    size = held.shape[0]
    if size <= DENSE:
        return float(np.abs(np.linalg.eigvals(held.toarray())).max())
    one_sign = bool((held.data >= 0).all() or (held.data <= 0).all())
    if one_sign:
        # Such a part has a positive largest eigenvalue, and a shift sets it apart from others of its size.
        held = abs(held)
    shift = float(held.sum(axis=1).max()) if one_sign else 0.0
    moved = held + shift * eye_array(size, format="csr") if one_sign else held
    begin = np.ones(size) if one_sign else np.cos(np.arange(size, dtype=np.float64))
    count = 1 if one_sign else min(8, size - 2)
    try:
        found = eigs(
            moved,
            k=count,
            v0=begin,
            ncv=min(64, size),
            tol=1e-10,
            maxiter=50 * size,
            return_eigenvectors=False,
            rng=stream(0, "restarts"),
        )
    except ArpackNoConvergence:
        raise GraphError(
            f"spectral radius: no convergence on a cyclic part of {size} nodes: use unweighted edges, or fewer nodes"
        ) from None
    return float(np.abs(found).max()) - shift


def walk_sums(matrix: object, alpha: float, start: Array) -> Array:
    """x = alpha A x + start by adding the terms of the series; start float64 (batch, nodes) or (nodes,).

    Raises
    ------
    SettingsError
        alpha is not below 1 / spectral radius, and the sum has no value; the message gives the bound. Or it lies so
        close below that the sum would take more than ROUNDS terms.
    """
    from scipy.sparse import csr_array

    held = csr_array(matrix)
    size = abs(held)
    # The largest row or column sum is no smaller than the radius, and known at once.
    if held.nnz and alpha * min(size.sum(axis=0).max(), size.sum(axis=1).max()) >= 1:
        radius = spectral_radius(held)
        # A radius is known to rounding only: what lies on the bound counts as beyond it.
        if alpha * radius >= 1 - 1e-9:
            raise SettingsError(
                f"katz: alpha {alpha:g}: a graph with cycles has a finite sum over walks only for alpha below "
                f"1 / spectral radius = {1 / radius:.6g}: choose a smaller alpha"
            )
    term = np.array(start.T, copy=True)
    total, reached = term.copy(), np.abs(term)
    for _ in range(ROUNDS):
        term = alpha * (held @ term)
        total += term
        reached += np.abs(term)
        if not np.isfinite(reached).all():
            break
        # Measured by the terms of each node itself, since others may be larger by any factor.
        if (np.abs(term) <= 1e-17 * reached).all():
            return total.T
    raise SettingsError(
        f"katz: alpha {alpha:g} is too close to 1 / spectral radius, or lets walks grow beyond what float64 holds: "
        "choose a smaller alpha"
    )
