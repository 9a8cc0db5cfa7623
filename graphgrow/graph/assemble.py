"""Wirings and graphs out of edges in any order."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from graphgrow.arrays import Array
from graphgrow.errors import GraphError
from graphgrow.graph.graph import Graph
from graphgrow.graph.initial import float_dtype
from graphgrow.graph.wiring import Activation, Role, Wiring


def edge_order(source: ArrayLike, target: ArrayLike) -> Array:
    """int64 (edges,): positions that sort edges by (target, source), as a Wiring wants them.

    Raises
    ------
    GraphError
        The two are not 1-D arrays of one length.
    """
    first, second = np.asarray(source), np.asarray(target)
    if first.ndim != 1 or first.shape != second.shape:
        raise GraphError(f"expected one source and one target per edge, got shapes {first.shape} and {second.shape}")
    return np.lexsort((first, second))


def wiring(
    level: ArrayLike,
    source: ArrayLike,
    target: ArrayLike,
    *,
    role: ArrayLike | None = None,
    activation: Activation | ArrayLike = Activation.RELU,
    id: ArrayLike | None = None,
    neuron_born: ArrayLike | None = None,
    parent: ArrayLike | None = None,
    edge_born: ArrayLike | None = None,
    next_id: int = -1,
) -> Wiring:
    """A wiring out of edges in any order, given as rows; what is left out gets the default of a fresh network.

    Parameters
    ----------
    level : (neurons,), 0 for inputs.
    source, target : (edges,), rows.
    role : (neurons,); by default level 0 is input, the last level output, the rest hidden.
    activation : (neurons,), or one for all hidden neurons, inputs and outputs then being the identity.
    id, neuron_born, parent : (neurons,); by default 0..neurons-1, 0 and -1.
    edge_born : (edges,) in the order given; by default 0.

    Raises
    ------
    GraphError
        An edge is given twice or does not lead to a later level, or another invariant of `Wiring` is broken.

    Examples
    --------
    >>> made = wiring([0, 0, 1], [1, 0], [2, 2])
    >>> made.source.tolist(), made.role.tolist()
    ([0, 1], [0, 0, 2])
    """
    order = edge_order(source, target)
    levels = np.asarray(level)
    neurons = levels.size
    if role is None:
        later = np.where(levels == levels.max(initial=0), Role.OUTPUT, Role.HIDDEN)
        role = np.where(levels == 0, Role.INPUT, later)
    if isinstance(activation, Activation):
        activation = np.where(np.asarray(role) == Role.HIDDEN, activation, Activation.IDENTITY)
    born = np.zeros(order.size) if edge_born is None else np.asarray(edge_born)
    if born.shape != order.shape:
        raise GraphError(f"edge_born: expected {order.size} entries, got shape {born.shape}: pass one per edge")
    return Wiring(
        id=np.arange(neurons) if id is None else np.asarray(id),
        level=levels,
        role=np.asarray(role),
        activation=np.asarray(activation),
        neuron_born=np.zeros(neurons) if neuron_born is None else np.asarray(neuron_born),
        parent=np.full(neurons, -1) if parent is None else np.asarray(parent),
        source=np.asarray(source)[order],
        target=np.asarray(target)[order],
        edge_born=born[order],
        next_id=next_id,
    )


def from_edges(
    level: ArrayLike,
    source: ArrayLike,
    target: ArrayLike,
    weight: ArrayLike,
    *,
    bias: ArrayLike | None = None,
    role: ArrayLike | None = None,
    activation: Activation | ArrayLike = Activation.RELU,
    dtype: DTypeLike = np.float32,
) -> Graph:
    """A graph out of weighted edges in any order; see `wiring` for the defaults.

    Parameters
    ----------
    weight : (edges,) in the order of the edges, rounded to `dtype`.
    bias : (neurons,); by default 0.

    Raises
    ------
    GraphError
        As `wiring`; or a weight is not finite, or their number is not that of the edges.
    """
    made, values = float_dtype(dtype), np.asarray(weight)
    order = edge_order(source, target)
    if values.shape != order.shape:
        raise GraphError(f"weight: expected {order.size} entries, got shape {values.shape}: pass one per edge")
    built = wiring(level, source, target, role=role, activation=activation)
    offset = np.zeros(built.neurons, made) if bias is None else np.asarray(bias).astype(made)
    return Graph(built, values[order].astype(made), offset)
