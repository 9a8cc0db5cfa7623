"""A graph out of the dense matrices of a layered network."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from graphgrow.arrays import Array
from graphgrow.errors import GraphError
from graphgrow.graph.assemble import from_edges
from graphgrow.graph.graph import Graph
from graphgrow.graph.wiring import Activation


def from_dense(
    weights: Sequence[ArrayLike],
    biases: Sequence[ArrayLike | None] | None = None,
    activation: Activation = Activation.RELU,
    threshold: float = 0.0,
) -> Graph:
    """A layered graph out of dense matrices; entries with |w| > threshold become edges with exactly that weight.

    The dtype is float32 when all arrays fit it (float32 or narrower), else float64.

    Parameters
    ----------
    weights : of each layer, shape (out, in) as in torch.nn.Linear.
    biases : of each layer, shape (out,), None for zeros.

    Raises
    ------
    GraphError
        Shapes do not chain, an entry is not finite, or the threshold is negative.
    """
    matrices = [np.asarray(weight) for weight in weights]
    sizes = _check_dense(matrices, threshold)
    given = [None] * len(matrices) if biases is None else list(biases)
    if len(given) != len(matrices):
        raise GraphError(f"biases: expected {len(matrices)}, got {len(given)}: pass one per layer, None for zeros")
    offsets = [np.zeros(n) if b is None else np.asarray(b) for b, n in zip(given, sizes[1:], strict=True)]
    for at, (offset, size) in enumerate(zip(offsets, sizes[1:], strict=True)):
        if offset.shape != (size,):
            raise GraphError(f"biases[{at}]: expected shape ({size},), got {offset.shape}: pass one per row of weights")
    arrays = [*matrices, *(np.asarray(bias) for bias in given if bias is not None)]
    dtype = np.float32 if np.result_type(*arrays, np.float16).itemsize <= 4 else np.float64
    start = np.concatenate([[0], np.cumsum(sizes)])
    found = [np.nonzero(np.abs(matrix) > threshold) for matrix in matrices]
    source = np.concatenate([into[1] + start[at] for at, into in enumerate(found)])
    target = np.concatenate([into[0] + start[at + 1] for at, into in enumerate(found)])
    values = np.concatenate([matrix[into] for matrix, into in zip(matrices, found, strict=True)])
    level = np.repeat(np.arange(len(sizes)), sizes)
    bias = np.concatenate([np.zeros(sizes[0]), *offsets])
    return from_edges(level, source, target, values, bias=bias, activation=activation, dtype=dtype)


def _check_dense(matrices: Sequence[Array], threshold: float) -> list[int]:
    """Level sizes of matrices (out, in) that chain and are finite."""
    if not matrices:
        raise GraphError("weights: expected at least 1 matrix, got none: pass one per layer")
    if not threshold >= 0:
        raise GraphError(f"threshold: expected 0 or more, got {threshold}: edges are kept where |w| is above it")
    width = matrices[0].shape[-1] if matrices[0].ndim else 0
    sizes = [width]
    for at, matrix in enumerate(matrices):
        if matrix.ndim != 2 or matrix.shape[1] != sizes[-1] or matrix.dtype.kind not in "fiub":
            raise GraphError(
                f"weights[{at}]: expected real numbers of shape (out, {sizes[-1]}), got {matrix.dtype} of shape "
                f"{matrix.shape}: pass (out, in) matrices whose inputs are the outputs before"
            )
        finite = np.isfinite(matrix)
        if not finite.all():
            row, column = np.argwhere(~finite)[0]
            raise GraphError(
                f"weights[{at}][{row}, {column}] is {matrix[row, column]}: weights must be finite; mend it"
            )
        sizes.append(matrix.shape[0])
    if min(sizes) < 1:
        raise GraphError(f"weights: level sizes {sizes} hold a 0: every level needs at least 1 neuron")
    return sizes
