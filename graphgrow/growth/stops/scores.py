"""Stops by how well the network does on held-out samples; without such samples they never end growth."""

from __future__ import annotations

from dataclasses import dataclass

from graphgrow.arrays import Memory
from graphgrow.graph.history import Series
from graphgrow.growth.parts import Room, View
from graphgrow.growth.stops.verdicts import Stop, StopCause, Verdict
from graphgrow.growth.triggers.timing import require


@dataclass(frozen=True)
class LossPlateau(Stop):
    """Ends growth when held-out loss has levelled off: sd / |mean| of the last `window` losses is less than `below`."""

    window: int = 20
    below: float = 0.01
    needs = frozenset({Series.VALIDATION_LOSS})

    def __post_init__(self) -> None:
        require(self.window >= 2 and self.below > 0, self, "a window of 2 or more and below > 0")

    def __call__(self, view: View, room: Room, memory: Memory, trigger: Memory) -> Verdict:
        """Judges once the window is full."""
        losses = view.history.series(Series.VALIDATION_LOSS)[1][-self.window :]
        if losses.size < self.window:
            return Verdict(None, {}, f"{losses.size} of {self.window} held-out losses recorded")
        flat = float(losses.std()) < self.below * abs(float(losses.mean()))
        reason = f"held-out loss level over {self.window} epochs" if flat else "held-out loss still moves"
        return Verdict(StopCause.PLATEAU if flat else None, {}, reason)


@dataclass(frozen=True)
class ScoreReached(Stop):
    """Ends growth when the held-out score reaches a target; for scores that are better when larger, as accuracy is."""

    target: float
    needs = frozenset({Series.ACCURACY})

    def __call__(self, view: View, room: Room, memory: Memory, trigger: Memory) -> Verdict:
        """Judges the last score."""
        scores = view.history.series(Series.ACCURACY)[1]
        if not scores.size:
            return Verdict(None, {}, "no held-out score recorded")
        reached = float(scores[-1]) >= self.target
        return Verdict(StopCause.TARGET if reached else None, {}, f"held-out score {scores[-1]:.4g} of {self.target:g}")


@dataclass(frozen=True)
class ValidationDecline(Stop):
    """Ends growth when held-out loss has risen: the last `epochs` losses all lie above the best before them.

    Attributes
    ----------
    margin : share of the best loss by which they must exceed it.
    """

    epochs: int = 5
    margin: float = 0.0
    needs = frozenset({Series.VALIDATION_LOSS})

    def __post_init__(self) -> None:
        require(self.epochs >= 1 and self.margin >= 0, self, "1 epoch or more and a margin >= 0")

    def __call__(self, view: View, room: Room, memory: Memory, trigger: Memory) -> Verdict:
        """Judges the held-out losses so far."""
        losses = view.history.series(Series.VALIDATION_LOSS)[1]
        if losses.size <= self.epochs:
            return Verdict(None, {}, f"{losses.size} held-out losses recorded, more than {self.epochs} needed")
        best = float(losses[: -self.epochs].min())
        worse = bool((losses[-self.epochs :] > best + self.margin * abs(best)).all())
        reason = f"held-out loss above its best for {self.epochs} epochs" if worse else "held-out loss near its best"
        return Verdict(StopCause.DECLINE if worse else None, {}, reason)
