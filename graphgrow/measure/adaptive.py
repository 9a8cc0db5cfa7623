"""Extrema that look back: streaks over several probes, and a threshold that follows growth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from graphgrow.arrays import Json, Memory
from graphgrow.errors import SettingsError
from graphgrow.graph.wiring import Wiring
from graphgrow.measure.extrema import Extrema


def persistent(found: Extrema, wiring: Wiring, memory: Memory, times: int, step: int) -> tuple[Extrema, Memory]:
    """Only the neurons that were extreme on the same side in `times` consecutive probes, and the memory for the next.

    Parameters
    ----------
    memory : what the last call returned, empty at first: the step, and the length of each streak by neuron id, negative
        for LOW. A step that was counted already is not counted again.

    Raises
    ------
    SettingsError
        `times` is below 1.
    """
    if times < 1:
        raise SettingsError(f"persistent extrema: expected 1 probe or more in a row, got {times}")
    held = memory.get("streaks")
    before: Mapping[str, Json] = held if isinstance(held, Mapping) else {}
    again = int(memory.get("step") != step)
    streaks: dict[str, Json] = {}
    high, low = found.high.copy(), found.low.copy()
    for row in np.flatnonzero(found.high | found.low).tolist():
        sign, name = (1 if found.high[row] else -1), str(int(wiring.id[row]))
        last = before.get(name, 0)
        length = max(1, max(0, last * sign if isinstance(last, int) else 0) + again)
        streaks[name] = sign * length
        high[row] &= length >= times
        low[row] &= length >= times
    made = replace(found, high=high, low=low, severity=np.where(high | low, found.severity, 0).astype(np.float32))
    return made, {"step": step, "streaks": streaks}


@dataclass(frozen=True)
class AdaptiveEpsilon:
    """An eps that widens where growth is slow or gradients vanish, and narrows where growth is fast.

    Factors and limits are the founding document's; it names no rates and no floor, so that those given here are ours.

    Attributes
    ----------
    start : eps before the first event.
    target, most : growth below which eps is widened and above which it is narrowed, edges added as a share of edges.
    floor : mean size of the deltas below which eps is widened, so that vanishing gradients are met earlier.
    """

    start: float = 0.10
    target: float = 0.01
    most: float = 0.10
    floor: float = 1e-4
    least: float = 0.05
    largest: float = 0.25

    def __post_init__(self) -> None:
        if not 0 < self.least <= self.start <= self.largest < 0.5 or not 0 <= self.target <= self.most:
            raise SettingsError(
                f"adaptive eps: expected 0 < least <= start <= largest < 0.5 and 0 <= target <= most, got {self}"
            )

    def next(self, epsilon: float, growth: float, gradient: float) -> float:
        """The eps after an event that added `growth` under mean delta size `gradient`; keep it as plain memory."""
        factor = 1.1 if growth < self.target else 1.0
        factor *= 1.05 if gradient < self.floor else 1.0
        factor *= 0.95 if growth > self.most else 1.0
        return min(max(epsilon * factor, self.least), self.largest)
