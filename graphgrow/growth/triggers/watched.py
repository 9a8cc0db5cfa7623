"""A trigger with witnesses: detectors that decide nothing, and whose finds are kept to be compared with growth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graphgrow.arrays import Json, Memory
from graphgrow.growth.parts import Decision, Trigger, View
from graphgrow.growth.remembered import inner, inners, numbers
from graphgrow.growth.triggers.timing import notes_of, require


@dataclass(frozen=True)
class Watched(Trigger):
    """Fires when `trigger` does; the epochs at which each of the `witnesses` would have fired are kept in its memory.

    Witnesses are asked every time, and their own wait should be 0, so that they see what growth itself brings about.
    Those that look at the probe cost a probe per ask.
    """

    trigger: Trigger
    witnesses: tuple[Trigger, ...]

    def __post_init__(self) -> None:
        require(bool(self.witnesses), self, "one witness or more")
        needs = self.trigger.needs.union(*(witness.needs for witness in self.witnesses))
        object.__setattr__(self, "needs", needs)

    def __call__(self, view: View, memory: Memory) -> Decision:
        """The trigger's decision, and one more epoch for each witness that fires; an epoch counts once."""
        decision = self.trigger(view, inner(memory, "trigger"))
        held: list[Json] = []
        for witness, before in zip(self.witnesses, inners(memory, "witnesses", len(self.witnesses)), strict=True):
            seen = witness(view, inner(before, "memory"))
            epochs = {int(epoch) for epoch in numbers(before, "found")} | ({view.epoch} if seen.fire else set())
            held.append({"memory": dict(seen.memory), "found": list[Json](sorted(epochs))})
        return Decision(decision.fire, {"trigger": dict(decision.memory), "witnesses": held}, decision.reason)

    def notes(self, memory: Memory) -> Mapping[str, Json]:
        """Those of the trigger."""
        return notes_of(self.trigger, inner(memory, "trigger"))


def found(memory: Memory, which: int = 0) -> tuple[int, ...]:
    """The epochs at which a witness fired, out of the memory of a watched trigger."""
    return tuple(int(epoch) for epoch in numbers(inners(memory, "witnesses", which + 1)[which], "found"))
