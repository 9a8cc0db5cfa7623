"""A cap on structures by phase."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import SettingsError
from graphgrow.graph.edit import Edit
from graphgrow.growth.parts import Limit, Room, View
from graphgrow.growth.phases import Phase, Phases

# What a rule notes with each event: how many groups its edit had.
STRUCTURES = "structures"


class WhenFull(Enum):
    """What happens to extrema when their phase is full.

    WAIT: nothing more grows in this phase. PROMOTE: what is above the cap counts for the next phase, as far as that has
    room; the last phase has none after it.
    """

    WAIT = "wait"
    PROMOTE = "promote"


@dataclass(frozen=True)
class PhaseCaps(Limit):
    """At most so many structures in the coarse, medium and fine phase (founding: 10, 50, 200).

    A structure is what a rule proposes as one atomic group: a clone with its edges, or a single edge. Earlier ones are
    read from the notes of the events, so the rule must be one joined from parts.
    """

    coarse: int = 10
    medium: int = 50
    fine: int = 200
    when_full: WhenFull = WhenFull.WAIT
    phases: Phases = field(default_factory=Phases)

    def __post_init__(self) -> None:
        if min(self.coarse, self.medium, self.fine) < 0:
            raise SettingsError(f"PhaseCaps: expected 0 or more, got {self.coarse}, {self.medium}, {self.fine}")

    def room(self, view: View) -> Room:
        """Nothing when the phase is full, else unlimited: groups are what is counted."""
        return Room() if self.left(view) else Room(0, 0)

    def allows(self, view: View, edit: Edit) -> Array:
        """The first groups, as many as the phase has left."""
        return np.arange(edit.groups) < self.left(view)

    def left(self, view: View) -> int:
        """Structures that may still come in the view's phase."""
        caps = {Phase.COARSE: self.coarse, Phase.MEDIUM: self.medium, Phase.FINE: self.fine}
        events = [event for event in view.history.events if event.site == view.site]
        used = dict.fromkeys(caps, 0)
        for phase, inside in self.phases.events(events, view.total_steps).items():
            for event in inside:
                count = event.notes.get(STRUCTURES)
                used[phase] += count if isinstance(count, int) else 0
        now = self.phases.order.index(self.phases.at(view.step, view.total_steps))
        borrowed = 0
        for phase in self.phases.order[:now]:
            borrowed = max(0, used[phase] + borrowed - caps[phase])
        left = caps[self.phases.order[now]] - used[self.phases.order[now]] - borrowed
        if self.when_full is WhenFull.PROMOTE and now + 1 < len(self.phases.order):
            left += caps[self.phases.order[now + 1]]
        return max(0, left)
