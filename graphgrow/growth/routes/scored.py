"""Routes that fill the room with the best absent pairs by some score, or by lot."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import SettingsError
from graphgrow.graph.draws import share_out
from graphgrow.graph.pairs import Pairs
from graphgrow.growth.links import Paths, best_linked
from graphgrow.growth.parts import UNLIMITED, Room, Route, Routes, View
from graphgrow.growth.routes.candidates import bounded, level_pairs, marked_pairs, touching_parts
from graphgrow.growth.routes.picks import MOST_PAIRS, Best, Drawn, Pick, topped_up
from graphgrow.measure.signals import Score


@dataclass(frozen=True)
class Steepest(Route):
    """Absent edges that touch a target, the largest loss gradient |mean a_i d_j| first (Evci 2020; Dai 2019).

    Other scores of `measure.signals.Score` rank by what they measure. Exact up to `most_pairs` pairs, see `picks.Best`.
    """

    fills: ClassVar[bool] = True
    score: Score = Score.GRADIENT
    most_pairs: int = MOST_PAIRS

    def __call__(self, view: View, scores: Array, room: Room) -> Routes:
        """As many routes as there is room for edges."""
        pairs = marked_pairs(view.read().wiring, scores != 0, view.reach)
        return Best(self.score, self.most_pairs)(view, pairs, min(bounded(room), pairs.size))


@dataclass(frozen=True)
class Uniform(Route):
    """Absent edges that touch a target, uniformly at random."""

    fills: ClassVar[bool] = True

    def __call__(self, view: View, scores: Array, room: Room) -> Routes:
        """As many routes as there is room for edges."""
        pairs = marked_pairs(view.read().wiring, scores != 0, view.reach)
        return Drawn()(view, pairs, min(bounded(room), pairs.size))


@dataclass(frozen=True)
class EqualPerPair(Route):
    """As many absent edges from each pair of levels in reach, as far as it has them; each touches a target."""

    fills: ClassVar[bool] = True
    pick: Pick = field(default_factory=Drawn)

    def __call__(self, view: View, scores: Array, room: Room) -> Routes:
        """The first of every pair of levels, then the second, and so on."""
        wiring, marked = view.read().wiring, scores != 0
        parts = [Pairs(wiring, touching_parts(each, marked)) for each in level_pairs(wiring, view.reach)]
        absent = [pairs.absent() for pairs in parts]
        counts = share_out(min(bounded(room), sum(absent)), [1] * len(parts), absent)
        found = [self.pick(view, pairs, count) for pairs, count in zip(parts, counts, strict=True) if count]
        turn = np.concatenate([np.arange(routes.source.size) for routes in found] or [np.zeros(0, np.int64)])
        order = np.argsort(turn, kind="stable")
        return _joined(found, order)


@dataclass(frozen=True)
class LinkPrediction(Route):
    """Absent edges that touch a target, by paths of length three between the levels of their ends; then by lot.

    Source: Zhang 2024 (CHT), used here to grow; see `growth.links.Paths` for the scores.
    """

    fills: ClassVar[bool] = True
    paths: Paths = Paths.CH3

    def __call__(self, view: View, scores: Array, room: Room) -> Routes:
        """As many routes as there is room for edges."""
        wiring, marked = view.read().wiring, scores != 0
        able = marked_pairs(wiring, marked, view.reach)
        count = min(bounded(room), able.size)
        whole = Pairs(wiring, level_pairs(wiring, view.reach))
        return topped_up(Routes(*best_linked(whole, count, self.paths, marked)), view, able, count)


@dataclass(frozen=True)
class Portion(Route):
    """The first routes of another, for a share of the room, rounded up; the rest is left to the next move."""

    fills: ClassVar[bool] = True
    route: Route = field(default_factory=Steepest)
    share: float = 0.5

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise SettingsError(f"Portion(share={self.share}): expected a share above 0 and at most 1")

    def __call__(self, view: View, scores: Array, room: Room) -> Routes:
        """The other's routes for the smaller room."""
        edges = room.edges if room.edges >= UNLIMITED else math.ceil(self.share * room.edges)
        routes = self.route(view, scores, replace(room, edges=edges))
        return Routes(routes.source[:edges], routes.target[:edges], routes.score[:edges])


def _joined(found: list[Routes], order: Array) -> Routes:
    """Several routes as one, in the order given."""
    columns = [
        np.concatenate([getattr(routes, name) for routes in found] or [np.zeros(0, dtype)])[order]
        for name, dtype in (("source", np.int32), ("target", np.int32), ("score", np.float32))
    ]
    return Routes(*columns)
