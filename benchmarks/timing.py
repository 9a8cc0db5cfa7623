"""Timing several ways to do the same work in turns, so that a drift of the machine touches all of them alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from graphgrow.errors import SettingsError

Side = Callable[[], object]

# Between two turns another side had the caches and the threads: this long a side runs before its time counts, and at
# least this long it is then timed.
SETTLE_SECONDS = 0.01
TURN_SECONDS = 0.04
CALLS = (3, 400)  # fewest and most timed calls of a turn


@dataclass(frozen=True)
class Spread:
    """A median with its quartiles.

    Attributes
    ----------
    median, lower, upper : the second, first and third quartile, in the unit of the numbers they are taken of.
    count : how many numbers.
    """

    median: float
    lower: float
    upper: float
    count: int

    @staticmethod
    def of(numbers: Sequence[float]) -> Spread:
        """The spread of some numbers, at least one.

        Raises
        ------
        SettingsError
            There is none; ask for at least one round.
        """
        if not len(numbers):
            raise SettingsError("expected at least one number to take a median of, got none: ask for a round or more")
        lower, median, upper = (
            float(value) for value in np.quantile(np.asarray(numbers, np.float64), (0.25, 0.5, 0.75))
        )
        return Spread(median, lower, upper, len(numbers))

    def scaled(self, factor: float) -> Spread:
        """The same in another unit."""
        return Spread(self.median * factor, self.lower * factor, self.upper * factor, self.count)


@dataclass(frozen=True)
class Timings:
    """What each side took.

    Attributes
    ----------
    seconds : side -> one number per round, seconds a call; the rounds of all sides belong together.
    """

    seconds: Mapping[str, tuple[float, ...]]

    def spread(self, side: str) -> Spread:
        """Seconds a call of one side."""
        return Spread.of(self.seconds[side])

    def ratio(self, side: str, base: str) -> Spread:
        """How many times as long as `base` a side takes, told round by round before the median is taken."""
        pairs = zip(self.seconds[side], self.seconds[base], strict=True)
        return Spread.of([first / second for first, second in pairs])


def alternate(sides: Mapping[str, Side], rounds: int = 15, warmup: int = 3) -> Timings:
    """Time all sides in turns, in rounds that each begin with another side.

    A turn runs its side for some milliseconds, so that its caches and threads are its own again, and then takes the
    median of as many single calls as fit in a fixed time.

    Parameters
    ----------
    sides : name -> what is timed, called without arguments.
    rounds : turns of each side.
    warmup : calls of each side before the first round, for compilers and allocators.

    Raises
    ------
    SettingsError
        No side or no round; pass at least one of each.
    """
    if not sides or rounds < 1:
        raise SettingsError(f"expected at least one side and one round, got {len(sides)} and {rounds}: pass more")
    names = list(sides)
    for name in names:
        for _ in range(max(1, warmup)):
            sides[name]()
    taken: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            taken[name].append(_turn(sides[name]))
    return Timings({name: tuple(values) for name, values in taken.items()})


def once(sides: Mapping[str, Side], rounds: int) -> Timings:
    """As `alternate`, for work that is done once and not again and again: one call a turn, none before it."""
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            taken[name].append(_seconds(side))
    return Timings({name: tuple(values) for name, values in taken.items()})


def _turn(side: Side) -> float:
    """Median seconds a call."""
    start, settling = time.perf_counter(), 0
    while settling == 0 or time.perf_counter() - start < SETTLE_SECONDS:
        side()
        settling += 1
    fewest, most = CALLS
    calls: list[float] = []
    start = time.perf_counter()
    while len(calls) < fewest or (len(calls) < most and time.perf_counter() - start < TURN_SECONDS):
        calls.append(_seconds(side))
    return float(np.median(calls))


def _seconds(side: Side) -> float:
    start = time.perf_counter()
    side()
    return time.perf_counter() - start
