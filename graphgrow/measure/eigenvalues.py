"""Eigenvalues of graphs, and singular values of the weights between levels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import GraphError
from graphgrow.measure import neumann
from graphgrow.measure.adjacency import Adjacency
from graphgrow.measure.levelblocks import level_blocks
from graphgrow.measure.pools import one_thread
from graphgrow.rng import stream

# Up to so many nodes all eigenvalues are computed.
EXACT = 2000
# An iteration needs more room than this.
FEWEST = 10
# So many at each end otherwise.
ENDS = 2
# Restarts of an iteration, some twenty products each: about a minute at a million edges.
ROUNDS = 500


@dataclass(frozen=True, eq=False)
class LaplacianSpectrum:
    """Eigenvalues of the normalised Laplacian I - D^-1/2 A D^-1/2 of the skeleton, from 0 to 2.

    Attributes
    ----------
    values : float64 (values,), ascending: all of them, or where `whole` is False the zeros, a few above 0 and a few at
        the upper end; iterations may miss that an eigenvalue stands several times.
    components : how many eigenvalues are 0: one a connected part, nodes without edge included.
    whole : whether values are all there are.
    """

    values: Array
    components: int
    whole: bool

    @property
    def gap(self) -> float:
        """The second-smallest eigenvalue: 0 in pieces; NaN with fewer than two nodes."""
        return float(self.values[1]) if self.values.size > 1 else float("nan")

    @property
    def largest(self) -> float:
        """2 where a part with edges has two sides and no edge inside either; NaN without nodes."""
        return float(self.values[-1]) if self.values.size else float("nan")


def laplacian_spectrum(
    graph: Adjacency, exact: int = EXACT, ends: int = ENDS, tolerance: float = 1e-8
) -> LaplacianSpectrum:
    """Eigenvalues of the normalised Laplacian of the skeleton, unweighted.

    Parameters
    ----------
    exact : up to so many nodes all eigenvalues are computed, at a cost of nodes^3; beyond, a few at both ends.
    ends : how many above 0, and how many at the upper end; each further one may take many times as long.
    tolerance : relative accuracy of those iterated.

    Raises
    ------
    GraphError
        The iteration did not converge: raise the tolerance, or `exact`.

    Source: Chung 1997; a node without edge has the eigenvalue 0, as in networkx.
    """
    from scipy.sparse.csgraph import connected_components

    skeleton = graph.skeleton
    degree = skeleton.degree.astype(np.float64)
    scale = np.where(degree > 0, 1 / np.sqrt(np.maximum(degree, 1.0)), 0.0)
    walk = _scaled(skeleton, scale)
    count, part = connected_components(walk, directed=False)
    if not skeleton.entries:
        return LaplacianSpectrum(np.zeros(graph.nodes), int(count), True)
    if graph.nodes <= max(exact, FEWEST):
        full = np.diag((degree > 0).astype(np.float64)) - walk.toarray()
        with one_thread():
            values = np.linalg.eigvalsh(full)
        # What only rounding tells from 0 is one of the zeros, of which there is one a component.
        values[:count] = 0.0
        return LaplacianSpectrum(np.clip(values, 0.0, 2.0), int(count), True)
    first = np.sqrt(np.where(degree > 0, degree, 1.0))
    length = np.sqrt(np.bincount(part, first**2, minlength=count))
    first /= length[part]

    def deflated(vector: Array) -> Array:
        # The known vectors, one a component, go to the other end of the spectrum.
        flat = vector.ravel()
        moved: Array = walk @ flat - 3 * first * np.bincount(part, first * flat, minlength=count)[part]
        return moved

    low = 1 - _ends(deflated, graph.nodes, "LA", tolerance, ends)
    high = 1 - _ends(lambda vector: walk @ vector.ravel(), graph.nodes, "SA", tolerance, ends)
    # Deflated nodes without edge stand at 4, behind all eigenvalues.
    found = np.unique(np.concatenate([low[low <= 2 + 1e-6], high[high > low.max(initial=0.0) + 1e-6]]))
    values = np.concatenate([np.zeros(count), np.clip(found, 0.0, 2.0)])
    return LaplacianSpectrum(values, int(count), False)


def algebraic_connectivity(graph: Adjacency, exact: int = EXACT, tolerance: float = 1e-8) -> float:
    """The second-smallest eigenvalue of the Laplacian D - A of the skeleton, unweighted; 0 where it is in pieces.

    This one is not normalised: it grows with the degrees, and is what networkx calls so.

    Raises
    ------
    GraphError
        Fewer than two nodes; or the iteration, which is slow on long thin graphs, did not converge.

    Source: Fiedler 1973.
    """
    from scipy.sparse.csgraph import connected_components

    skeleton = graph.skeleton
    if graph.nodes < 2:
        raise GraphError("algebraic connectivity: expected two nodes or more: one alone cannot be parted")
    matrix, degree = _scaled(skeleton, np.ones(graph.nodes)), skeleton.degree.astype(np.float64)
    if connected_components(matrix, directed=False)[0] > 1:
        return 0.0
    if graph.nodes <= max(exact, FEWEST):
        with one_thread():
            values = np.linalg.eigvalsh(np.diag(degree) - matrix.toarray())
        return float(max(values[1], 0.0))
    top = 2 * float(degree.max())

    def turned(vector: Array) -> Array:
        # Turned round, the smallest eigenvalue is the largest; the constant vector, whose eigenvalue is 0, goes below.
        flat = vector.ravel()
        moved: Array = matrix @ flat + (top - degree) * flat - 2 * top * flat.mean()
        return moved

    return max(0.0, top - float(_ends(turned, graph.nodes, "LA", tolerance, 1)[-1]))


def adjacency_radius(graph: Adjacency) -> float:
    """The largest size of an eigenvalue of the adjacency matrix with its weights: 0 for every graph without a cycle.

    A network's matrix is nilpotent, so this says nothing of it, whatever its weights: see `measure.criticality`.

    Raises
    ------
    GraphError
        The iteration on a large cyclic part did not converge.
    """
    return 0.0 if graph.acyclic else neumann.spectral_radius(graph.matrix())


@dataclass(frozen=True, eq=False)
class BlockSpectrum:
    """Singular values of the weights from one level to another.

    Attributes
    ----------
    source_level, target_level : which block.
    rows, columns : nodes of the target level and of the source level.
    values : float64 (values,), descending: all min(rows, columns), or the largest alone where the block is too large.
    stable_rank : squared Frobenius norm over squared largest singular value; 0 where all weights are 0.
    effective_rank : exp of the entropy of the normalised singular values (Roy 2007); None where only one is known.
    """

    source_level: int
    target_level: int
    rows: int
    columns: int
    values: Array
    stable_rank: float
    effective_rank: float | None


def block_spectra(graph: Adjacency, exact: int = EXACT) -> tuple[BlockSpectrum, ...]:
    """Singular values of every block of a graph with levels.

    Parameters
    ----------
    exact : blocks whose smaller side exceeds it have their largest singular value only.

    Raises
    ------
    GraphError
        The graph is undirected or has a cycle, and so has no levels; or the iteration on a large block did not
        converge.
    """
    made = []
    for each in level_blocks(graph):
        # Squares of very small or large weights have no float64; a power of two changes no digit.
        power = int(np.frexp(np.abs(each.weight).max())[1])
        block = replace(each, weight=np.ldexp(each.weight, -power))
        values = _singular_values(block.matrix(), exact)
        squares = float((block.weight**2).sum())
        known = values[0] > 0
        share = values[values > 0] / values.sum() if known else values[:0]
        whole = values.size == min(block.sources, block.targets)
        made.append(
            BlockSpectrum(
                block.source_level,
                block.target_level,
                block.targets,
                block.sources,
                np.ldexp(values, power),
                squares / float(values[0]) ** 2 if known else 0.0,
                (float(np.exp(-(share * np.log(share)).sum())) if known else 0.0) if whole else None,
            )
        )
    return tuple(made)


def _singular_values(matrix: object, exact: int) -> Array:
    """Descending: all, or the largest of a large sparse matrix."""
    from scipy.sparse import csr_array

    held = csr_array(matrix)
    if not held.data.any():
        return np.zeros(1 if min(held.shape) > exact else min(held.shape))
    if min(held.shape) > exact:
        # Not by scipy's svds, which hands no generator on to the iteration.
        side = held if held.shape[0] <= held.shape[1] else held.T.tocsr()
        other = side.T.tocsr()
        square = _ends(lambda vector: side @ (other @ vector.ravel()), side.shape[0], "LA", 1e-12, 1)
        return np.sqrt(np.maximum(square, 0.0))
    with one_thread():
        found: Array = np.linalg.svd(held.toarray(), compute_uv=False)
    # What only rounding tells from 0 counts as no dimension.
    return np.where(found > found[0] * max(held.shape) * np.finfo(np.float64).eps, found, 0.0)


def _scaled(skeleton: Adjacency, scale: Array) -> Any:
    """scipy.sparse.csr_array: the skeleton's matrix, rows and columns times `scale`."""
    from scipy.sparse import csr_array

    values = scale[skeleton.row] * scale[skeleton.other]
    return csr_array((values, skeleton.other, skeleton.pointer), shape=(skeleton.nodes,) * 2)


def _ends(product: Callable[[Array], Array], size: int, which: str, tolerance: float, count: int) -> Array:
    """A few eigenvalues at one end of a symmetric operator, ascending, by Lanczos iteration."""
    from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh

    operator = LinearOperator((size, size), matvec=product, dtype=np.float64)
    begin = np.cos(np.arange(size, dtype=np.float64))
    count = min(count, size - 1)
    try:
        with one_thread():
            found = eigsh(
                operator,
                k=count,
                which=which,
                v0=begin,
                tol=tolerance,
                maxiter=ROUNDS,
                return_eigenvectors=False,
                rng=stream(0, "restarts"),
            )
    except ArpackNoConvergence:
        raise GraphError(
            f"eigenvalues: no convergence to {tolerance:g} on {size} nodes: raise the tolerance or `exact`"
        ) from None
    return np.sort(found)
