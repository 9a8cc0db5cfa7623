"""A trigger with a witness: a detector that decides nothing, and whose finds are kept to be compared with growth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graphgrow.arrays import Json, Memory
from graphgrow.growth.parts import Decision, Trigger, View
from graphgrow.growth.remembered import inner, numbers
from graphgrow.growth.triggers.timing import notes_of


@dataclass(frozen=True)
class Watched(Trigger):
    """Fires when `trigger` does; the epochs at which `detector` would have fired are kept in its memory.

    The detector is asked every time, and its own wait should be 0, so that it sees what growth itself brings about.
    Where it looks at the probe, it costs a probe per ask.
    """

    trigger: Trigger
    detector: Trigger

    def __post_init__(self) -> None:
        object.__setattr__(self, "needs", self.trigger.needs | self.detector.needs)

    def __call__(self, view: View, memory: Memory) -> Decision:
        """The trigger's decision, and one more epoch where the detector fires; an epoch counts once."""
        decision = self.trigger(view, inner(memory, "trigger"))
        seen = self.detector(view, inner(memory, "detector"))
        epochs = list(found(memory))
        if seen.fire and view.epoch not in epochs:
            epochs.append(view.epoch)
        held: dict[str, Json] = {
            "trigger": dict(decision.memory),
            "detector": dict(seen.memory),
            "found": [int(epoch) for epoch in epochs],
        }
        return Decision(decision.fire, held, decision.reason)

    def notes(self, memory: Memory) -> Mapping[str, Json]:
        """Those of the trigger."""
        return notes_of(self.trigger, inner(memory, "trigger"))


def found(memory: Memory) -> tuple[int, ...]:
    """The epochs at which a watched trigger's detector fired, out of the trigger's memory."""
    return tuple(int(epoch) for epoch in numbers(memory, "found"))
