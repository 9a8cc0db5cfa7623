"""The exact difference between two graphs of one run, by id, in both directions."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import GraphError
from graphgrow.graph.apply import Remap
from graphgrow.graph.graph import Graph
from graphgrow.graph.wiring import NEURON_FIELDS, Wiring


@dataclass(frozen=True, eq=False)
class Side:
    """What one of the two graphs has and the other lacks, or has otherwise.

    Attributes
    ----------
    neurons : int64 (k, 6), id, level, role, activation, neuron_born, parent of neurons only this side has.
    neuron_bias : float (k,), their biases.
    level : int32 (l,), level of the shared neurons whose level differs (ids: `Difference.levelled`).
    edges : int64 (e, 3), source id, target id and birth event of edges only this side has.
    edge_weight : float (e,), their weights.
    weight, bias : float, values of shared edges and neurons that differ.
    next_id : the counter.
    """

    neurons: Array
    neuron_bias: Array
    level: Array
    edges: Array
    edge_weight: Array
    weight: Array
    bias: Array
    next_id: int


@dataclass(frozen=True, eq=False)
class Difference:
    """What turns `old` into `new` (`patch`) and, inverted, back.

    Attributes
    ----------
    old, new : the two sides.
    levelled : int64 (l,), ids of shared neurons whose level differs.
    weighted : int64 (w, 2), source and target id of shared edges whose weight differs.
    biased : int64 (b,), ids of shared neurons whose bias differs.
    """

    old: Side
    new: Side
    levelled: Array
    weighted: Array
    biased: Array

    @property
    def inverse(self) -> Difference:
        """The way back."""
        return replace(self, old=self.new, new=self.old)


def difference(old: Graph, new: Graph, weights: bool = True, remap: Remap | None = None) -> Difference:
    """The difference of two graphs of one run; ids say which neuron is which.

    Parameters
    ----------
    weights : also record surviving edges and neurons whose weight or bias differs (bit for bit). Without, a patch
        carries the wiring and the weights of added edges only.
    remap : the map from `new` to `old`, where it is known; what is shared is then read from it and not looked for.

    Raises
    ------
    GraphError
        A shared neuron changed something other than its level: not two graphs of one run.
    """
    if old.weight.dtype != new.weight.dtype:
        raise GraphError(f"expected one dtype, got {old.weight.dtype} and {new.weight.dtype}: cast one of the graphs")
    if remap is None:
        neuron, edge = _match(old.wiring.id, new.wiring.id), _match_edges(old.wiring, new.wiring)
    else:
        neuron, edge = _survivors(remap.neuron_from), _survivors(remap.edge_from)
    _check_shared(old.wiring, new.wiring, neuron)
    moved = old.wiring.level[neuron[0]] != new.wiring.level[neuron[1]]
    weighted = _differs(old.weight[edge[0]], new.weight[edge[1]]) & weights
    biased = _differs(old.bias[neuron[0]], new.bias[neuron[1]]) & weights
    sides = []
    for graph, shared, shared_edges in ((old, neuron[0], edge[0]), (new, neuron[1], edge[1])):
        own, own_edges = _rest(graph.neurons, shared), _rest(graph.edges, shared_edges)
        sides.append(
            Side(
                np.stack([getattr(graph.wiring, name)[own].astype(np.int64) for name in NEURON_FIELDS], axis=1),
                graph.bias[own],
                graph.wiring.level[shared[moved]],
                np.stack([*_edge_ids(graph.wiring, own_edges), graph.wiring.edge_born[own_edges].astype(np.int64)], 1),
                graph.weight[own_edges],
                graph.weight[shared_edges[weighted]],
                graph.bias[shared[biased]],
                graph.wiring.next_id,
            )
        )
    ids = np.stack(_edge_ids(old.wiring, edge[0][weighted]), axis=1)
    shared_ids = old.wiring.id[neuron[0]]
    return Difference(sides[0], sides[1], shared_ids[moved], ids, shared_ids[biased])


def patch(graph: Graph, change: Difference) -> Graph:
    """`patch(old, difference(old, new))` is `new`, bit for bit.

    Weights of surviving edges that the difference does not name stay as they are in `graph`.

    Raises
    ------
    GraphError
        The difference names a neuron or an edge that the graph lacks: patch the graph it was made from.
    """
    wiring = graph.wiring
    columns = [getattr(wiring, name).astype(np.int64) for name in NEURON_FIELDS]
    level = wiring.level.astype(np.int64)
    level[_find(wiring.id, change.levelled, "neuron")] = change.new.level
    columns[1] = level
    bias = graph.bias.copy()
    bias[_find(wiring.id, change.biased, "neuron")] = change.new.bias
    weight = graph.weight.copy()
    weight[_find_edges(wiring, change.weighted)] = change.new.weight
    table = np.stack(columns, axis=1)
    keep = np.ones(wiring.neurons, bool)
    keep[_find(wiring.id, change.old.neurons[:, 0], "neuron")] = False
    keep_edges = np.ones(wiring.edges, bool)
    keep_edges[_find_edges(wiring, change.old.edges[:, :2])] = False
    table = np.concatenate([table[keep], change.new.neurons])
    bias = np.concatenate([bias[keep], change.new.neuron_bias]).astype(graph.bias.dtype)
    order = np.argsort(table[:, 0], kind="stable")
    table, bias = table[order], bias[order]
    ends = [np.concatenate([mine[keep_edges], change.new.edges[:, at]]) for at, mine in enumerate(_edge_ids(wiring))]
    source, target = (_find(table[:, 0], ids, "neuron") for ids in ends)
    born = np.concatenate([wiring.edge_born[keep_edges], change.new.edges[:, 2]])
    weight = np.concatenate([weight[keep_edges], change.new.edge_weight]).astype(graph.weight.dtype)
    by_target = np.lexsort((source, target))
    columns_by_name: dict[str, Any] = {name: table[:, at] for at, name in enumerate(NEURON_FIELDS)}
    made = Wiring(
        **columns_by_name,
        source=source[by_target],
        target=target[by_target],
        edge_born=born[by_target],
        next_id=change.new.next_id,
    )
    return Graph(made, weight[by_target], bias)


def _edge_ids(wiring: Wiring, rows: Array | slice = slice(None)) -> tuple[Array, Array]:
    return wiring.id[wiring.source[rows]], wiring.id[wiring.target[rows]]


def _differs(first: Array, second: Array) -> Array:
    """Bitwise inequality, so that -0.0 and 0.0 differ."""
    bits = np.dtype(f"u{first.dtype.itemsize}")
    differs: Array = np.ascontiguousarray(first).view(bits) != np.ascontiguousarray(second).view(bits)
    return differs


def _match(old: Array, new: Array) -> tuple[Array, Array]:
    """Positions of the shared values of two strictly increasing arrays."""
    _, first, second = np.intersect1d(old, new, assume_unique=True, return_indices=True)
    return first, second


def _survivors(came_from: Array) -> tuple[Array, Array]:
    """Old and new positions of what a map carries over."""
    new = np.flatnonzero(came_from >= 0)
    return came_from[new], new


def _rest(size: int, rows: Array) -> Array:
    """int64, ascending: positions below `size` that are not among `rows`."""
    mask = np.ones(size, bool)
    mask[rows] = False
    return np.flatnonzero(mask)


def _match_edges(old: Wiring, new: Wiring) -> tuple[Array, Array]:
    """Rows of the shared edges; a pair that was removed and born again later is not shared."""
    size = max(old.next_id, new.next_id)
    keys = [ids[1] * size + ids[0] for ids in (_edge_ids(old), _edge_ids(new))]
    first, second = _match(*keys)
    lived = old.edge_born[first] == new.edge_born[second]
    return first[lived], second[lived]


def _find(ids: Array, wanted: Array, kind: str) -> Array:
    """Positions of ids in a strictly increasing array."""
    at = np.searchsorted(ids, wanted)
    missing = at >= ids.size
    missing[~missing] = ids[at[~missing]] != wanted[~missing]
    if missing.any():
        raise GraphError(f"{kind} {wanted[np.argmax(missing)]} is not in this graph: patch the graph it was made from")
    return at


def _find_edges(wiring: Wiring, ends: Array) -> Array:
    rows = wiring.edge_rows(_find(wiring.id, ends[:, 0], "neuron"), _find(wiring.id, ends[:, 1], "neuron"))
    if (rows < 0).any():
        first = ends[np.argmax(rows < 0)]
        raise GraphError(f"edge {first[0]} -> {first[1]} is not in this graph: patch the graph it was made from")
    return rows


def _check_shared(old: Wiring, new: Wiring, neuron: tuple[Array, Array]) -> None:
    for name in ("role", "activation", "neuron_born", "parent"):
        other = getattr(old, name)[neuron[0]] != getattr(new, name)[neuron[1]]
        if other.any():
            first = old.id[neuron[0][np.argmax(other)]]
            raise GraphError(f"neuron {first} changed its {name}: pass two graphs of one run")


def arrays_of(change: Difference) -> dict[str, Array]:
    """Every array of a difference by name, for storing; `next_id`s as int64 (2,)."""
    made = {f"{side}.{item.name}": getattr(getattr(change, side), item.name)
            for side in ("old", "new") for item in fields(Side) if item.name != "next_id"}  # fmt: skip
    shared = {name: getattr(change, name) for name in ("levelled", "weighted", "biased")}
    return {**made, **shared, "next_id": np.array([change.old.next_id, change.new.next_id])}


def from_arrays(arrays: dict[str, Array]) -> Difference:
    """The inverse of `arrays_of`."""
    sides = {
        side: Side(
            **{item.name: arrays[f"{side}.{item.name}"] for item in fields(Side) if item.name != "next_id"},
            next_id=int(arrays["next_id"][at]),
        )
        for at, side in enumerate(("old", "new"))
    }
    return Difference(sides["old"], sides["new"], arrays["levelled"], arrays["weighted"], arrays["biased"])
