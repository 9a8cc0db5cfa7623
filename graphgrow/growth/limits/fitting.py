"""How an edit is cut to fit its room exactly."""

from __future__ import annotations

import numpy as np

from graphgrow.arrays import Array
from graphgrow.graph.edit import Edit
from graphgrow.graph.wiring import Wiring
from graphgrow.growth.parts import Room


def trim(edit: Edit, wiring: Wiring, room: Room) -> Edit:
    """The edit cut to the room: ranked groups from the front, the last one that adds a neuron cut to its best edges.

    Never reorders. Where one edge is left, too few for a neuron, the neuron before gives up one as well.
    A cut neuron loses its weakest in-edges first and keeps at least one in- and one out-edge. A group that also removes
    or changes what is there is never cut: its parts belong together.
    """
    if edit.empty:
        return edit
    net = edit.net_edges(wiring)
    born = net_neurons(edit)
    fits = (np.cumsum(net) <= room.edges) & (np.cumsum(born) <= room.neurons)
    # Only the run of groups before the first that does not fit: a later smaller one was wanted less.
    count = int(np.argmin(fits)) if not fits.all() else edit.groups
    kept = edit.keep(np.arange(edit.groups) < count)
    if count == edit.groups or not _only_adds_a_neuron(edit, count):
        return kept
    left = room.edges - int(net[:count].sum())
    if int(born[: count + 1].sum()) > room.neurons:
        return kept
    longer, surplus = edit.keep(np.arange(edit.groups) <= count), int(net[count]) - left
    cut = _cut_last(longer, count, surplus)
    if cut is None and left == 1 and count and _only_adds_a_neuron(edit, count - 1):
        # A neuron needs two edges, so that one more is taken from the neuron before; else one would be left for ever.
        shorter = _cut_last(longer, count - 1, 1)
        cut = None if shorter is None else _cut_last(shorter, count, surplus - 1)
    return cut or kept


def net_neurons(edit: Edit) -> Array:
    """int64 (groups,): neurons each group adds less those it removes; one that several remove counts for the first."""
    gone, first = np.full(edit.neurons, edit.groups), edit.removed_neuron_group
    np.minimum.at(gone, edit.removed_neurons, first)
    lost = np.bincount(gone[gone < edit.groups], minlength=edit.groups)
    made: Array = np.bincount(edit.new_group, minlength=edit.groups) - lost
    return made


def _only_adds_a_neuron(edit: Edit, group: int) -> bool:
    """Whether the group makes a neuron and touches nothing that is there."""
    touched = (edit.set_edge_group, edit.set_neuron_group, edit.removed_edge_group, edit.removed_neuron_group)
    return bool((edit.new_group == group).any()) and not any((numbers == group).any() for numbers in touched)


def _cut_last(edit: Edit, group: int, surplus: int) -> Edit | None:
    """Drop `surplus` edges of the last group's last neuron, or None when too few would be left."""
    # The last of the group need not be the last of the edit.
    newborn = edit.neurons + int(np.flatnonzero(edit.new_group == group)[-1])
    incoming = (edit.edge_group == group) & (edit.target == newborn)
    outgoing = (edit.edge_group == group) & (edit.source == newborn)
    if not incoming.any() or not outgoing.any():
        return None
    # An edge given several times is one edge with the sum of the weights: it stays or goes as a whole.
    source, first, copies = np.unique(edit.source[incoming], return_index=True, return_inverse=True)
    weight = np.abs(np.bincount(copies, edit.weight[incoming]))
    weakest = source[np.lexsort((first, weight))][:-1]
    # Out-edges may all weigh 0, so their order, strongest first, tells which to drop.
    target, first = np.unique(edit.target[outgoing], return_index=True)
    latest = target[np.argsort(first)][:0:-1]
    if surplus > weakest.size + latest.size:
        return None
    dropped = incoming & np.isin(edit.source, weakest[:surplus])
    dropped |= outgoing & np.isin(edit.target, latest[: max(0, surplus - weakest.size)])
    return edit.without_edges(dropped)


def over(edit: Edit, wiring: Wiring, room: Room) -> Array:
    """int64 (2,): by how many edges and neurons the edit exceeds the room; 0 where it fits."""
    edges = int(edit.net_edges(wiring).sum()) - room.edges
    return np.maximum([edges, int(net_neurons(edit).sum()) - room.neurons], 0)
