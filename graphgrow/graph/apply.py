"""Applying an edit: a new graph, and the map that says where its rows came from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphgrow.arrays import Array, frozen
from graphgrow.errors import EditError
from graphgrow.graph.blocks import taken
from graphgrow.graph.edit import Edit, removed_edges
from graphgrow.graph.graph import Graph
from graphgrow.graph.wiring import Role, Wiring


@dataclass(frozen=True, eq=False)
class Remap:
    """Where the rows of a new graph came from; always new -> old.

    Attributes
    ----------
    neuron_from : int32 (new neurons,), old row or -1.
    edge_from : int32 (new edges,), old edge row or -1; the same edge, whose state is kept bit for bit.
    copy_state : int32 (new edges,), old edge row or -1; a new edge that inherits optimizer state.
    changed : bool (new edges,), a survivor whose weight the edit set.
    """

    neuron_from: Array
    edge_from: Array
    copy_state: Array
    changed: Array

    def then(self, later: Remap) -> Remap:
        """The map of both changes in a row: later's new rows to our old rows."""
        edge_from = _through(later.edge_from, self.edge_from)
        inherited = _through(later.copy_state, np.where(self.edge_from >= 0, self.edge_from, self.copy_state))
        born_before = _through(later.edge_from, self.copy_state)
        return Remap(
            _through(later.neuron_from, self.neuron_from),
            edge_from,
            np.where(edge_from >= 0, -1, np.where(inherited >= 0, inherited, born_before)).astype(np.int32),
            (edge_from >= 0) & (later.changed | (_through(later.edge_from, self.changed.astype(np.int32)) > 0)),
        )


def _through(later: Array, earlier: Array) -> Array:
    """Compose two new -> old maps, -1 staying -1."""
    if earlier.size == 0:
        return np.full(later.size, -1, np.int32)
    return np.where(later >= 0, earlier[later], -1).astype(np.int32)


def identity_remap(wiring: Wiring) -> Remap:
    """The map of no change."""
    return Remap(
        np.arange(wiring.neurons, dtype=np.int32),
        np.arange(wiring.edges, dtype=np.int32),
        np.full(wiring.edges, -1, np.int32),
        np.zeros(wiring.edges, bool),
    )


def apply(graph: Graph, edit: Edit, event: int) -> tuple[Graph, Remap]:
    """The graph after the edit, with its Remap; `event` is the birth number of what is new.

    Additions of one pair are summed, in the order given; a pair both removed and added survives untouched.

    Raises
    ------
    EditError
        The edit was made for another graph, adds an edge that is there already, or one that ends at a removed neuron.
    GraphError
        The result breaks an invariant, e.g. an edge to an earlier level.
    """
    wiring, added = graph.wiring, edit.new_level.size
    _check_rows(wiring, edit)
    old_level, new_level = _levels(wiring, edit)
    kept_neurons = np.ones(wiring.neurons, bool)
    kept_neurons[edit.removed_neurons] = False
    merge, source, target, weight, copy_state = _merge(wiring, edit, kept_neurons)
    stays = np.concatenate([kept_neurons, np.ones(added, bool)])
    source, target = merge(wiring.source, source), merge(wiring.target, target)
    if edit.removed_neurons.size:
        row = np.cumsum(stays, dtype=np.int32) - np.int32(1)
        source, target = taken(row, source, source), taken(row, target, target)
    made = Wiring(
        id=np.concatenate([wiring.id[kept_neurons], wiring.next_id + np.arange(added)]),
        level=np.concatenate([old_level[kept_neurons], new_level]),
        role=np.concatenate([wiring.role[kept_neurons], np.full(added, Role.HIDDEN)]),
        activation=np.concatenate([wiring.activation[kept_neurons], edit.new_activation]),
        neuron_born=np.concatenate([wiring.neuron_born[kept_neurons], np.full(added, event)]),
        parent=np.concatenate([wiring.parent[kept_neurons], edit.new_parent]),
        source=source,
        target=target,
        edge_born=merge(wiring.edge_born, event),
        next_id=wiring.next_id + added,
    )
    # The wiring has its own; a column of 1e8 edges takes 0.4 GB.
    del source, target
    old_weight, changed = graph.weight, np.zeros(merge.size, bool)
    if edit.set_edges.size:
        old_weight, was_set = graph.weight.copy(), np.zeros(wiring.edges, bool)
        old_weight[edit.set_edges], was_set[edit.set_edges] = edit.set_weight, True
        changed = merge(was_set, False)
    bias = graph.bias.copy()
    bias[edit.set_neurons] = edit.set_bias
    bias = np.concatenate([bias[kept_neurons], edit.new_bias.astype(bias.dtype)])
    grown = Graph(made, merge(old_weight, weight), bias)
    came_from = np.concatenate([np.flatnonzero(kept_neurons), np.full(added, -1)]).astype(np.int32)
    edge_from, inherited = merge.came_from(wiring.edges), np.full(merge.size, -1, np.int32)
    inherited[merge.at] = copy_state
    return grown, Remap(frozen(came_from), frozen(edge_from), frozen(inherited), frozen(changed))


