"""Extrema as targets, alone and joined with other targets."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from graphgrow.arrays import Array
from graphgrow.growth.parts import Target, View
from graphgrow.growth.targets.ranked import KatzMeasure, katz_of, require_share
from graphgrow.measure.extrema import FOUNDING_PROTOCOL, Extrema, Mode, Protocol, find


@dataclass(frozen=True)
class Everywhere(Target):
    """Every neuron is a target."""

    def __call__(self, view: View) -> Array:
        """Ones."""
        return np.ones(view.read().neurons, np.float32)


@dataclass(frozen=True)
class Extremes(Target):
    """Activation extrema: HIGH neurons are sources, LOW ones sinks, both by severity."""

    protocol: Protocol = FOUNDING_PROTOCOL

    def __call__(self, view: View) -> Array:
        """Severity of HIGH positive, of LOW negative; a neuron that never varies says nothing and is no source."""
        found = view.memo(self.extrema)
        return np.where(found.high & found.dead, 0, found.scores).astype(np.float32)

    def extrema(self, view: View) -> Extrema:
        """The extrema of the view's probe."""
        reference = view.medians() if self.protocol.mode is Mode.ABSOLUTE else None
        return find(view.read().wiring, view.probe().activation, self.protocol, reference)


@dataclass(frozen=True)
class ExtremesByKatz(Target):
    """Extrema weighted by Katz centrality: severity times 1 + centrality as a share of the level's largest."""

    extremes: Extremes = field(default_factory=Extremes)
    measure: KatzMeasure = field(default_factory=KatzMeasure)

    def __call__(self, view: View) -> Array:
        """From -2 to 2."""
        made: Array = self.extremes(view) * (1 + katz_of(view, self.measure))
        return made


@dataclass(frozen=True)
class MostSevere(Target):
    """The most severe share of another target's neurons, of either sign alone (the founding document: 10 %)."""

    target: Target = field(default_factory=Extremes)
    share: float = 0.1

    def __post_init__(self) -> None:
        require_share(self.share, self)

    def __call__(self, view: View) -> Array:
        """At least one of either sign, if there are any; equal ones go by row."""
        scores = self.target(view)
        made = np.zeros_like(scores)
        for sign in (1, -1):
            rows = np.flatnonzero(sign * scores > 0)
            first = rows[np.lexsort((rows, -np.abs(scores[rows])))][: math.ceil(self.share * rows.size)]
            made[first] = scores[first]
        return made


@dataclass(frozen=True)
class BothOf(Target):
    """Neurons that two targets name; signs and sizes are the first one's."""

    first: Target = field(default_factory=Extremes)
    second: Target = field(default_factory=Everywhere)

    def __call__(self, view: View) -> Array:
        """The first one's scores where the second one's are not 0."""
        return np.where(self.second(view) != 0, self.first(view), 0).astype(np.float32)


@dataclass(frozen=True)
class OneOf(Target):
    """Neurons that exactly one of two targets names, with the scores they have there."""

    first: Target = field(default_factory=Extremes)
    second: Target = field(default_factory=Everywhere)

    def __call__(self, view: View) -> Array:
        """Scores of either where the other's are 0."""
        first, second = self.first(view), self.second(view)
        return np.where(second == 0, first, np.where(first == 0, second, 0)).astype(np.float32)
