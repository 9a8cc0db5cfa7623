"""When a rule is done for good: stops, each with a cause that is stored with the run.

A stop ends growth, not training. That growth stops by itself is shown by one cause alone, `StopCause.EXTREMA`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from graphgrow.arrays import Json, Memory
from graphgrow.graph.history import Series
from graphgrow.growth.parts import Room, View
from graphgrow.growth.remembered import epoch, inner, inners


class StopCause(Enum):
    """Why growth ended."""

    BUDGET = "budget reached"
    PLATEAU = "plateau"
    EXTREMA = "no extrema"
    PARTNER = "no partner in reach"
    DUPLICATES = "duplicates only"
    STARVED = "economy starved"
    TARGET = "target accuracy"
    DECLINE = "validation decline"
    MEMORY = "memory"
    TIME = "time"


@dataclass(frozen=True)
class Verdict:
    """A stop's answer: whether growth ends now and why, what it must remember, and the reason, for people."""

    cause: StopCause | None
    memory: Memory
    reason: str


class Stop(ABC):
    """Until when to grow."""

    needs: frozenset[Series] = frozenset()

    @abstractmethod
    def __call__(self, view: View, room: Room, memory: Memory, trigger: Memory) -> Verdict:
        """Whether growth ends before this ask.

        Parameters
        ----------
        room : what is left of the budget, before any amount.
        memory : its own, as the last verdict gave it; empty at first.
        trigger : the trigger's memory, as the last decision gave it.
        """


def judge(stops: Sequence[Stop], view: View, room: Room, memory: Memory, trigger: Memory) -> Verdict:
    """The verdict of all stops: the first that holds ends growth for good, and is remembered with its step.

    All are asked every time until then, so that each can count its epochs.
    """
    ended = stopped(memory)
    if ended is not None:
        return Verdict(ended, memory, f"growth stopped: {ended.value}")
    parts: list[Json] = []
    found: Verdict | None = None
    for stop, held in zip(stops, inners(memory, "parts", len(stops)), strict=True):
        verdict = stop(view, room, held, trigger)
        parts.append(dict(verdict.memory))
        found = verdict if found is None and verdict.cause is not None else found
    if found is None or found.cause is None:
        return Verdict(None, {"parts": parts}, "goes on")
    ending: dict[str, Json] = {"cause": found.cause.name.lower(), "step": view.step, "epoch": view.epoch}
    return replace(found, memory={"parts": parts, "stopped": ending}, reason=f"growth stopped: {found.reason}")


def stopped(memory: Memory) -> StopCause | None:
    """The cause that a memory of `judge` holds, or None while growth goes on."""
    name = inner(memory, "stopped").get("cause")
    return next((cause for cause in StopCause if cause.name.lower() == name), None)


def lasting(view: View, memory: Memory, holds: bool, epochs: int, cause: StopCause, state: str) -> Verdict:
    """The verdict of a stop that ends growth once something has held at every ask for so many epochs."""
    since = epoch(memory, "since")
    since = view.epoch if since is None else since
    lasted = view.epoch - since if holds else 0
    reason = f"{state} for {lasted} of {epochs} epochs" if holds else f"not: {state}"
    return Verdict(cause if holds and lasted >= epochs else None, {"since": since} if holds else {}, reason)