@dataclass(frozen=True, eq=False)
class _Merge:
    """How the columns of the new edges come about: some old entries dropped, some new ones put between the rest.

    Attributes
    ----------
    kept : bool (old edges,), None when all are kept.
    at : int64 (added edges,), ascending new rows of the added edges.
    old : bool (new edges,), whether the row is a survivor; None when nothing is added.
    size : number of new edges.
    """

    kept: Array | None
    at: Array
    old: Array | None
    size: int

    @staticmethod
    def of(edges: int, removed: Array, place: Array) -> _Merge:
        """Out of the ascending old rows that go, and for each added edge the old row it is put before."""
        kept, old = None, None
        if removed.size:
            kept = np.ones(edges, bool)
            kept[removed] = False
        at = place - np.searchsorted(removed, place) + np.arange(place.size)
        size = edges - int(removed.size) + int(place.size)
        if place.size:
            old = np.ones(size, bool)
            old[at] = False
        return _Merge(kept, at, old, size)

    def __call__(self, column: Array, new: Array | int | bool) -> Array:
        """A new column, of the dtype of the old one."""
        # Masks with long runs are copied run by run, several times as fast as by a list of rows.
        return self._between(column.copy() if self.kept is None else column[self.kept], new)

    def came_from(self, edges: int) -> Array:
        """int32 (new edges,): the old row of each survivor, -1 for added edges."""
        every = slice(None) if self.kept is None else self.kept
        return self._between(np.arange(edges, dtype=np.int32)[every], -1)

    def _between(self, survivors: Array, new: Array | int | bool) -> Array:
        """The survivors with the new entries put between them."""
        if self.old is None:
            return survivors
        made = np.empty(self.size, survivors.dtype)
        made[self.old] = survivors
        # A value too large for the dtype becomes infinite here and is named by Graph.
        with np.errstate(over="ignore"):
            made[self.at] = new
        return made


def _check_rows(wiring: Wiring, edit: Edit) -> None:
    """Every row the edit names must exist in this wiring."""
    if edit.neurons != wiring.neurons:
        raise EditError(
            f"edit made for {edit.neurons} neurons applied to {wiring.neurons}: propose it again on this graph"
        )
    total = edit.neurons + edit.new_level.size
    bounds = {
        "source": total,
        "target": total,
        "removed_neurons": wiring.neurons,
        "set_neurons": wiring.neurons,
        "removed_edges": wiring.edges,
        "set_edges": wiring.edges,
        "copy_state": wiring.edges,
    }
    for name, bound in bounds.items():
        rows = getattr(edit, name)
        lowest = -1 if name == "copy_state" else 0
        if rows.size and (rows.min() < lowest or rows.max() >= bound):
            raise EditError(
                f"Edit.{name}: row {rows.min()}..{rows.max()} is outside 0..{bound - 1}: name existing rows"
            )
    fixed = np.flatnonzero(wiring.role[edit.removed_neurons] != Role.HIDDEN)
    if fixed.size:
        row = int(edit.removed_neurons[fixed[0]])
        role = Role(wiring.role[row]).name.lower()
        raise EditError(f"neuron {wiring.id[row]} is an {role}: only hidden neurons can be removed")


