"""Applying an edit: a new graph, and the map that says where its rows came from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphgrow.arrays import Array, frozen
from graphgrow.errors import EditError
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
    wiring = graph.wiring
    _check_rows(wiring, edit)
    old_level, new_level = _levels(wiring, edit)
    kept_neurons = np.ones(wiring.neurons, bool)
    kept_neurons[edit.removed_neurons] = False
    kept_edges = np.ones(wiring.edges, bool)
    kept_edges[removed_edges(edit, wiring)[0]] = False
    source, target, weight, copy_state = _additions(wiring, edit, kept_neurons, kept_edges)
    neuron_from = np.concatenate([np.flatnonzero(kept_neurons), np.full(edit.new_level.size, -1)]).astype(np.int32)
    stays = np.concatenate([kept_neurons, np.ones(edit.new_level.size, bool)])
    row = np.cumsum(stays) - 1
    survivors = np.flatnonzero(kept_edges)
    new_key = row[target] * row.size + row[source]
    # Survivors and additions are sorted each; one binary search places the additions among the survivors.
    old_key = row[wiring.target[survivors]] * row.size + row[wiring.source[survivors]]
    place = np.searchsorted(old_key, new_key)

    def merged(old: Array, new: Array, dtype: type) -> Array:
        # A value too large for the dtype becomes infinite here and is named by Graph.
        with np.errstate(over="ignore"):
            return np.insert(old[survivors], place, new).astype(dtype)

    fresh = np.full(source.size, -1)
    made = Wiring(
        id=np.concatenate([wiring.id[kept_neurons], wiring.next_id + np.arange(edit.new_level.size)]),
        level=np.concatenate([old_level[kept_neurons], new_level]),
        role=np.concatenate([wiring.role[kept_neurons], np.full(edit.new_level.size, Role.HIDDEN)]),
        activation=np.concatenate([wiring.activation[kept_neurons], edit.new_activation]),
        neuron_born=np.concatenate([wiring.neuron_born[kept_neurons], np.full(edit.new_level.size, event)]),
        parent=np.concatenate([wiring.parent[kept_neurons], edit.new_parent]),
        source=merged(row[wiring.source], row[source], np.int32),
        target=merged(row[wiring.target], row[target], np.int32),
        edge_born=merged(wiring.edge_born, np.full(source.size, event), np.int32),
        next_id=wiring.next_id + edit.new_level.size,
    )
    old_weight, changed = graph.weight.copy(), np.zeros(wiring.edges, bool)
    old_weight[edit.set_edges], changed[edit.set_edges] = edit.set_weight, True
    bias = graph.bias.copy()
    bias[edit.set_neurons] = edit.set_bias
    bias = np.concatenate([bias[kept_neurons], edit.new_bias.astype(bias.dtype)])
    remap = Remap(
        frozen(neuron_from),
        frozen(merged(np.arange(wiring.edges), fresh, np.int32)),
        frozen(merged(np.full(wiring.edges, -1), copy_state, np.int32)),
        frozen(merged(changed, np.zeros(source.size, bool), bool)),
    )
    return Graph(made, merged(old_weight, weight, graph.weight.dtype.type), bias), remap


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


def _additions(wiring: Wiring, edit: Edit, kept_neurons: Array, kept_edges: Array) -> tuple[Array, Array, Array, Array]:
    """Added edges sorted by (target, source), duplicates summed, removed-and-added pairs left out.

    Marks such pairs in `kept_edges`, so that they survive untouched.
    """
    ends_stay = np.concatenate([kept_neurons, np.ones(edit.new_level.size, bool)])
    dead = ~(ends_stay[edit.source] & ends_stay[edit.target]) if edit.source.size else np.zeros(0, bool)
    if dead.any():
        edge = int(np.argmax(dead))
        raise EditError(
            f"added edge {edit.source[edge]} -> {edit.target[edge]} (rows) ends at a removed neuron: drop it"
        )
    key = edit.target.astype(np.int64) * ends_stay.size + edit.source
    unique, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    weight = np.zeros(unique.size)
    np.add.at(weight, inverse, edit.weight)
    source, target = edit.source[first], edit.target[first]
    rows = np.full(unique.size, -1)
    inside = (source < wiring.neurons) & (target < wiring.neurons)
    rows[inside] = wiring.edge_rows(source[inside], target[inside])
    present = rows >= 0
    clash = present & kept_edges[rows] if kept_edges.size else present
    if clash.any():
        edge = int(np.argmax(clash))
        ends = f"{wiring.id[source[edge]]} -> {wiring.id[target[edge]]}"
        raise EditError(f"edge {ends} is there already: set its weight with set_edges, or choose absent pairs")
    kept_edges[rows[present]] = True
    new = ~present
    return source[new], target[new], weight[new], edit.copy_state[first][new]
