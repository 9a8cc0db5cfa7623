"""Coarse, medium and fine: which part of training an event belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import SettingsError
from graphgrow.graph.history import Event


class Phase(Enum):
    """How fine the structure of an event is taken to be."""

    COARSE = "coarse"
    MEDIUM = "medium"
    FINE = "fine"


@dataclass(frozen=True)
class Phases:
    """Phases by share of training: the first up to `early`, the second up to `late`, the third from then on.

    The founding document trains for 100 epochs and parts them at 20 and 50. That what comes early is coarse is its
    hypothesis, and elsewhere it says the opposite; `order` turns the names round.

    Raises
    ------
    SettingsError
        Shares that do not rise from above 0 to at most 1, or an order that does not name each phase once.

    Examples
    --------
    >>> [Phases().at(step, 100).value for step in (20, 21, 50, 51)]
    ['coarse', 'medium', 'medium', 'fine']
    """

    early: float = 0.2
    late: float = 0.5
    order: tuple[Phase, Phase, Phase] = (Phase.COARSE, Phase.MEDIUM, Phase.FINE)

    def __post_init__(self) -> None:
        if not 0 < self.early < self.late <= 1:
            raise SettingsError(f"phases: expected 0 < early < late <= 1, got {self.early} and {self.late}")
        if set(self.order) != set(Phase):
            raise SettingsError(
                f"phases: expected each phase once in the order, got {[item.value for item in self.order]}"
            )

    def at(self, step: int, total_steps: int) -> Phase:
        """The phase after so many of all steps."""
        if step <= self.early * total_steps:
            return self.order[0]
        return self.order[1] if step <= self.late * total_steps else self.order[2]

    def events(self, events: Iterable[Event], total_steps: int) -> dict[Phase, list[Event]]:
        """The events that were kept, by phase; every phase is there."""
        made: dict[Phase, list[Event]] = {phase: [] for phase in self.order}
        for event in events:
            if event.accepted:
                made[self.at(event.step, total_steps)].append(event)
        return made

    def births(self, born: Array, events: Iterable[Event], total_steps: int) -> dict[str, int]:
        """How many were born at the start and in each phase: "start", "coarse", "medium", "fine".

        Parameters
        ----------
        born : int (k,), numbers of the events that made them, 0 for the start, as wirings hold.
        """
        count = np.bincount(born, minlength=1)
        made = {"start": int(count[0]), **{phase.value: 0 for phase in self.order}}
        for event in events:
            if event.number < count.size:
                made[self.at(event.step, total_steps).value] += int(count[event.number])
        return made
