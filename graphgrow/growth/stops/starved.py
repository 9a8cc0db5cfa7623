"""The stop of an economy whose signals have fallen silent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from graphgrow.arrays import Json, Memory
from graphgrow.growth.parts import Room, View
from graphgrow.growth.remembered import epoch
from graphgrow.growth.stops.verdicts import Stop, StopCause, Verdict
from graphgrow.growth.triggers.timing import require


@dataclass(frozen=True)
class Starved(Stop):
    """Ends growth when no signal has earned the trigger's economy a credit for `epochs` epochs.

    Growth cannot be paid for then, now or later. Says nothing where the trigger holds no economy.
    """

    epochs: int = 50

    def __post_init__(self) -> None:
        require(self.epochs >= 1, self, "1 epoch or more")

    def __call__(self, view: View, room: Room, memory: Memory, trigger: Memory) -> Verdict:
        """Judges the books of the first economy in the trigger's memory, which may be one of several joined parts."""
        books = next(_economies(dict(trigger)), None)
        earned = None if books is None else epoch(books, "earned_at")
        if earned is None:
            return Verdict(None, {}, "no economy")
        idle = view.epoch - earned
        reason = f"no credit earned for {idle} of {self.epochs} epochs"
        return Verdict(StopCause.STARVED if idle >= self.epochs else None, {}, reason)


def _economies(value: Json) -> Iterator[Memory]:
    """Every memory called `economy`, outer ones first."""
    if isinstance(value, dict):
        held = value.get("economy")
        if isinstance(held, dict):
            yield held
        for item in value.values():
            yield from _economies(item)
    elif isinstance(value, list):
        for item in value:
            yield from _economies(item)
