"""Growth without budget or caps: every HIGH extremum is answered at every epoch, until there is none or memory is full.

Extrema are absolute, since the relative ones are a constant share of a level and could not vanish. Low extrema are not
answered, so that they do not keep growth going: growth stops by itself when no HIGH one was there for so many epochs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from graphgrow.arrays import Array
from graphgrow.graph.edit import Edit
from graphgrow.growth.amounts import Everything
from graphgrow.growth.clones import VerticalClone
from graphgrow.growth.parts import Move, Room, Routes, Structure, View
from graphgrow.growth.rule import Rule
from graphgrow.growth.stops import MemoryFull, NoExtrema
from graphgrow.growth.stops.limits import BYTES_PER_EDGE
from graphgrow.growth.structures import HorizontalClone
from graphgrow.growth.targets import Extremes
from graphgrow.growth.triggers import Every
from graphgrow.measure.extrema import ABSOLUTE, Side


@dataclass(frozen=True)
class InTurn(Structure):
    """One structure at the first event, the other at the next, and so on."""

    adds_neurons = True
    first: Structure = field(default_factory=VerticalClone)
    second: Structure = field(default_factory=HorizontalClone)

    def __call__(self, view: View, scores: Array, routes: Routes | None, room: Room) -> Edit:
        """By the number of events that were kept."""
        done = sum(event.accepted and event.site == view.site for event in view.history.events)
        return (self.second if done % 2 else self.first)(view, scores, routes, room)


MECHANISMS: Mapping[str, Structure] = {
    "vertical": VerticalClone(),
    "horizontal": HorizontalClone(),
    "both": InTurn(),
}


@dataclass(frozen=True)
class Guard:
    """Edges at which growth is ended from outside, and epochs without extrema after which it has ended by itself."""

    edges: int
    patience: int


GUARDS: Mapping[str, Guard] = {"tiny": Guard(600, 5), "usual": Guard(5_000, 25), "founding": Guard(100_000, 50)}


def rule(structure: Structure, guard: Guard) -> Rule:
    """Every HIGH extremum at every epoch."""
    return Rule(
        Every(1),
        (Move(Extremes(ABSOLUTE), None, structure),),
        Everything(),
        stops=(NoExtrema(guard.patience, Side.HIGH), MemoryFull(BYTES_PER_EDGE * guard.edges)),
    )


RULES: Mapping[str, Rule] = {
    f"{mechanism}_{name}": rule(structure, guard)
    for mechanism, structure in MECHANISMS.items()
    for name, guard in GUARDS.items()
}
