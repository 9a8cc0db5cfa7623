"""Triggers joined to one, each with a memory of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graphgrow.arrays import Json, Memory
from graphgrow.growth.parts import Decision, Trigger, View
from graphgrow.growth.remembered import inners
from graphgrow.growth.triggers.looks import Critical
from graphgrow.growth.triggers.shifts import GradientShift
from graphgrow.growth.triggers.timing import Costly, notes_of, require


@dataclass(frozen=True)
class AtLeast(Trigger):
    """Fires when `count` of its parts do.

    Parts that read series are asked every time; `Costly` ones in their order, and only while they can still decide.
    """

    count: int
    parts: tuple[Trigger, ...]

    def __post_init__(self) -> None:
        require(1 <= self.count <= len(self.parts), self, "a count from 1 to the number of parts")
        _gather(self, self.parts)

    def __call__(self, view: View, memory: Memory) -> Decision:
        """Joins the parts' decisions."""
        return _joined(self.count, self.parts, view, memory)

    def notes(self, memory: Memory) -> Mapping[str, Json]:
        """Those of all parts."""
        return _noted(self.parts, memory)


@dataclass(frozen=True)
class AnyOf(Trigger):
    """Fires when one of its parts does; see `AtLeast`."""

    parts: tuple[Trigger, ...]

    def __post_init__(self) -> None:
        require(bool(self.parts), self, "one part or more")
        _gather(self, self.parts)

    def __call__(self, view: View, memory: Memory) -> Decision:
        """Joins the parts' decisions."""
        return _joined(1, self.parts, view, memory)

    def notes(self, memory: Memory) -> Mapping[str, Json]:
        """Those of all parts."""
        return _noted(self.parts, memory)


@dataclass(frozen=True)
class AllOf(Trigger):
    """Fires when all of its parts do; see `AtLeast`."""

    parts: tuple[Trigger, ...]

    def __post_init__(self) -> None:
        require(bool(self.parts), self, "one part or more")
        _gather(self, self.parts)

    def __call__(self, view: View, memory: Memory) -> Decision:
        """Joins the parts' decisions."""
        return _joined(len(self.parts), self.parts, view, memory)

    def notes(self, memory: Memory) -> Mapping[str, Json]:
        """Those of all parts."""
        return _noted(self.parts, memory)


def _gather(joined: Trigger, parts: Sequence[Trigger]) -> None:
    """The series of all parts are those of the whole; set here, since a frozen part cannot set its own."""
    object.__setattr__(joined, "needs", frozenset[object]().union(*(part.needs for part in parts)))


def _joined(count: int, parts: Sequence[Trigger], view: View, memory: Memory) -> Decision:
    """Fire when `count` parts do; those that cost nothing first."""
    memories = inners(memory, "parts", len(parts))
    order = sorted(range(len(parts)), key=lambda at: isinstance(parts[at], Costly))
    fired: list[str] = []
    quiet: list[str] = []
    for asked, at in enumerate(order):
        open_ = len(fired) < count <= len(fired) + len(parts) - asked
        if isinstance(parts[at], Costly) and not open_:
            continue
        decision = parts[at](view, memories[at])
        memories[at] = decision.memory
        (fired if decision.fire else quiet).append(decision.reason)
    fire = len(fired) >= count
    reason = " and ".join(fired) if fire else f"{len(fired)} of {count} needed: " + "; ".join(fired + quiet)
    return Decision(fire, {"parts": [dict(held) for held in memories]}, reason)


def _noted(parts: Sequence[Trigger], memory: Memory) -> Mapping[str, Json]:
    """The notes of all parts; where two use one name, the first is kept."""
    made: dict[str, Json] = {}
    for part, held in zip(parts, inners(memory, "parts", len(parts)), strict=True):
        made = {**notes_of(part, held), **made}
    return made


# The founding document's natural growth: restless gradients in a network at its limit. The shift is told from 20 means
# between asks. Asked once an epoch it is blind for the first 20 epochs, and just then ReLU and tanh networks are
# critical (see `Critical`): on digits both held at 0 or 1 of 120 asks there, and at 18 in a deep sigmoid network with a
# learning rate of 0.01. Asked four times an epoch it fired in epoch 5 in three of three ReLU and tanh networks.
NATURAL = AllOf((GradientShift(), Critical()))
