"""Graphs to and from sparse matrices; rows are targets."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from graphgrow.errors import GraphError
from graphgrow.graph.graph import Graph
from graphgrow.graph.table import Table


def to_scipy(graph: Graph) -> Any:
    """The weights as scipy.sparse.csr_array (neurons, neurons): ROWS ARE TARGETS, columns are sources, by graph row.

    So `matrix @ values` sums the weighted inputs of every neuron. Edges of weight 0 stay as stored zeros.
    """
    from scipy.sparse import csr_array

    wiring = graph.wiring
    parts = (graph.weight.copy(), wiring.source.copy(), wiring.pointer.copy())
    return csr_array(parts, shape=(wiring.neurons, wiring.neurons))


def from_scipy(
    matrix: Any,
    *,
    level: ArrayLike | None = None,
    role: ArrayLike | None = None,
    activation: ArrayLike | None = None,
    bias: ArrayLike | None = None,
) -> Graph:
    """A graph out of a sparse or dense square matrix whose ROWS ARE TARGETS; every stored entry is an edge, zeros too.

    The dtype is the matrix's if that is float32 or float64, else float64. Ids are rows.

    Parameters
    ----------
    level, role, activation, bias : (neurons,), roles and activations as numbers; missing ones as in `interop`.

    Raises
    ------
    GraphError
        The matrix is not square or real, stores an entry twice, or its graph has a cycle.
    """
    from scipy.sparse import coo_array, issparse

    entries = matrix.tocoo() if issparse(matrix) else coo_array(np.asarray(matrix))
    if entries.ndim != 2 or entries.shape[0] != entries.shape[1] or entries.dtype.kind not in "fiub":
        raise GraphError(
            f"expected a real square matrix (targets, sources), got {entries.dtype} of shape {entries.shape}: "
            "give every neuron one row and one column"
        )
    columns = {"level": level, "role": role, "activation": activation, "bias": bias}
    neuron = {name: np.asarray(column) for name, column in columns.items() if column is not None}
    for name, column in neuron.items():
        if column.shape != (entries.shape[0],):
            raise GraphError(f"{name}: expected {entries.shape[0]} entries, got shape {column.shape}: pass one per row")
    return Table(
        names=range(entries.shape[0]),
        source=entries.col.astype(np.int64),
        target=entries.row.astype(np.int64),
        neuron=neuron,
        edge={"weight": entries.data},
        dtype=entries.dtype if entries.dtype in (np.float32, np.float64) else np.float64,
    ).graph()
