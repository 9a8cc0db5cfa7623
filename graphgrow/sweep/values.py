"""What one setting of a space may be: one of a list, or a number in a range."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from graphgrow.arrays import Json
from graphgrow.errors import SettingsError
from graphgrow.sweep.dotted import kind_of, read, shown

DIGITS = 4  # of a drawn number; few, so that the name of a candidate says its values exactly


class Values(Protocol):
    """What one setting may be."""

    def every(self) -> Sequence[Json] | None:
        """All values, None where they cannot be counted."""

    def draw(self, generator: np.random.Generator) -> Json:
        """One of them."""


@dataclass(frozen=True)
class Listed:
    """One of some values, all equally likely."""

    values: tuple[Json, ...]

    def every(self) -> Sequence[Json] | None:
        """All of them."""
        return self.values

    def draw(self, generator: np.random.Generator) -> Json:
        """One of them."""
        return self.values[int(generator.integers(len(self.values)))]


@dataclass(frozen=True)
class Between:
    """A number from `low` to `high`, evenly or, `log`, evenly in its logarithm; `whole` rounds it."""

    low: float
    high: float
    log: bool = False
    whole: bool = False

    def every(self) -> Sequence[Json] | None:
        """Too many to count."""
        return None

    def draw(self, generator: np.random.Generator) -> Json:
        """A number of four significant digits."""
        share = float(generator.random())
        if self.log:
            value = math.exp(math.log(self.low) + share * (math.log(self.high) - math.log(self.low)))
        else:
            value = self.low + share * (self.high - self.low)
        kept = min(max(float(f"{value:.{DIGITS}g}"), self.low), self.high)
        return round(kept) if self.whole else kept


def values_of(name: str, text: str) -> Values:
    """The values of a setting out of text: a list joined by commas, or a range.

    Of whole numbers A..B are all from A to B; of others, and after log:, any number in between.

    Raises
    ------
    SettingsError
        The setting is unknown, a value is not of its type or given twice, or a range is empty.
    """
    kind = kind_of(name)
    log = text.startswith("log:")
    ends = text.removeprefix("log:").split("..")
    if len(ends) == 2 and kind in (int, float):
        low, high = (_end(name, end, log) for end in ends)
        if not low < high or (log and low <= 0):
            least = "0 < A < B" if log else "A < B"
            raise SettingsError(f"space: {name}: expected A..B with {least}, got {text}")
        if kind is int and not log:
            return Listed(tuple(range(int(low), int(high) + 1)))
        return Between(low, high, log, kind is int)
    if log:
        raise SettingsError(f"space: {name}: expected log:A..B with two numbers, got {text}")
    values = tuple(read(name, word) for word in text.split(","))
    if len({shown(value) for value in values}) < len(values):
        raise SettingsError(f"space: {name}: a value is given twice in {text}")
    return Listed(values)


def _end(name: str, text: str, log: bool) -> float:
    value: Any = read(name, text)
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise SettingsError(f"space: {name}: expected a number at each end of a range, got {text}")
    return value
