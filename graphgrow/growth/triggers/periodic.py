"""Triggers that look at nothing but the number of asks, done or left."""

from __future__ import annotations

from dataclasses import dataclass

from graphgrow.arrays import Memory
from graphgrow.errors import SettingsError
from graphgrow.growth.parts import Decision, Trigger, View


@dataclass(frozen=True)
class Never(Trigger):
    """A network that stays as it is."""

    def __call__(self, view: View, memory: Memory) -> Decision:
        """Never fires."""
        return Decision(False, memory, "static")


@dataclass(frozen=True)
class Every(Trigger):
    """Fires at every k-th ask: the baseline that convergence triggers have to beat."""

    asks: int = 1

    def __post_init__(self) -> None:
        if self.asks < 1:
            raise SettingsError(f"Every(asks={self.asks}): expected 1 or more")

    def __call__(self, view: View, memory: Memory) -> Decision:
        """Counts asks in its memory."""
        held = memory.get("asked", 0)
        asked = (held if isinstance(held, int) else 0) + 1
        return Decision(asked % self.asks == 0, {"asked": asked}, f"ask {asked}, every {self.asks}")


@dataclass(frozen=True)
class LastAsk(Trigger):
    """Fires at the last ask of the growth window: beside a signal that stayed silent, it lets a budget be met."""

    def __call__(self, view: View, memory: Memory) -> Decision:
        """Counts nothing."""
        last = view.asks_left <= 1
        return Decision(last, {}, "last ask" if last else f"{view.asks_left} asks left")
