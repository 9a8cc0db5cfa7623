"""Triggers that look at the probe: saturation, criticality, and what levels know.

They are `Costly`: while they wait, or are left unasked, nothing is probed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from graphgrow.arrays import Array, Json, Memory
from graphgrow.growth.parts import Decision, View
from graphgrow.growth.remembered import epoch
from graphgrow.growth.targets import Extremes
from graphgrow.growth.triggers.timing import Costly, due, require, waiting
from graphgrow.measure.criticality import criticality
from graphgrow.measure.extrema import ABSOLUTE, Protocol, Side
from graphgrow.measure.information import answers, information, linear_cka, participation_ratio


# Absolute, since the relative mode marks a constant share of each level of the ReLU family.
@dataclass(frozen=True)
class Saturated(Costly):
    """Fires when extrema are more than a share of the hidden neurons; below 1 % growth is skipped (founding value)."""

    above: float = 0.01
    side: Side = Side.EITHER
    protocol: Protocol = ABSOLUTE
    wait: int = 10

    def __post_init__(self) -> None:
        require(0 <= self.above < 1 and self.wait >= 0, self, "above from 0 to less than 1 and wait >= 0")

    def __call__(self, view: View, memory: Memory) -> Decision:
        """Judges the current probe."""
        if held := waiting(view, self.wait):
            return Decision(False, memory, held)
        share = view.memo(Extremes(self.protocol).extrema).share(view.read().wiring, self.side)
        return Decision(share > self.above, {"saturation": share}, f"{share:.1%} of hidden neurons extreme")

    def notes(self, memory: Memory) -> Mapping[str, Json]:
        """The share it last saw."""
        return {"saturation": memory.get("saturation")}


def critical_share(view: View) -> float | None:
    """Criticality of the view's probe; ask through `view.memo`."""
    return criticality(view.read().wiring, view.probe().delta)


@dataclass(frozen=True)
class Critical(Costly):
    """Fires when gradients keep their length from level to level: criticality exceeds `above`.

    Seen on digits (64-6x32-10 and 64-100-50-10, Adam, 120 epochs): ReLU and tanh networks are above 0.9 in the first
    15 to 20 epochs and then fall to between 0.6 and 0.8; sigmoid networks rise from -2.5 and end near 0 (deep) or 0.5
    at a learning rate of 0.001, while the deep one comes above 0.9 for some epochs at 0.01.

    Source: the founding document, which calls it a network at its limit; see `measure.criticality`.
    """

    above: float = 0.9
    wait: int = 10

    def __post_init__(self) -> None:
        require(self.above < 1 and self.wait >= 0, self, "above less than 1 and wait >= 0")

    def __call__(self, view: View, memory: Memory) -> Decision:
        """Judges the current probe."""
        if held := waiting(view, self.wait):
            return Decision(False, memory, held)
        found = view.memo(critical_share)
        seen: Memory = {"criticality": found, "step": view.step}
        if found is None:
            return Decision(False, seen, "no two levels have a gradient")
        return Decision(found > self.above, seen, f"criticality {found:.3f}")

    def notes(self, memory: Memory) -> Mapping[str, Json]:
        """Criticality before growth, and the step at which it was measured."""
        return {"criticality": memory.get("criticality"), "criticality_step": memory.get("step")}


@dataclass(frozen=True)
class LevelBits:
    """Bits that the level of this rank tells a linear probe about answers or inputs; ask through `view.memo`."""

    rank: int
    samples: int
    of_inputs: bool = False

    def __call__(self, view: View) -> float:
        """From the first `samples` columns of the probe."""
        wanted = _rows(view, 0, self.samples) if self.of_inputs else view.memo(_answers)[..., : self.samples]
        return information(_rows(view, self.rank, self.samples), wanted).value


def _answers(view: View) -> Array:
    return answers(view.read().wiring, view.probe())


def _rows(view: View, rank: int, samples: int) -> Array:
    """float32 (neurons of the level, samples)."""
    rows: Array = view.probe().activation[view.read().wiring.rank == rank, :samples]
    return rows


