"""A proposed change of one wiring, in ranked atomic groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from graphgrow.arrays import Array, owned
from graphgrow.errors import EditError, GraphError
from graphgrow.graph.blocks import taken
from graphgrow.graph.wiring import Wiring

_EMPTY = np.zeros(0, np.int32)


def _none() -> Array:
    """Nothing of this kind."""
    return _EMPTY


# Every array field: its dtype and the field whose length it must have.
_FIELDS: dict[str, tuple[type, str]] = {
    "new_level": (np.int32, "new_level"),
    "new_opens": (np.bool_, "new_level"),
    "new_activation": (np.uint8, "new_level"),
    "new_bias": (np.float64, "new_level"),
    "new_parent": (np.int64, "new_level"),
    "new_group": (np.int32, "new_level"),
    "source": (np.int32, "source"),
    "target": (np.int32, "source"),
    "weight": (np.float64, "source"),
    "copy_state": (np.int32, "source"),
    "edge_group": (np.int32, "source"),
    "removed_neurons": (np.int32, "removed_neurons"),
    "removed_neuron_group": (np.int32, "removed_neurons"),
    "removed_edges": (np.int32, "removed_edges"),
    "removed_edge_group": (np.int32, "removed_edges"),
    "set_edges": (np.int32, "set_edges"),
    "set_weight": (np.float64, "set_edges"),
    "set_edge_group": (np.int32, "set_edges"),
    "set_neurons": (np.int32, "set_neurons"),
    "set_bias": (np.float64, "set_neurons"),
    "set_neuron_group": (np.int32, "set_neurons"),
}
_GROUP_FIELDS = {
    "new_level": "new_group",
    "source": "edge_group",
    "removed_neurons": "removed_neuron_group",
    "removed_edges": "removed_edge_group",
    "set_edges": "set_edge_group",
    "set_neurons": "set_neuron_group",
}
# What an entry gets where the caller left its field out.
_DEFAULTS: dict[str, float] = {"copy_state": -1, "new_parent": -1}


@dataclass(frozen=True, eq=False)
class Edit:
    """Proposed change of ONE wiring with `neurons` rows. Row neurons + k means the k-th new neuron.

    Groups are atomic and ranked: group 0 is wanted most, and a limit drops whole groups. Fields left out are filled
    with zeros (-1 for `copy_state` and `new_parent`), so an edit names only what it changes.

    Attributes
    ----------
    neurons : rows of the wiring the edit was made for.
    groups : number of groups.
    new_level : int32 (new neurons,), level in OLD numbering, at least 1.
    new_opens : bool (new neurons,), the neuron stands in a level opened just before `new_level`.
    new_activation, new_bias, new_parent, new_group : (new neurons,); the parent is an id.
    source, target : int32 (new edges,), rows of the old wiring, or neurons + k.
    weight : float64 (new edges,), start value.
    copy_state : int32 (new edges,), old edge row whose optimizer state is inherited, -1 for fresh.
    removed_neurons, removed_edges : int32, rows; all edges of a removed neuron go with it.
    set_edges, set_weight : survivors that change value (split, merge), by edge row.
    set_neurons, set_bias : survivors that change bias, by row.
    preserves_function : claim that outputs stay the same for every input; tests check it.

    Raises
    ------
    EditError
        Arrays of one kind differ in length, or a group number lies outside 0..groups-1.
    """

    neurons: int
    groups: int
    new_level: Array = field(default_factory=_none)
    new_opens: Array = field(default_factory=_none)
    new_activation: Array = field(default_factory=_none)
    new_bias: Array = field(default_factory=_none)
    new_parent: Array = field(default_factory=_none)
    new_group: Array = field(default_factory=_none)
    source: Array = field(default_factory=_none)
    target: Array = field(default_factory=_none)
    weight: Array = field(default_factory=_none)
    copy_state: Array = field(default_factory=_none)
    edge_group: Array = field(default_factory=_none)
    removed_neurons: Array = field(default_factory=_none)
    removed_neuron_group: Array = field(default_factory=_none)
    removed_edges: Array = field(default_factory=_none)
    removed_edge_group: Array = field(default_factory=_none)
    set_edges: Array = field(default_factory=_none)
    set_weight: Array = field(default_factory=_none)
    set_edge_group: Array = field(default_factory=_none)
    set_neurons: Array = field(default_factory=_none)
    set_bias: Array = field(default_factory=_none)
    set_neuron_group: Array = field(default_factory=_none)
    preserves_function: bool = False

    def __post_init__(self) -> None:
        for name, (dtype, leader) in _FIELDS.items():
            length = int(np.size(getattr(self, leader)))
            value = getattr(self, name)
            if np.size(value) == 0 and length:
                value = np.full(length, _DEFAULTS.get(name, 0))
            try:
                object.__setattr__(self, name, owned(value, dtype, f"Edit.{name}", length))
            except GraphError as error:
                raise EditError(str(error)) from None
        for name in _GROUP_FIELDS.values():
            group = getattr(self, name)
            if group.size and (group.min() < 0 or group.max() >= self.groups):
                raise EditError(
                    f"Edit.{name}: expected groups from 0 to {self.groups - 1}, got {group.min()}..{group.max()}: "
                    "number the groups by rank and pass their count"
                )

    @property
    def empty(self) -> bool:
        """Whether the edit changes nothing."""
        return all(getattr(self, leader).size == 0 for leader in _GROUP_FIELDS)

    def keep(self, groups: Array) -> Edit:
        """The edit with only the groups marked in bool (groups,), renumbered; edges of dropped new neurons go too."""
        wanted = np.asarray(groups, dtype=bool)
        if wanted.shape != (self.groups,):
            raise EditError(f"expected a mask of {self.groups} groups, got shape {wanted.shape}: mark each group")
        masks = {leader: wanted[getattr(self, group)] for leader, group in _GROUP_FIELDS.items()}
        kept = self._select(masks)
        number = np.cumsum(wanted, dtype=np.int32) - 1
        renumbered = {name: number[getattr(kept, name)] for name in _GROUP_FIELDS.values()}
        return replace(kept, groups=int(wanted.sum()), **renumbered)

    def without_edges(self, dropped: Array) -> Edit:
        """The edit without the added edges marked in bool (new edges,): a last clone cut to its best edges."""
        masks = {leader: np.ones(getattr(self, leader).size, bool) for leader in _GROUP_FIELDS}
        cut = np.asarray(dropped, dtype=bool)
        if cut.shape != self.source.shape:
            raise EditError(f"expected a mask of {self.source.size} added edges, got shape {cut.shape}: mark each edge")
        masks["source"] = ~cut
        return self._select(masks)

    def net_edges(self, wiring: Wiring) -> Array:
        """int64 (groups,): edges each group adds, removals counted negative, no edge counted twice.

        An edge that several groups remove counts for the first of them, a pair that several groups add likewise.
        """
        size = self.neurons + self.new_level.size
        ranked = np.argsort(self.edge_group, kind="stable")
        key = self.target.astype(np.int64) * size + self.source
        _, first = np.unique(key[ranked], return_index=True)
        added = np.bincount(self.edge_group[ranked[first]], minlength=self.groups)
        rows, groups = removed_edges(self, wiring)
        return (added - np.bincount(groups[rows >= 0], minlength=self.groups)).astype(np.int64)

    def _select(self, masks: dict[str, Array]) -> Edit:
        """Keep masked entries; edges to dropped new neurons are dropped, kept new neurons renumbered."""
        stays = np.concatenate([np.ones(self.neurons, bool), masks["new_level"]])
        ends_stay = stays[self.source] & stays[self.target] if self.source.size else np.zeros(0, bool)
        masks = {**masks, "source": masks["source"] & ends_stay}
        fields = {name: getattr(self, name)[masks[leader]] for name, (_, leader) in _FIELDS.items()}
        number = np.cumsum(stays, dtype=np.int32) - 1
        fields["source"], fields["target"] = number[fields["source"]], number[fields["target"]]
        return replace(self, **fields)


def removed_edges(edit: Edit, wiring: Wiring) -> tuple[Array, Array]:
    """Old edge rows that the edit removes, each once, ascending, with the first group that removes it.

    Edges of removed neurons are included. Returns int64 (k,), int32 (k,).
    """
    for name, bound in (("removed_neurons", wiring.neurons), ("removed_edges", wiring.edges)):
        rows = getattr(edit, name)
        if rows.size and (rows.min() < 0 or rows.max() >= bound):
            raise EditError(
                f"Edit.{name}: row {rows.min()}..{rows.max()} is outside 0..{bound - 1}: name existing rows"
            )
    first = np.full(wiring.edges, edit.groups, np.int32)
    if edit.removed_neurons.size:
        by_neuron = np.full(wiring.neurons, edit.groups, np.int32)
        np.minimum.at(by_neuron, edit.removed_neurons, edit.removed_neuron_group)
        np.minimum(taken(by_neuron, wiring.source, first), np.repeat(by_neuron, wiring.fan_in), out=first)
    np.minimum.at(first, edit.removed_edges, edit.removed_edge_group)
    rows = np.flatnonzero(first < edit.groups)
    return rows, first[rows]


def join(edits: Sequence[Edit], wiring: Wiring) -> Edit:
    """One edit out of several for the same wiring; the first edit's groups rank first.

    Duplicate additions are summed and a pair both removed and added survives untouched, both by `apply`; edits opening
    a level before the same old level share the new one.

    Raises
    ------
    EditError
        An edit was made for another wiring.
    """
    for edit in edits:
        if edit.neurons != wiring.neurons:
            raise EditError(
                f"edit for {edit.neurons} neurons joined on {wiring.neurons}: propose it again on this graph"
            )
    parts: dict[str, list[Array]] = {name: [] for name in _FIELDS}
    groups, added = 0, 0
    for edit in edits:
        for name in _FIELDS:
            value = getattr(edit, name)
            if name in _GROUP_FIELDS.values():
                value = value + groups
            elif name in ("source", "target"):
                value = np.where(value >= wiring.neurons, value + added, value)
            parts[name].append(value)
        groups, added = groups + edit.groups, added + edit.new_level.size
    joined = {name: np.concatenate(pieces) if pieces else _EMPTY for name, pieces in parts.items()}
    return Edit(wiring.neurons, groups, **joined, preserves_function=all(edit.preserves_function for edit in edits))
