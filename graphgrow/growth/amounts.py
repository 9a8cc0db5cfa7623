"""How much of the room one event uses."""

from __future__ import annotations

from dataclasses import dataclass, replace

from graphgrow.growth.parts import UNLIMITED, Amount, Room, View


@dataclass(frozen=True)
class Evenly(Amount):
    """The room in equal parts over the asks that are left, so that the last one takes what remains."""

    def __call__(self, view: View, room: Room) -> Room:
        """At least one edge while there is room for one."""
        if room.edges >= UNLIMITED:
            return room
        return replace(room, edges=-(-room.edges // max(view.asks_left, 1)))


@dataclass(frozen=True)
class Everything(Amount):
    """All the room at once."""

    def __call__(self, view: View, room: Room) -> Room:
        """The room as it came."""
        return room
