"""Routes between activation extrema, in either direction or both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import SettingsError
from graphgrow.graph.wiring import Role, Wiring
from graphgrow.growth.parts import Room, Route, Routes, View


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
        _check(self, self.levels, self.partners)

    def __call__(self, view: View, scores: Array, room: Room) -> Routes:
        """Routes by severity of their source."""
        return _routes(view, scores, [scores], self.levels, self.partners)


@dataclass(frozen=True)
class LowToHigh(Route):
    """From LOW neurons to HIGH ones in later levels, with partners as in `HighToLow`.

    The founding idea began in this direction, so that the direction itself is a question.
    """

    levels: int = 3
    partners: int = 1

    def __post_init__(self) -> None:
        _check(self, self.levels, self.partners)

    def __call__(self, view: View, scores: Array, room: Room) -> Routes:
        """Routes by severity of their source."""
        return _routes(view, scores, [-scores], self.levels, self.partners)


@dataclass(frozen=True)
class Complementary(Route):
    """Both directions: HIGH neurons to LOW ones in later levels, and LOW ones to HIGH ones (founding document)."""

    levels: int = 3
    partners: int = 1

    def __post_init__(self) -> None:
        _check(self, self.levels, self.partners)

    def __call__(self, view: View, scores: Array, room: Room) -> Routes:
        """Routes by severity of their source, whichever its side."""
        return _routes(view, scores, [scores, -scores], self.levels, self.partners)


def _check(part: object, levels: int, partners: int) -> None:
    if levels < 1 or partners < 1:
        raise SettingsError(f"{type(part).__name__}(levels={levels}, partners={partners}): expected 1 or more of both")


def _routes(view: View, scores: Array, sides: list[Array], levels: int, partners: int) -> Routes:
    """From neurons above 0 to neurons below 0, for each of the sides that is looked from."""
    wiring = view.read().wiring
    # Outputs send nothing and inputs receive nothing, whatever a target says of them.
    sends, receives = wiring.role != Role.OUTPUT, wiring.role != Role.INPUT
    sinks = [np.flatnonzero((side < 0) & receives) for side in sides]
    sources = [np.flatnonzero((side > 0) & sends).tolist() for side in sides]
    ranked = sorted((-float(sides[at][row]), at, row) for at, rows in enumerate(sources) for row in rows)
    load = wiring.fan_in.copy()
    source, target = [], []
    for _, at, row in ranked:
        for partner in _nearest(wiring, row, sinks[at], load, min(levels, view.reach), partners):
            source.append(row)
            target.append(partner)
            load[partner] += 1
    ends = np.array(source, np.int32), np.array(target, np.int32)
    return Routes(*ends, np.abs(scores[ends[0]]).astype(np.float32))


def _nearest(wiring: Wiring, row: int, sinks: Array, load: Array, reach: int, partners: int) -> Iterator[int]:
    """The sinks that come first and are not joined to the row yet."""
    ahead = wiring.rank[sinks] - wiring.rank[row]
    inside = sinks[(ahead >= 1) & (ahead <= reach)]
    taken = wiring.target[wiring.out_order[wiring.out_pointer[row] : wiring.out_pointer[row + 1]]]
    free = inside[~np.isin(inside, taken)]
    order = np.lexsort((free, load[free], wiring.rank[free]))
    return iter(free[order[:partners]].tolist())
