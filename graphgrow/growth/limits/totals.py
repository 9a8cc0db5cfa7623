"""Caps on the whole network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import SettingsError
from graphgrow.graph.edit import Edit
from graphgrow.graph.wiring import Wiring
from graphgrow.growth.parts import UNLIMITED, Limit, Room, View


def all_groups(edit: Edit) -> Array:
    """bool (groups,): every group stays."""
    return np.ones(edit.groups, bool)


@dataclass(frozen=True)
class Budget(Limit):
    """Edges at the end, head included, and neurons; None for no limit."""

    edges: int | None = None
    neurons: int | None = None

    def __post_init__(self) -> None:
        for name in ("edges", "neurons"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise SettingsError(f"budget of {name}: expected 1 or more, got {value}")

    def room(self, view: View) -> Room:
        """What is left of both, and the surplus of edges."""
        graph = view.read()
        edges = UNLIMITED if self.edges is None else max(0, self.edges - graph.edges)
        neurons = UNLIMITED if self.neurons is None else max(0, self.neurons - graph.neurons)
        return Room(edges, neurons, 0 if self.edges is None else max(0, graph.edges - self.edges))

    def allows(self, view: View, edit: Edit) -> Array:
        """Every group: the room says it all."""
        return all_groups(edit)


@dataclass(frozen=True)
class Density(Limit):
    """Edges as a share of the dense layered network of the same levels; skips count as edges, not as places."""

    most: float = 0.1

    def __post_init__(self) -> None:
        if not 0 < self.most < float("inf"):
            raise SettingsError(f"Density(most={self.most}): expected a share above 0, e.g. 0.1")

    def room(self, view: View) -> Room:
        """Edges left below the density."""
        wiring = view.read().wiring
        return Room(max(0, int(self.most * dense_edges(wiring)) - wiring.edges))

    def allows(self, view: View, edit: Edit) -> Array:
        """Every group: the room says it all."""
        return all_groups(edit)


def dense_edges(wiring: Wiring) -> int:
    """Edges when consecutive occupied levels are joined completely."""
    sizes = np.bincount(wiring.rank, minlength=wiring.levels.size)
    return int((sizes[:-1] * sizes[1:]).sum())


@dataclass(frozen=True)
class GrowthFactor(Limit):
    """At most so many times the edges and the neurons of the start (the founding document: twice).

    Neurons of the start that are gone no longer count.
    """

    factor: float = 2.0

    def __post_init__(self) -> None:
        if not 1 <= self.factor < float("inf"):
            raise SettingsError(f"GrowthFactor(factor={self.factor}): expected 1 or more, e.g. 2")

    def room(self, view: View) -> Room:
        """What is left of both."""
        graph = view.read()
        events = [event for event in view.history.events if event.site == view.site and event.accepted]
        edges = events[0].edges - events[0].added + events[0].removed if events else graph.edges
        neurons = int((graph.wiring.neuron_born == 0).sum())
        return Room(max(0, int(self.factor * edges) - graph.edges), max(0, int(self.factor * neurons) - graph.neurons))

    def allows(self, view: View, edit: Edit) -> Array:
        """Every group: the room says it all."""
        return all_groups(edit)
