"""What happened during a run: the series of numbers per step and the growth events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import IntEnum

import numpy as np

from graphgrow.arrays import Array, Json, frozen


class Series(IntEnum):
    """A number the loop can record; triggers declare which ones they need."""

    LOSS = 0
    VALIDATION_LOSS = 1
    GRADIENT_NORM = 2
    ACCURACY = 3
    EXTREMA_SHARE = 4
    UPDATE_NORM = 5


@dataclass(frozen=True)
class Event:
    """One growth step.

    Attributes
    ----------
    number : counts from 1; 0 is the start graph.
    step, epoch : when, in optimizer steps and epochs done.
    site : which network of the model grew.
    rule, reason : who proposed it and why.
    neurons, edges : sizes after the event.
    added, removed, regrown : edges.
    accepted : False for a trial that was rolled back; its ids stay used.
    notes : the rule's own numbers.
    """

    number: int
    step: int
    epoch: int
    site: str
    rule: str
    reason: str
    neurons: int
    edges: int
    added: int
    removed: int
    regrown: int = 0
    accepted: bool = True
    notes: Mapping[str, Json] = field(default_factory=dict)

    def to_json(self) -> dict[str, Json]:
        """As plain data."""
        return asdict(self)

    @staticmethod
    def from_json(tree: Mapping[str, Json]) -> Event:
        """The inverse of `to_json`."""
        return Event(**tree)  # type: ignore[arg-type]


def ages(born: Array, events: Sequence[Event], epoch: int) -> Array:
    """int64 (k,): epochs since the events with these numbers, 0 for the start; an event still to come is now."""
    births = np.array([0, *(event.epoch for event in events), epoch], np.int64)
    made: Array = epoch - births[np.minimum(born, births.size - 1)]
    return made


@dataclass(frozen=True, eq=False)
class History:
    """Frozen series of numbers over steps, and the events.

    Attributes
    ----------
    steps, values : for each recorded `Series`, int64 (k,) and float64 (k,).
    events : in order.
    """

    steps: Mapping[Series, Array] = field(default_factory=dict)
    values: Mapping[Series, Array] = field(default_factory=dict)
    events: Sequence[Event] = ()

    def series(self, which: Series) -> tuple[Array, Array]:
        """int64 (k,) steps and float64 (k,) values; both empty when nothing was recorded."""
        empty = np.zeros(0)
        return self.steps.get(which, empty.astype(np.int64)), self.values.get(which, empty)

    def with_event(self, event: Event) -> History:
        """The history with one more event."""
        return replace(self, events=(*self.events, event))


class Recorder:
    """Growable buffers behind a History; `history()` is a view without copies, so a View per step costs O(1)."""

    def __init__(self) -> None:
        self._steps: dict[Series, Array] = {}
        self._values: dict[Series, Array] = {}
        self._length: dict[Series, int] = {}
        self.events: list[Event] = []

    def add(self, which: Series, step: int, value: float) -> None:
        """Append one number."""
        length = self._length.get(which, 0)
        if which not in self._steps:
            self._steps[which], self._values[which] = np.zeros(64, np.int64), np.zeros(64)
        elif length == self._steps[which].size:
            self._steps[which] = np.concatenate([self._steps[which], np.zeros(max(length, 64), np.int64)])
            self._values[which] = np.concatenate([self._values[which], np.zeros(max(length, 64))])
        self._steps[which][length], self._values[which][length] = step, value
        self._length[which] = length + 1

    def history(self) -> History:
        """A frozen view of all that was recorded so far."""
        steps = {which: frozen(self._steps[which][:length].view()) for which, length in self._length.items()}
        values = {which: frozen(self._values[which][:length].view()) for which, length in self._length.items()}
        return History(steps, values, tuple(self.events))

    def arrays(self) -> dict[str, Array]:
        """The series by name, for a checkpoint: `<series>.steps` and `<series>.values`."""
        made: dict[str, Array] = {}
        for which, length in sorted(self._length.items()):
            made[f"{which.name.lower()}.steps"] = self._steps[which][:length].copy()
            made[f"{which.name.lower()}.values"] = self._values[which][:length].copy()
        return made

    @staticmethod
    def restored(arrays: Mapping[str, Array], events: Sequence[Event]) -> Recorder:
        """The inverse of `arrays`, with the events."""
        made = Recorder()
        for which in Series:
            name = which.name.lower()
            if f"{name}.steps" in arrays:
                made._steps[which] = np.array(arrays[f"{name}.steps"], np.int64)
                made._values[which] = np.array(arrays[f"{name}.values"], np.float64)
                made._length[which] = made._steps[which].size
        made.events = list(events)
        return made
