"""Triggers that read recorded series: levelling off, sudden changes, and the gap between training and held-out loss.

Windows count the means between asks: epochs, when the rule is asked once an epoch. Single steps are no unit here, since
the noise between batches would fire at almost every ask.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphgrow.arrays import Memory
from graphgrow.graph.history import Series
from graphgrow.growth.parts import Decision, Trigger, View
from graphgrow.growth.triggers.timing import Means, decided, require


@dataclass(frozen=True)
class Plateau(Trigger):
    """Fires when a series has levelled off: sd / |mean| of the last `window` means is less than `below`.

    A loss that falls by a steady share never varies so little: on digits it did in none of four networks in 100 epochs.

    Attributes
    ----------
    series : the training loss, or any other that is recorded.
    wait : epochs after growth in which it does not fire.
    """

    window: int = 20
    below: float = 0.01
    series: Series = Series.LOSS
    wait: int = 10

    def __post_init__(self) -> None:
        require(self.window >= 2 and self.below > 0 and self.wait >= 0, self, "window >= 2, below > 0 and wait >= 0")
        object.__setattr__(self, "needs", frozenset({self.series}))

    def __call__(self, view: View, memory: Memory) -> Decision:
        """Judges once the window is full."""
        seen = Means.read(memory).extended(view, self.series, self.window)
        if len(seen.values) < self.window:
            return Decision(False, seen.memory, f"{len(seen.values)} of {self.window} means recorded")
        values = np.array(seen.values)
        share = _ratio(float(values.std()), abs(float(values.mean())))
        reason = f"{self.series.name.lower()} varies by {share:.2%} over {self.window} means"
        return decided(view, self.wait, share < self.below, seen.memory, reason)


@dataclass(frozen=True)
class GradientShift(Trigger):
    """Fires when gradient norms become more or less restless than they were.

    |var(last `window` means) - var(the `window` before)| / var(those before) exceeds `change`. The founding document's
    sign of a phase transition.
    """

    window: int = 10
    change: float = 0.5
    wait: int = 10
    needs = frozenset({Series.GRADIENT_NORM})

    def __post_init__(self) -> None:
        require(self.window >= 2 and self.change > 0 and self.wait >= 0, self, "window >= 2, change > 0 and wait >= 0")

    def __call__(self, view: View, memory: Memory) -> Decision:
        """Judges once both windows are full."""
        seen = Means.read(memory).extended(view, Series.GRADIENT_NORM, 2 * self.window)
        if len(seen.values) < 2 * self.window:
            return Decision(False, seen.memory, f"{len(seen.values)} of {2 * self.window} means recorded")
        before, last = np.var(seen.values[: self.window]), np.var(seen.values[self.window :])
        change = _ratio(abs(float(last - before)), float(before))
        reason = f"variance of gradient norms changed by {change:.0%}"
        return decided(view, self.wait, change > self.change, seen.memory, reason)


@dataclass(frozen=True)
class UpdateShift(Trigger):
    """Fires when the mean size of updates changed: the last `window` means against the `window` before."""

    window: int = 5
    change: float = 0.5
    wait: int = 10
    needs = frozenset({Series.UPDATE_NORM})

    def __post_init__(self) -> None:
        require(self.window >= 1 and self.change > 0 and self.wait >= 0, self, "window >= 1, change > 0 and wait >= 0")

    def __call__(self, view: View, memory: Memory) -> Decision:
        """Judges once both windows are full."""
        seen = Means.read(memory).extended(view, Series.UPDATE_NORM, 2 * self.window)
        if len(seen.values) < 2 * self.window:
            return Decision(False, seen.memory, f"{len(seen.values)} of {2 * self.window} means recorded")
        before, last = np.mean(seen.values[: self.window]), np.mean(seen.values[self.window :])
        change = _ratio(abs(float(last - before)), float(before))
        reason = f"size of updates changed by {change:.0%}"
        return decided(view, self.wait, change > self.change, seen.memory, reason)


@dataclass(frozen=True)
class PerformanceGap(Trigger):
    """Fires when the last held-out loss exceeds the training loss since the last ask by more than `above`.

    The founding document names no threshold; 0.1 nats is ours. Without held-out samples it never fires.
    """

    above: float = 0.1
    wait: int = 10
    needs = frozenset({Series.LOSS, Series.VALIDATION_LOSS})

    def __post_init__(self) -> None:
        require(self.above >= 0 and self.wait >= 0, self, "above >= 0 and wait >= 0")

    def __call__(self, view: View, memory: Memory) -> Decision:
        """Judges once both losses are known."""
        seen = Means.read(memory).extended(view, Series.LOSS, 1)
        held_out = view.history.series(Series.VALIDATION_LOSS)[1]
        if not seen.values or not held_out.size:
            return Decision(False, seen.memory, "no training and held-out loss recorded yet")
        gap = float(held_out[-1]) - seen.values[-1]
        reason = f"held-out loss {gap:+.3g} above training loss"
        return decided(view, self.wait, gap > self.above, seen.memory, reason)


def _ratio(change: float, before: float) -> float:
    """change / before; any change of nothing is infinite, none is none."""
    return change / before if before > 0 else (np.inf if change > 0 else 0.0)
