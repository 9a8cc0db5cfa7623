"""Routes that listen to several scores of pairs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import SettingsError
from graphgrow.graph.pairs import Pairs
from graphgrow.growth.parts import Room, Route, Routes, View
from graphgrow.growth.phases import Phase, Phases
from graphgrow.growth.routes.candidates import bounded, marked_pairs
from graphgrow.growth.routes.separable import ByCut, ByExtrema, ByScore, PairScore
from graphgrow.measure.signals import Score


@dataclass(frozen=True)
class Weighed:
    """A score with its weight in each phase."""

    score: PairScore
    coarse: float
    medium: float
    fine: float

    def __post_init__(self) -> None:
        if not min(self.coarse, self.medium, self.fine) >= 0:
            raise SettingsError(f"{self}: expected weights of 0 or more")

    def at(self, phase: Phase) -> float:
        """The weight in a phase."""
        return {Phase.COARSE: self.coarse, Phase.MEDIUM: self.medium, Phase.FINE: self.fine}[phase]


# The founding document's weights: direction first, then everything, then fine tuning.
FOUNDING_WEIGHTS = (
    Weighed(ByExtrema(), 0.3, 0.3, 0.0),
    Weighed(ByScore(Score.GRADIENT), 0.7, 0.3, 0.0),
    Weighed(ByScore(Score.CORRELATION), 0.0, 0.2, 0.5),
    Weighed(ByCut(), 0.0, 0.2, 0.5),
)


@dataclass(frozen=True)
class Blend(Route):
    """Absent edges that touch a target, by a weighted sum of rank-normalised scores, with weights by phase.

    Looked at are the pairs that lead by one of the scores, `width` times as many for each as there is room for. Among
    them each score ranks all, from 0 to 1, equal ones alike.
    """

    fills: ClassVar[bool] = True
    weighed: tuple[Weighed, ...] = FOUNDING_WEIGHTS
    width: int = 2
    phases: Phases = field(default_factory=Phases)

    def __post_init__(self) -> None:
        heard = all(sum(each.at(phase) for each in self.weighed) > 0 for phase in Phase)
        if not heard or self.width < 1:
            raise SettingsError("Blend: expected a weight above 0 in each phase, and a width of 1 or more")

    def __call__(self, view: View, scores: Array, room: Room) -> Routes:
        """As many routes as there is room for edges, as far as the scores name so many."""
        pairs = marked_pairs(view.read().wiring, scores != 0, view.reach)
        count = min(bounded(room), pairs.size)
        phase = self.phases.at(view.step, view.total_steps)
        heard = [each for each in self.weighed if each.at(phase) > 0]
        lists = [each.score.best(view, pairs, self.width * count)[:2] for each in heard]
        source, target = _union(pairs, lists)
        total = np.zeros(source.size)
        for each in heard:
            total += each.at(phase) * _ranked(each.score.of(view, source, target))
        order = np.lexsort((source, target, -total))[:count]
        return Routes(source[order], target[order], total[order].astype(np.float32))


@dataclass(frozen=True)
class Consensus(Route):
    """Absent edges that touch a target, those first that most scores have among their best.

    Each score names as many pairs as there is room for. Pairs that equally many name go by their mean rank among all
    that are named. `least` is how many must name a pair.
    """

    fills: ClassVar[bool] = True
    members: tuple[PairScore, ...] = (
        ByExtrema(),
        ByScore(Score.GRADIENT),
        ByScore(Score.CORRELATION),
        ByScore(Score.FISHER),
        ByCut(),
    )
    least: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.least <= len(self.members):
            raise SettingsError(f"Consensus(least={self.least}): expected 1 to {len(self.members)}")

    def __call__(self, view: View, scores: Array, room: Room) -> Routes:
        """As many routes as there is room for edges, as far as enough scores name so many; scores are votes."""
        pairs = marked_pairs(view.read().wiring, scores != 0, view.reach)
        count = min(bounded(room), pairs.size)
        lists = [member.best(view, pairs, count)[:2] for member in self.members]
        source, target = _union(pairs, lists)
        key = _key(pairs, source, target)
        votes = np.zeros(source.size, np.int64)
        for named in lists:
            votes += np.isin(key, _key(pairs, *named))
        mean = np.zeros(source.size)
        for member in self.members:
            mean += _ranked(member.of(view, source, target)) / len(self.members)
        order = np.lexsort((source, target, -mean, -votes))
        order = order[votes[order] >= self.least][:count]
        return Routes(source[order], target[order], votes[order].astype(np.float32))


def _key(pairs: Pairs, source: Array, target: Array) -> Array:
    """int64 (k,): one number per pair, ascending by (target, source)."""
    key: Array = target.astype(np.int64) * pairs.wiring.neurons + source
    return key


def _union(pairs: Pairs, lists: list[tuple[Array, Array]]) -> tuple[Array, Array]:
    """Sources and targets, int32, of the pairs in any of the lists, each once, by (target, source)."""
    keys = np.unique(np.concatenate([_key(pairs, *named) for named in lists]))
    target, source = np.divmod(keys, max(1, pairs.wiring.neurons))
    return source.astype(np.int32), target.astype(np.int32)


def _ranked(values: Array) -> Array:
    """float64 (k,): the share of the others that are smaller, plus half of those that are equal, 0 to 1."""
    if values.size < 2:
        return np.full(values.size, 0.5)
    _, place, equal = np.unique(values, return_inverse=True, return_counts=True)
    below = np.cumsum(equal) - equal
    made: Array = (below[place] + (equal[place] - 1) / 2) / (values.size - 1)
    return made
