"""How much of the room one event uses."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from graphgrow.errors import SettingsError
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
class Declining(Amount):
    """A fixed share of the room that is left, and all of it at the last ask: much early, little late.

    Edges that come early are trained longer. In the spirit of the founding amounts by phase, 0.05, 0.02 and 0.01.
    """

    share: float = 1 / 3

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise SettingsError(f"Declining(share={self.share}): expected more than 0 and at most 1")

    def __call__(self, view: View, room: Room) -> Room:
        """At least one edge while there is room for one."""
        if room.edges >= UNLIMITED or view.asks_left <= 1:
            return room
        return replace(room, edges=math.ceil(self.share * room.edges))


@dataclass(frozen=True)
class Everything(Amount):
    """All the room at once."""

    def __call__(self, view: View, room: Room) -> Room:
        """The room as it came."""
        return room