@dataclass(frozen=True)
class InformationTransition(Costly):
    """Fires at a critical information transition: a level narrower than and unlike the one before, which knows as much.

    Of two consecutive levels after the inputs, the later one has less than `dimension` times the participation ratio,
    more than `information` times the bits about the answers, and linear CKA below `similarity` to the earlier.

    Attributes
    ----------
    every : epochs between looks.
    samples : of the probe, the first so many are used.

    Seen on digits, in ten plain networks of 2 and 6 hidden levels (sigmoid, tanh, ReLU; 120 epochs): CKA of consecutive
    levels stayed between 0.77 and 1, so that the founding 0.5 never held, though the other two conditions often did.
    It can hold where a level is unlike the one before it, as beside skips or a random level; else raise `similarity`.

    Source: the founding document's CIT; its mutual information is a linear probe's here, an estimate.
    """

    dimension: float = 0.7
    information: float = 0.9
    similarity: float = 0.5
    every: int = 10
    samples: int = 512
    wait: int = 10

    def __post_init__(self) -> None:
        good = self.dimension > 0 and self.information >= 0 and self.samples >= 4
        require(good and self.every >= 1 and self.wait >= 0, self, "samples >= 4, every >= 1, shares and wait >= 0")

    def __call__(self, view: View, memory: Memory) -> Decision:
        """Judges all pairs of levels, the cheap conditions first."""
        if held := waiting(view, self.wait) or _looked(view, memory, self.every):
            return Decision(False, memory, held)
        found = [rank for rank in range(1, view.read().wiring.levels.size - 1) if self._between(view, rank)]
        told = ", ".join(f"{rank} to {rank + 1}" for rank in found)
        reason = f"information transition from level {told}" if found else "no information transition"
        return Decision(bool(found), {"looked": view.epoch}, reason)

    def _between(self, view: View, rank: int) -> bool:
        before, after = (_rows(view, level, self.samples) for level in (rank, rank + 1))
        if participation_ratio(after) >= self.dimension * participation_ratio(before):
            return False
        if linear_cka(before, after).value >= self.similarity:
            return False
        bits = [view.memo(LevelBits(level, self.samples)) for level in (rank, rank + 1)]
        return bits[1] > max(0.0, self.information * bits[0])


@dataclass(frozen=True)
class InformationPeak(Costly):
    """Fires when bits about the inputs times bits about the answers peak at some level between two others.

    Attributes
    ----------
    rise : share by which the peak exceeds both neighbours; ours, since equal levels differ by rounding.
    every, samples : as in `InformationTransition`.

    Seen on digits, in the same networks as for `InformationTransition`: bits about the inputs fall from level to level
    (65, 29, 11 in 64-100-50-10), as they must where every level reads the one before it alone, while those about the
    answers hardly rise (2.9 to 3.3 of 3.3). Their product falls with them, and no level between two others peaks.

    Source: the founding document's representation score; both factors are a linear probe's, estimates.
    """

    rise: float = 0.05
    every: int = 10
    samples: int = 512
    wait: int = 10

    def __post_init__(self) -> None:
        good = self.rise >= 0 and self.samples >= 4
        require(good and self.every >= 1 and self.wait >= 0, self, "samples >= 4, every >= 1, rise and wait >= 0")

    def __call__(self, view: View, memory: Memory) -> Decision:
        """Judges all levels after the inputs that have one on either side."""
        if held := waiting(view, self.wait) or _looked(view, memory, self.every):
            return Decision(False, memory, held)
        ranks = range(1, view.read().wiring.levels.size)
        scores = np.array([self._score(view, rank) for rank in ranks]) if len(ranks) > 2 else np.zeros(0)
        beside = np.maximum(scores[:-2], scores[2:])
        peaks = np.flatnonzero(scores[1:-1] > (1 + self.rise) * beside) + 2
        reason = f"information peaks at level {', '.join(map(str, peaks))}" if peaks.size else "no information peak"
        return Decision(bool(peaks.size), {"looked": view.epoch}, reason)

    def _score(self, view: View, rank: int) -> float:
        of_inputs = view.memo(LevelBits(rank, self.samples, of_inputs=True))
        return of_inputs * view.memo(LevelBits(rank, self.samples))


def _looked(view: View, memory: Memory, every: int) -> str | None:
    """Why there is no new look yet, or None."""
    looked = epoch(memory, "looked")
    return None if due(view, looked, every) else f"looked at epoch {looked}, every {every}"
