"""Factors by depth: windows that move through the levels and say which of them learn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import SettingsError
from graphgrow.train.pacing.factor import Factor, Learners


@dataclass(frozen=True)
class Triangles(Factor):
    """Two triangles, 1 at their tips and 0 from `width` levels away; a level learns by the one that is nearer.

    One starts at the first level that learns, the other at the last. Both move `speed` levels an epoch in opposite
    directions and turn at the ends. (In the founding document they turn where they meet: as nobody can tell the two
    apart, that is the same.)

    Source: the founding document's moving windows.
    """

    width: float = 3.0
    speed: float = 0.1

    def __post_init__(self) -> None:
        _require(self, self.width, self.speed)

    def __call__(self, of: Learners) -> Array:
        """1 - distance / width, 0 or more."""
        way = self.speed * of.epoch % max(1, 2 * of.deepest)
        place = min(way, 2 * of.deepest - way) if of.deepest else 0.0
        near = np.minimum(np.abs(of.depth - place), np.abs(of.depth - (of.deepest - place)))
        made: Array = np.maximum(0.0, 1 - near / self.width)
        return made


@dataclass(frozen=True)
class Wave(Factor):
    """A wave of learning that travels from the first level to the last: (1 + cos) / 2 of depth over `length` levels.

    Source: the founding document's wave mask.
    """

    length: float = 10.0
    speed: float = 0.1

    def __post_init__(self) -> None:
        _require(self, self.length, self.speed)

    def __call__(self, of: Learners) -> Array:
        """From 0 to 1."""
        made: Array = 0.5 * (1 + np.cos(2 * np.pi * (of.depth - self.speed * of.epoch) / self.length))
        return made


@dataclass(frozen=True)
class Gates(Factor):
    """Another factor that does not go below a floor, so that no level stands still."""

    factor: Factor
    floor: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.floor <= 1:
            raise SettingsError(f"{self}: expected a floor from 0 to 1")

    def __call__(self, of: Learners) -> Array:
        """The factor, or the floor where that is more."""
        return np.maximum(self.factor(of), self.floor)


def _require(part: Factor, width: float, speed: float) -> None:
    if not 0 < width < float("inf") or not 0 <= speed < float("inf"):
        raise SettingsError(f"{part}: expected a size above 0 and a speed of 0 or more, in levels")