def _levels(wiring: Wiring, edit: Edit) -> tuple[Array, Array]:
    """Levels of old and of new neurons after the opened levels are made."""
    if edit.new_level.size and edit.new_level.min() < 1:
        raise EditError(f"new neuron at level {edit.new_level.min()}: inputs cannot grow; use level 1 or later")
    opened = np.unique(edit.new_level[edit.new_opens])
    old = wiring.level + np.searchsorted(opened, wiring.level, side="right")
    shifted = np.searchsorted(opened, edit.new_level, side="right")
    return old, edit.new_level + shifted - edit.new_opens


def _merge(wiring: Wiring, edit: Edit, kept_neurons: Array) -> tuple[_Merge, Array, Array, Array, Array]:
    """The merge, and source, target, weight and copy_state of the added edges, in rows of the edit.

    Added edges are sorted by (target, source), duplicates summed. A pair both removed and added is in neither list.
    """
    size = wiring.neurons + edit.new_level.size
    _check_ends(edit, np.concatenate([kept_neurons, np.ones(edit.new_level.size, bool)]))
    first, weight = _summed(edit.target.astype(np.int64) * size + edit.source, edit.weight)
    source, target = edit.source[first], edit.target[first]
    removed = removed_edges(edit, wiring)[0]
    # New targets come after all edges there are.
    place = np.full(first.size, wiring.edges)
    old = target < wiring.neurons
    place[old] = wiring.edge_places(source[old], target[old])
    there = place < wiring.edges
    there[there] = (wiring.source[place[there]] == source[there]) & (wiring.target[place[there]] == target[there])
    survives = np.zeros(first.size, bool)
    if there.any():
        goes = np.zeros(wiring.edges, bool)
        goes[removed] = True
        survives[there] = goes[place[there]]
        if (clash := there & ~survives).any():
            edge = int(np.argmax(clash))
            ends = f"{wiring.id[source[edge]]} -> {wiring.id[target[edge]]}"
            raise EditError(f"edge {ends} is there already: set its weight with set_edges, or choose absent pairs")
        goes[place[survives]] = False
        removed = np.flatnonzero(goes)
    new = ~survives
    merge = _Merge.of(wiring.edges, removed, place[new])
    return merge, source[new], target[new], weight[new], edit.copy_state[first][new]


def _check_ends(edit: Edit, stays: Array) -> None:
    """No added edge may end at a removed neuron; `stays` bool (old and new neurons,)."""
    dead = ~(stays[edit.source] & stays[edit.target])
    if dead.any():
        edge = int(np.argmax(dead))
        raise EditError(
            f"added edge {edit.source[edge]} -> {edit.target[edge]} (rows) ends at a removed neuron: drop it"
        )


def _summed(key: Array, weight: Array) -> tuple[Array, Array]:
    """Where each key first occurs, by ascending key, and the sum of its weights in the order given."""
    order = np.argsort(key)
    ranked = key[order]
    starts = np.concatenate([[True], ranked[1:] != ranked[:-1]])[: key.size]
    if starts.all():
        # Added to zero as sums are, so that -0.0 becomes 0.0 whether a pair is given once or twice.
        return order, weight[order] + 0.0
    order = np.argsort(key, kind="stable")
    number = np.empty(key.size, np.int64)
    number[order] = np.cumsum(starts) - 1
    total = np.zeros(int(number.max()) + 1)
    np.add.at(total, number, weight)
    return order[starts], total
