"""What chance alone would do: events thrown at random among marks, and ranks of a few things in every order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from math import factorial

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from graphgrow.arrays import Array
from graphgrow.errors import DataError, SettingsError
from graphgrow.rng import stream

MOST_RANKED = 8
"""Things whose orders are all gone through; 8 have 40,320."""


@dataclass(frozen=True)
class Alignment:
    """How near events lie to marks.

    Attributes
    ----------
    distance : mean distance of an event to the nearest mark of its run, in epochs.
    shuffled : the same, in the mean over the shuffles.
    p : share of shuffles with a distance as small or smaller, the observed one counted among them (Phipson and Smyth
        2010): one-sided, for "nearer than chance".
    events, runs : that went in; runs without an event or without a mark say nothing and are left out.
    """

    distance: float
    shuffled: float
    p: float
    events: int
    runs: int

    @property
    def nearer(self) -> float:
        """By how many epochs events lie nearer to marks than shuffled ones."""
        return self.shuffled - self.distance


def alignment(
    events: Sequence[ArrayLike],
    marks: Sequence[ArrayLike],
    window: tuple[int, int],
    draws: int = 1000,
    seed: int = 0,
) -> Alignment | None:
    """Mean distance from events to the nearest mark, against as many events at random epochs of the window.

    Parameters
    ----------
    events, marks : one (k,) array of whole epochs per run, each epoch once.
    window : first and last epoch at which an event is possible; shuffled events fall on different epochs of it.

    Returns None where no run has both an event and a mark: there is nothing to be near to.

    Raises
    ------
    DataError
        Runs differ in number, or an event lies outside the window.
    SettingsError
        No draws.
    """
    if len(events) != len(marks):
        raise DataError(f"expected events and marks of the same runs, got {len(events)} and {len(marks)}")
    if draws < 1:
        raise SettingsError(f"shuffles: expected 1 or more, got {draws}: 1000 give p to 0.001")
    first, last = window
    rng = stream(seed, "analysis", "alignment")
    sums, observed, count, runs = np.zeros(draws), 0.0, 0, 0
    for mine, theirs in zip(events, marks, strict=True):
        own, near = np.unique(np.asarray(mine, np.int64)), np.unique(np.asarray(theirs, np.int64))
        if not own.size or not near.size:
            continue
        if own[0] < first or own[-1] > last:
            raise DataError(
                f"expected events from epoch {first} to {last}, got {own[0]} to {own[-1]}: widen the window"
            )
        apart = np.abs(np.arange(first, last + 1)[:, None] - near[None, :]).min(axis=1)
        observed += float(apart[own - first].sum())
        # The first k of a random order of all epochs are k different ones.
        order = np.argsort(rng.random((draws, apart.size)), axis=1)[:, : own.size]
        sums += apart[order].sum(axis=1)
        count, runs = count + own.size, runs + 1
    if not count:
        return None
    p = (1 + int((sums <= observed + 1e-9).sum())) / (1 + draws)
    return Alignment(observed / count, float(sums.mean()) / count, p, count, runs)


def onsets(epochs: ArrayLike, gap: int = 1) -> Array:
    """int64 (k,): the first epoch of every stretch; epochs at most `gap` apart belong to one stretch.

    Examples
    --------
    >>> onsets([3, 4, 5, 9, 10]).tolist()
    [3, 9]
    """
    found = np.unique(np.asarray(epochs, np.int64))
    made: Array = found[np.diff(found, prepend=-(gap + 1) + (found[0] if found.size else 0)) > gap]
    return made


def rank_correlation(x: ArrayLike, y: ArrayLike) -> tuple[float, float]:
    """Spearman's rank correlation of a few pairs and its exact one-sided p: orders of y that correlate as much.

    NaN and 1 where x or y does not vary.

    Raises
    ------
    DataError
        Lengths differ, there are fewer than 3 pairs, or more than can be gone through.
    """
    one, other = (stats.rankdata(np.asarray(values, np.float64)) for values in (x, y))
    if one.size != other.size or not 3 <= one.size <= MOST_RANKED:
        raise DataError(f"rank correlation: expected 3 to {MOST_RANKED} pairs, got {one.size} and {other.size}")
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return float("nan"), 1.0
    one, other = one - one.mean(), other - other.mean()
    scale = float(np.sqrt((one**2).sum() * (other**2).sum()))
    found = float(one @ other) / scale
    orders = np.array(list(permutations(other)))
    as_much = int((orders @ one / scale >= found - 1e-9).sum())
    return found, as_much / factorial(one.size)
