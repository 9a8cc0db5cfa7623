"""Spare capacity first: a dead neuron makes way for each new one, and neurons that say the same become one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import ClassVar

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import SettingsError
from graphgrow.graph.edit import Edit
from graphgrow.graph.graph import Graph
from graphgrow.graph.wiring import Role
from graphgrow.growth.clones import VerticalClone
from graphgrow.growth.parts import UNLIMITED, Room, Routes, Structure, View
from graphgrow.growth.products import product
from graphgrow.growth.structures.draft import Draft, out_edges
from graphgrow.growth.targets import Extremes


@dataclass(frozen=True)
class ReplaceDead(Structure):
    """Another structure, whose first new neurons each take the place of a dead or constant one.

    The dead neuron goes with its edges, which makes room for as many more. So a network with spare capacity does not
    grow. What is dead on the probe's samples may not be dead on others: the function is not claimed to stay.

    Source: the founding document's "replace, don't just add".
    """

    only_adds: ClassVar[bool] = False
    adds_neurons: ClassVar[bool] = True
    structure: Structure = field(default_factory=VerticalClone)

    def __call__(self, view: View, scores: Array, routes: Routes | None, room: Room) -> Edit:
        """The other's groups, the first ones with a removal each; dead neurons by row."""
        graph = view.read()
        dead = np.flatnonzero(view.memo(Extremes().extrema).dead)
        freed = int((graph.wiring.fan_in + graph.wiring.fan_out)[dead].sum())
        wider = replace(
            room,
            edges=room.edges if room.edges >= UNLIMITED else room.edges + freed,
            neurons=room.neurons if room.neurons >= UNLIMITED else room.neurons + dead.size,
        )
        if wider.edges <= 0:
            return Edit(graph.neurons, 0)
        edit = _without_ends(self.structure(view, scores, routes, wider), dead)
        groups = np.unique(edit.new_group)[: dead.size]
        return replace(
            edit,
            removed_neurons=np.concatenate([edit.removed_neurons, dead[: groups.size]]),
            removed_neuron_group=np.concatenate([edit.removed_neuron_group, groups]),
            preserves_function=edit.preserves_function and not groups.size,
        )


def _without_ends(edit: Edit, rows: Array) -> Edit:
    """The edit without new edges that end at these rows, and without groups whose neurons lose all on one side."""
    edit = edit.without_edges(np.isin(edit.source, rows) | np.isin(edit.target, rows))
    size = edit.neurons + edit.new_level.size
    into = np.bincount(edit.target, minlength=size)[edit.neurons :]
    out_of = np.bincount(edit.source, minlength=size)[edit.neurons :]
    stays = np.ones(edit.groups, bool)
    stays[edit.new_group[(into == 0) | (out_of == 0)]] = False
    return edit.keep(stays)


@dataclass(frozen=True)
class MergeTwins(Structure):
    """Hidden neurons of one level that say the same become one: it keeps its in-edges, the out-edges are summed.

    The one that goes is replaced by the multiple of the other that comes nearest to it over the probe's samples, so
    exact multiples merge exactly. Targets of the move are not asked.

    Attributes
    ----------
    cosine : of activations over samples, above which two neurons of the same activation are twins.
    """

    only_adds: ClassVar[bool] = False
    cosine: float = 0.98

    def __post_init__(self) -> None:
        if not 0 < self.cosine < 1:
            raise SettingsError(f"MergeTwins(cosine={self.cosine}): expected a number between 0 and 1")

    def __call__(self, view: View, scores: Array, routes: Routes | None, room: Room) -> Edit:
        """One group per pair, the most alike first; a neuron takes part in one merger at most."""
        graph, draft = view.read(), Draft(view.read())
        gone, fed, busy = set[int](), set[int](), set[int]()
        for keeper, goes, factor in self._pairs(view):
            handed = np.concatenate([out_edges(graph, keeper), out_edges(graph, goes)])
            heard = set(graph.wiring.target[handed].tolist())
            # What one merger feeds another may not remove: their order would matter.
            if {keeper, goes} & busy or goes in fed or heard & gone:
                continue
            draft.begin()
            _merge(draft, graph, keeper, goes, factor)
            busy |= {keeper, goes}
            gone.add(goes)
            fed |= heard
        return draft.edit(preserves_function=draft.groups == 0)

    def _pairs(self, view: View) -> list[tuple[int, int, float]]:
        """Row that stays, row that goes and its multiple, by (-cosine, row, row)."""
        wiring, seen = view.read().wiring, view.probe().activation
        length = np.linalg.norm(seen.astype(np.float64), axis=1)
        able = np.flatnonzero((wiring.role == Role.HIDDEN) & (length > 0))
        able = able[np.lexsort((able, wiring.activation[able], wiring.rank[able]))]
        kind = wiring.rank[able].astype(np.int64) * 256 + wiring.activation[able]
        borders = [0, *(np.flatnonzero(np.diff(kind)) + 1).tolist(), able.size]
        found = []
        for first, last in pairwise(borders):
            rows = able[first:last]
            scaled = seen[rows].astype(np.float64) / length[rows, None]
            alike = product(scaled, scaled.T)
            for one, other in np.argwhere(np.triu(alike > self.cosine, 1)).tolist():
                close, keeper, goes = float(alike[one, other]), int(rows[one]), int(rows[other])
                found.append((-close, keeper, goes, close * float(length[goes] / length[keeper])))
        return [(keeper, goes, factor) for _, keeper, goes, factor in sorted(found)]


def _merge(draft: Draft, graph: Graph, keeper: int, goes: int, factor: float) -> None:
    """Hand the out-edges of one neuron over to another, times a factor, and remove it."""
    wiring, handed = graph.wiring, out_edges(graph, goes)
    targets, weight = wiring.target[handed], factor * graph.weight[handed].astype(np.float64)
    place = wiring.edge_rows(np.full(targets.size, keeper), targets)
    there = place >= 0
    draft.set_weights(place[there], graph.weight[place[there]].astype(np.float64) + weight[there])
    draft.edges(keeper, targets[~there], weight[~there], handed[~there])
    draft.remove_neuron(goes)
