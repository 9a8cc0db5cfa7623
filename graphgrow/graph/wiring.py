"""The structure of a network: neurons on levels and the edges between them, frozen and checked."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import IntEnum
from functools import cached_property

import numpy as np

from graphgrow.arrays import Array, frozen, owned, same_bits
from graphgrow.errors import GraphError
from graphgrow.graph import order
from graphgrow.graph.blocks import BLOCK


class Role(IntEnum):
    """What a neuron is for."""

    INPUT = 0
    HIDDEN = 1
    OUTPUT = 2


class Activation(IntEnum):
    """What a neuron does to the sum of its inputs and its bias."""

    IDENTITY = 0
    RELU = 1
    LEAKY_RELU = 2
    GELU = 3
    SIGMOID = 4
    TANH = 5


@dataclass(frozen=True, eq=False)
class Wiring:
    """A directed acyclic graph of neurons, as a struct of arrays.

    Rows are birth order, not level order: a removal compacts, an addition appends, opening a level moves no row.
    Arrays are copied, cast and made read-only on construction.

    Attributes
    ----------
    id : int64 (neurons,), strictly increasing; issued once per run and never reused.
    level : int32 (neurons,), 0 for inputs and only for them; gaps allowed. The only ordering promise.
    role : uint8 (neurons,), a `Role`.
    activation : uint8 (neurons,), an `Activation`; inputs are IDENTITY.
    neuron_born : int32 (neurons,), number of the event that made the neuron; 0 is the start.
    parent : int64 (neurons,), id the neuron was copied from, -1 for none.
    source, target : int32 (edges,), rows; edges sorted by (target, source), no pair twice.
    edge_born : int32 (edges,), number of the event that made the edge.
    next_id : the first id that was never issued.

    Raises
    ------
    GraphError
        An invariant is broken; the message names the first offending neuron or edge.
    """

    id: Array
    level: Array
    role: Array
    activation: Array
    neuron_born: Array
    parent: Array
    source: Array
    target: Array
    edge_born: Array
    next_id: int = field(default=-1)

    def __post_init__(self) -> None:
        neurons, edges = int(np.size(self.id)), int(np.size(self.source))
        for name, dtype in NEURON_FIELDS.items():
            object.__setattr__(self, name, owned(getattr(self, name), dtype, f"Wiring.{name}", neurons))
        for name, dtype in EDGE_FIELDS.items():
            object.__setattr__(self, name, owned(getattr(self, name), dtype, f"Wiring.{name}", edges))
        if self.next_id < 0:
            object.__setattr__(self, "next_id", int(self.id[-1]) + 1 if neurons else 0)
        _check_neurons(self)
        _check_edges(self)

    @property
    def neurons(self) -> int:
        """Number of neurons, inputs and outputs included."""
        return int(self.id.shape[0])

    @property
    def edges(self) -> int:
        """Number of edges."""
        return int(self.source.shape[0])

    @cached_property
    def pointer(self) -> Array:
        """int64 (neurons + 1,): in-edges of row r are pointer[r] up to pointer[r + 1]."""
        if self.neurons << 5 < self.edges:
            rows = np.arange(self.neurons + 1, dtype=np.int32)
            return frozen(np.searchsorted(self.target, rows).astype(np.int64))
        counts = np.bincount(self.target, minlength=self.neurons)
        return frozen(np.concatenate([[0], np.cumsum(counts)]).astype(np.int64))

    @cached_property
    def out_order(self) -> Array:
        """int32 (edges,): edge rows sorted by (source, target)."""
        from scipy.sparse import csr_array

        # Turning a sparse matrix round is a counting sort, several times as fast as sorting the sources.
        parts = (np.arange(self.edges, dtype=np.int32), self.source, self.pointer)
        made = csr_array(parts, shape=(self.neurons, self.neurons)).tocsc()
        return frozen(made.data.astype(np.int32, copy=False))

    @cached_property
    def out_pointer(self) -> Array:
        """int64 (neurons + 1,): out-edges of row r are out_order[out_pointer[r] : out_pointer[r + 1]]."""
        return frozen(np.concatenate([[0], np.cumsum(self.fan_out)]).astype(np.int64))

    @cached_property
    def fan_in(self) -> Array:
        """int64 (neurons,): number of in-edges."""
        return frozen(np.diff(self.pointer))

    @cached_property
    def fan_out(self) -> Array:
        """int64 (neurons,): number of out-edges."""
        return frozen(np.bincount(self.source, minlength=self.neurons).astype(np.int64))

    @cached_property
    def depth(self) -> Array:
        """int32 (neurons,): length in edges of the longest path that ends in the neuron."""
        return frozen(order.longest_paths(self.neurons, self.source, self.target))

    @cached_property
    def level_order(self) -> Array:
        """int32 (neurons,): rows sorted by (level, row)."""
        return frozen(np.argsort(self.level, kind="stable").astype(np.int32))

    @cached_property
    def levels(self) -> Array:
        """int32 (occupied levels,): the level numbers in use, ascending."""
        return frozen(np.unique(self.level))

    @cached_property
    def rank(self) -> Array:
        """int32 (neurons,): position of the neuron's level among the occupied levels."""
        return frozen(np.searchsorted(self.levels, self.level).astype(np.int32))

    def rows(self, role: Role) -> Array:
        """int64 (k,): rows with this role, ascending."""
        return np.flatnonzero(self.role == role)

    def edge_rows(self, source: Array, target: Array) -> Array:
        """int64 (k,): row of each edge source -> target, -1 where there is none."""
        tail, head = np.asarray(source, np.int64), np.asarray(target, np.int64)
        # A row outside the wiring might share its key with another pair.
        inside = (tail >= 0) & (tail < self.neurons) & (head >= 0) & (head < self.neurons)
        rows = np.full(tail.shape, -1, np.int64)
        tail, head = tail[inside], head[inside]
        found = self.edge_places(tail, head)
        hit = found < self.pointer[head + 1]
        hit[hit] = self.source[found[hit]] == tail[hit]
        rows[inside] = np.where(hit, found, -1)
        return rows

    def edge_places(self, source: Array, target: Array) -> Array:
        """int64 (k,): where each edge source -> target stands, or would have to be inserted, in the order of edges.

        Targets are rows of this wiring; sources may be numbers beyond its rows, which come last.
        """
        tail, head = np.asarray(source, np.int64), np.asarray(target, np.int64)
        if tail.size << 4 < self.edges:
            return _places_in_runs(self.source, tail, self.pointer[head], self.pointer[head + 1])
        size = max(self.neurons, int(tail.max(initial=0)) + 1)
        return np.searchsorted(self.target.astype(np.int64) * size + self.source, head * size + tail)

    def same(self, other: Wiring) -> bool:
        """Whether both wirings are equal bit for bit."""
        names = [item.name for item in fields(self) if item.name != "next_id"]
        return self.next_id == other.next_id and all(
            same_bits(getattr(self, name), getattr(other, name)) for name in names
        )


