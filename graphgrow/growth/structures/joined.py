"""Structures joined to one: several in one event, or one whose leftover room is filled with edges."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import SettingsError
from graphgrow.graph.edit import Edit, join
from graphgrow.graph.wiring import Wiring
from graphgrow.growth.limits import trim
from graphgrow.growth.parts import Room, Route, Routes, Structure, View
from graphgrow.growth.routes import Steepest
from graphgrow.growth.structures.edges import Begin, Edges
from graphgrow.growth.structures.splits import HorizontalClone


@dataclass(frozen=True)
class Together(Structure):
    """Several structures in one event, each given an equal part of what those before it left of the room.

    All see the same network, so put last the one that can use whatever is left. None of them may remove anything,
    since another might build on it.

    Raises
    ------
    SettingsError
        No part, or one that removes: make it a move of its own.
    """

    parts: tuple[Structure, ...] = (HorizontalClone(),)

    def __post_init__(self) -> None:
        if not self.parts or not all(part.only_adds for part in self.parts):
            raise SettingsError(
                "Together: expected one or more structures that only add: make others a move of their own"
            )
        object.__setattr__(self, "adds_neurons", any(part.adds_neurons for part in self.parts))
        object.__setattr__(self, "whole", any(part.whole for part in self.parts))

    def __call__(self, view: View, scores: Array, routes: Routes | None, room: Room) -> Edit:
        """The groups of the first part, then those of the next."""
        graph, made = view.read(), list[Edit]()
        left = room
        for number, part in enumerate(self.parts):
            waiting = len(self.parts) - number
            share = replace(left, edges=-(-left.edges // waiting), neurons=-(-left.neurons // waiting))
            edit = part(view, scores, routes, share) if share.edges > 0 else Edit(graph.neurons, 0)
            made.append(edit if edit.groups else replace(edit, preserves_function=True))
            used = int(edit.net_edges(graph.wiring).sum())
            left = replace(left, edges=left.edges - used, neurons=max(0, left.neurons - edit.new_level.size))
        return join(made, graph.wiring)


@dataclass(frozen=True)
class Filled(Structure):
    """Another structure, and single edges between neurons that stay, by a route of their own, for what it leaves.

    So a structure that comes in whole pieces, or that makes room, meets the budget exactly.

    Attributes
    ----------
    route : which edges; scored on the network as it is, among the targets of the move.
    """

    structure: Structure = field(default_factory=HorizontalClone)
    route: Route = field(default_factory=Steepest)
    begin: Begin = Begin.ZERO

    def __post_init__(self) -> None:
        object.__setattr__(self, "only_adds", self.structure.only_adds)
        object.__setattr__(self, "adds_neurons", self.structure.adds_neurons)
        object.__setattr__(self, "whole", self.structure.whole)

    def __call__(self, view: View, scores: Array, routes: Routes | None, room: Room) -> Edit:
        """The structure's groups, then one group per edge."""
        wiring = view.read().wiring
        # Cut to the room here already, so that what is cut can be filled as well.
        made = trim(self.structure(view, scores, routes, room), wiring, room)
        missing = room.edges - int(made.net_edges(wiring).sum())
        if missing <= 0:
            return made
        found = self._routes(view, scores, room, made, missing)
        edges = Edges(self.begin)(view, scores, found, replace(room, edges=missing))
        return join([made if made.groups else Edit(wiring.neurons, 0, preserves_function=True), edges], wiring)

    def _routes(self, view: View, scores: Array, room: Room, made: Edit, missing: int) -> Routes:
        """The first `missing` routes that neither end at what goes nor are in the edit, if there are so many."""
        wiring, asked = view.read().wiring, missing
        while True:
            found = self.route(view, scores, replace(room, edges=asked))
            kept = _free(wiring, made, found)
            if int(kept.sum()) >= missing or found.source.size < asked:
                rows = np.flatnonzero(kept)[:missing]
                return Routes(found.source[rows], found.target[rows], found.score[rows])
            asked *= 2


def _free(wiring: Wiring, made: Edit, found: Routes) -> Array:
    """bool (routes,): routes between neurons that stay, at pairs that the edit does not join."""
    goes = np.isin(found.source, made.removed_neurons) | np.isin(found.target, made.removed_neurons)
    size = wiring.neurons + made.new_level.size
    key = found.target.astype(np.int64) * size + found.source
    return ~goes & ~np.isin(key, made.target.astype(np.int64) * size + made.source)
