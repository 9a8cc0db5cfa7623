"""The slowest way in which a network falls into two halves: Fiedler value, vector and cut."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import GraphError
from graphgrow.graph.wiring import Wiring
from graphgrow.measure.pools import one_thread
from graphgrow.rng import stream

# Up to here all eigenvectors of a dense matrix are found in a moment, and without iterating.
DENSE = 256


@dataclass(frozen=True, eq=False)
class Fiedler:
    """The second-smallest eigenvalue of the symmetric normalised Laplacian of the skeleton, with its vector.

    Attributes
    ----------
    value : 0 where the network is in pieces; at most 2.
    vector : float64 (neurons,), in degree-corrected form (a random walk's slowest mode), unit length; its largest
        entry is positive. 0 for neurons without edge.
    """

    value: float
    vector: Array

    @property
    def side(self) -> Array:
        """int8 (neurons,): 1 and -1 on the two sides of the cut, 0 for neurons without edge."""
        return np.sign(self.vector).astype(np.int8)

    def crosses(self, source: Array, target: Array) -> Array:
        """bool (k,): whether the pairs source[k] -> target[k] join the two sides."""
        side = self.side
        crossing: Array = side[source] * side[target] < 0
        return crossing


def fiedler(wiring: Wiring, weight: Array | None = None, tolerance: float = 1e-8) -> Fiedler:
    """The Fiedler value and vector of the skeleton: edges without direction.

    Neurons without an edge take no part. Where several vectors belong to the value, one of them is returned, always the
    same one.

    Parameters
    ----------
    weight : float (edges,), how strong each edge is; its size counts. None for 1 each.
    tolerance : relative accuracy of the eigenvalue, for the iteration on large networks.

    Raises
    ------
    GraphError
        Weights of another number, or not finite; fewer than two neurons have edges; the iteration did not converge.

    Source: Fiedler 1973; normalised Laplacian as in Chung 1997. Lanczos iteration with the known first vector moved
    to the other end of the spectrum.
    """
    from scipy.sparse import coo_array

    size = np.ones(wiring.edges) if weight is None else np.abs(np.asarray(weight, np.float64))
    if size.shape != (wiring.edges,) or not np.isfinite(size).all():
        raise GraphError(f"fiedler: expected {wiring.edges} finite weights, got shape {size.shape}: pass one per edge")
    both = np.concatenate([wiring.source, wiring.target]), np.concatenate([wiring.target, wiring.source])
    skeleton = coo_array((np.tile(size, 2), both), shape=(wiring.neurons,) * 2).tocsr()
    degree = skeleton.sum(axis=1)
    joined = np.flatnonzero(degree > 0)
    if joined.size < 2:
        raise GraphError("fiedler: expected at least two neurons with edges: a network without edges has no cut")
    scale = 1 / np.sqrt(degree[joined])
    walk = skeleton[joined][:, joined].multiply(scale[:, None]).multiply(scale[None, :]).tocsr()
    # Sums of many parts depend in their last bits on how many threads share them, and a cut on its signs.
    with one_thread():
        second, vector = _second(walk, np.sqrt(degree[joined] / degree[joined].sum()), tolerance)
    made = np.zeros(wiring.neurons)
    made[joined] = vector * scale
    made /= np.linalg.norm(made)
    # What only rounding tells from 0 stands on neither side.
    made[np.abs(made) < 1e-9 * np.abs(made).max()] = 0
    # Entries that are equal but for rounding must not decide the sign between them.
    first = np.flatnonzero(np.abs(made) > (1 - 1e-6) * np.abs(made).max())[0]
    return Fiedler(max(0.0, 1 - second), made * np.sign(made[first]))


def _second(walk: object, first: Array, tolerance: float) -> tuple[float, Array]:
    """The second-largest eigenvalue of D^-1/2 A D^-1/2, whose largest is 1 with the known vector `first`."""
    from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, aslinearoperator, eigsh

    product = aslinearoperator(walk)

    def deflated(vector: Array) -> Array:
        # Eigenvalues lie between -1 and 1: with 3 less, the known one comes last, alone even where another is -1.
        flat = vector.ravel()
        moved: Array = product @ flat - 3 * first * (first @ flat)
        return moved

    if first.size <= DENSE:
        values, vectors = np.linalg.eigh(np.stack([deflated(row) for row in np.eye(first.size)]))
        return float(values[-1]), vectors[:, -1]
    operator = LinearOperator((first.size,) * 2, matvec=deflated, dtype=np.float64)
    begin = np.cos(np.arange(first.size, dtype=np.float64))
    try:
        rounds, draws = 100 * first.size, stream(0, "restarts")
        values, vectors = eigsh(operator, k=1, which="LA", v0=begin, tol=tolerance, maxiter=rounds, rng=draws)
    except ArpackNoConvergence:
        raise GraphError(f"fiedler: no convergence to {tolerance}: raise the tolerance") from None
    return float(values[0]), vectors[:, 0]