NEURON_FIELDS = {
    "id": np.int64,
    "level": np.int32,
    "role": np.uint8,
    "activation": np.uint8,
    "neuron_born": np.int32,
    "parent": np.int64,
}
EDGE_FIELDS = {"source": np.int32, "target": np.int32, "edge_born": np.int32}


def _first(bad: Array) -> int:
    """Index of the first True, or -1."""
    return int(np.argmax(bad)) if bad.any() else -1


def _check_neurons(wiring: Wiring) -> None:
    """Ids, levels, roles and activations; the first broken one is named."""
    identity, level, role = wiring.id, wiring.level, wiring.role
    if wiring.neurons and (identity[0] < 0 or (row := _first(np.diff(identity) <= 0)) >= 0):
        at = 0 if identity[0] < 0 else row + 1
        raise GraphError(
            f"neuron row {at}: id {identity[at]} is negative or not above the id before it: sort rows by id"
        )
    if wiring.neurons and wiring.next_id <= identity[-1]:
        raise GraphError(f"next_id {wiring.next_id} was issued already (largest id {identity[-1]}): pass a larger one")
    if (row := _first(level < 0)) >= 0:
        raise GraphError(f"neuron {identity[row]}: level {level[row]} is negative: levels start at 0")
    if (row := _first(role > max(Role))) >= 0:
        raise GraphError(f"neuron {identity[row]}: unknown role {role[row]}: use 0 input, 1 hidden or 2 output")
    if (row := _first(wiring.activation > max(Activation))) >= 0:
        known = ", ".join(f"{item.value} {item.name.lower()}" for item in Activation)
        raise GraphError(f"neuron {identity[row]}: unknown activation {wiring.activation[row]}: use one of {known}")
    if (row := _first((role == Role.INPUT) != (level == 0))) >= 0:
        raise GraphError(
            f"neuron {identity[row]}: role {Role(role[row]).name.lower()} at level {level[row]}: "
            "inputs, and only inputs, stand at level 0; move the neuron or change its role"
        )
    if (row := _first((role == Role.INPUT) & (wiring.activation != Activation.IDENTITY))) >= 0:
        raise GraphError(f"neuron {identity[row]}: an input must have the activation identity: it holds the data")


