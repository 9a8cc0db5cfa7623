"""What triggers share: waiting after growth, means between asks, and looks that cost something."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping
from dataclasses import dataclass

from graphgrow.arrays import Json, Memory
from graphgrow.errors import SettingsError
from graphgrow.graph.history import Series
from graphgrow.growth.parts import Decision, Trigger, View
from graphgrow.growth.remembered import numbers, whole


class Costly(Trigger, ABC):
    """A trigger that looks at the probe.

    Its memory tells of its own looks only, so that it may be left unasked where the others have decided already.
    """


def require(holds: bool, part: object, expected: str) -> None:
    """Refuse a part with a setting out of range.

    Raises
    ------
    SettingsError
        It does not hold; the message shows the part as it would have been.
    """
    if not holds:
        raise SettingsError(f"{part}: expected {expected}")


def epochs_since_growth(view: View) -> int | None:
    """Epochs since this site's last event that was kept, or None before the first."""
    events = (event for event in reversed(view.history.events) if event.site == view.site and event.accepted)
    last = next(events, None)
    return None if last is None else view.epoch - last.epoch


def waiting(view: View, wait: int) -> str | None:
    """Why a signal is not listened to yet, or None: growth shakes the very signals that call for it."""
    since = epochs_since_growth(view)
    return None if since is None or since >= wait else f"waits: {since} of {wait} epochs since growth"


def decided(view: View, wait: int, fire: bool, memory: Memory, reason: str) -> Decision:
    """The decision, held back while the trigger waits."""
    held = waiting(view, wait) if fire else None
    return Decision(fire and held is None, memory, reason if held is None else f"{reason}; {held}")


@dataclass(frozen=True)
class Means:
    """Means of a series from ask to ask, oldest first: of epochs, when the rule is asked once an epoch.

    Attributes
    ----------
    taken : how many records of the series have been used.
    values : the last of the means.
    """

    taken: int = 0
    values: tuple[float, ...] = ()

    @staticmethod
    def read(memory: Memory) -> Means:
        """From a memory that `memory` gave, or an empty one."""
        return Means(whole(memory, "taken"), numbers(memory, "means"))

    def extended(self, view: View, series: Series, keep: int) -> Means:
        """With the mean of what was recorded since, at most `keep` means; unchanged where nothing was."""
        records = view.history.series(series)[1][self.taken :]
        if not records.size:
            return self
        return Means(self.taken + records.size, (*self.values, float(records.mean()))[-keep:])

    @property
    def memory(self) -> dict[str, Json]:
        """As plain data."""
        return {"taken": self.taken, "means": list(self.values)}


def due(view: View, looked: int | None, every: int) -> bool:
    """Whether it is time for another look, `every` epochs after the last."""
    return looked is None or view.epoch - looked >= every


def notes_of(trigger: Trigger, memory: Memory) -> Mapping[str, Json]:
    """What a trigger's memory has to tell about an event: its `notes`, where it has such a method."""
    told = getattr(trigger, "notes", None)
    made: Mapping[str, Json] = told(memory) if callable(told) else {}
    return made
