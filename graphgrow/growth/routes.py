"""From where to where new edges go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import RuleError, SettingsError
from graphgrow.graph.pairs import Pairs, touching
from graphgrow.graph.wiring import Role, Wiring
from graphgrow.growth.parts import UNLIMITED, Room, Route, Routes, View
from graphgrow.measure.signals import Score


def marked_pairs(wiring: Wiring, marked: Array, reach: int) -> Pairs:
    """Feasible pairs, up to `reach` levels ahead, with at least one end marked; outputs send nothing."""
    return touching(wiring, marked, reach, wiring.role != Role.OUTPUT, wiring.role != Role.INPUT)


def _bounded(room: Room) -> int:
    """The room's edges, which a route that never runs out of candidates needs to know."""
    if room.edges >= UNLIMITED:
        raise RuleError(
            "this rule adds as many edges as there is room for: give it a budget, e.g. --growth.budget 2000"
        )
    return room.edges


@dataclass(frozen=True)
class HighToLow(Route):
    """From HIGH neurons to LOW ones in later levels: full channels to empty ones.

    The partner is the nearest: fewest levels ahead, then fewest in-edges (those planned in this event included), then
    id.

    Attributes
    ----------
    levels : how many levels ahead are searched.
    partners : new routes per source and event.
    """

    levels: int = 3
    partners: int = 1

    def __post_init__(self) -> None:
        if self.levels < 1 or self.partners < 1:
            raise SettingsError(
                f"HighToLow(levels={self.levels}, partners={self.partners}): expected 1 or more of both"
            )

    def __call__(self, view: View, scores: Array, room: Room) -> Routes:
        """Routes by severity of their source."""
        wiring = view.read().wiring
        high = np.flatnonzero(scores > 0)
        low = np.flatnonzero((scores < 0) & (wiring.role != Role.INPUT))
        high = high[np.lexsort((high, -scores[high]))]
        load = wiring.fan_in.copy()
        reach = min(self.levels, view.reach)
        source, target = [], []
        for row in high.tolist():
            ahead = wiring.rank[low] - wiring.rank[row]
            inside = low[(ahead >= 1) & (ahead <= reach)]
            taken = wiring.target[wiring.out_order[wiring.out_pointer[row] : wiring.out_pointer[row + 1]]]
            free = inside[~np.isin(inside, taken)]
            order = np.lexsort((free, load[free], wiring.rank[free]))
            for partner in free[order[: self.partners]].tolist():
                source.append(row)
                target.append(partner)
                load[partner] += 1
        ends = np.array(source, np.int32), np.array(target, np.int32)
        return Routes(*ends, scores[ends[0]].astype(np.float32))


@dataclass(frozen=True)
class Steepest(Route):
    """Absent edges that touch a target, the largest loss gradient |mean a_i d_j| first (Evci 2020; Dai 2019)."""

    fills: ClassVar[bool] = True
    score: Score = Score.GRADIENT

    def __call__(self, view: View, scores: Array, room: Room) -> Routes:
        """As many routes as there is room for edges."""
        wiring = view.read().wiring
        pairs = marked_pairs(wiring, scores != 0, view.reach)
        count = min(_bounded(room), pairs.size)
        return Routes(*view.probe().scorer.best_absent(pairs, count, self.score))


@dataclass(frozen=True)
class Uniform(Route):
    """Absent edges that touch a target, uniformly at random."""

    fills: ClassVar[bool] = True

    def __call__(self, view: View, scores: Array, room: Room) -> Routes:
        """As many routes as there is room for edges."""
        pairs = marked_pairs(view.read().wiring, scores != 0, view.reach)
        source, target = pairs.draw(min(_bounded(room), pairs.size), view.rng)
        return Routes(source, target, np.zeros(source.size, np.float32))