def _places_in_runs(values: Array, wanted: Array, first: Array, last: Array) -> Array:
    """First place in [first, last) of ascending values that is not below `wanted`, else last; all searched at once."""
    while (searching := first < last).any():
        middle = (first + last) >> 1
        below = values.take(middle, mode="clip") < wanted
        first = np.where(searching & below, middle + 1, first)
        last = np.where(searching & ~below, middle, last)
    return first


def _edges_hold(wiring: Wiring) -> bool:
    """Whether all edges are in order, on existing rows and from level to later level; block by block."""
    # Levels are few: looked up as bytes they stay in cache.
    level = wiring.level.astype(np.min_scalar_type(int(wiring.level.max(initial=0))))
    for start in range(0, wiring.edges, BLOCK):
        # One edge more, so that the blocks' borders are compared as well.
        source, target = (end[start : start + BLOCK + 1] for end in (wiring.source, wiring.target))
        if min(source.min(), target.min()) < 0 or max(source.max(), target.max()) >= wiring.neurons:
            return False
        if (level.take(source, mode="clip") >= level.take(target, mode="clip")).any():
            return False
        later, same = target[1:] > target[:-1], target[1:] == target[:-1]
        if not (later | (same & (source[1:] > source[:-1]))).all():
            return False
    return True


def _check_edges(wiring: Wiring) -> None:
    """Endpoints, direction, order and duplicates; the first offending edge is named by the ids of its ends."""
    if _edges_hold(wiring):
        return
    source, target = wiring.source, wiring.target
    outside = (source < 0) | (source >= wiring.neurons) | (target < 0) | (target >= wiring.neurons)
    if (edge := _first(outside)) >= 0:
        raise GraphError(
            f"edge row {edge}: rows {source[edge]} -> {target[edge]} do not exist: "
            f"rows run from 0 to {wiring.neurons - 1}"
        )
    if (edge := _first(wiring.level[source] >= wiring.level[target])) >= 0:
        first, second = source[edge], target[edge]
        raise GraphError(
            f"edge {wiring.id[first]} -> {wiring.id[second]}: "
            f"level {wiring.level[first]} to level {wiring.level[second]}: "
            "levels must strictly increase along every edge; turn the edge round or move a neuron"
        )
    key = target.astype(np.int64) * max(wiring.neurons, 1) + source
    step = np.diff(key)
    if (edge := _first(step == 0)) >= 0:
        raise GraphError(
            f"edge {wiring.id[source[edge]]} -> {wiring.id[target[edge]]}: given twice: merge the two into one"
        )
    if (edge := _first(step < 0) + 1) > 0:
        raise GraphError(
            f"edge {wiring.id[source[edge]]} -> {wiring.id[target[edge]]}: out of order: "
            "sort edges by (target, source), or build the wiring with builders.wiring"
        )
