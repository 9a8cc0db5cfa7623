"""What chance alone would do: events thrown at random among marks, and ranks of a few things in every order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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


FEWEST = 6
"""Cases beyond the controls below which no partial correlation is told: a few always fit nearly perfectly."""


@dataclass(frozen=True, eq=False)
class Group:
    """Cases of one run, in order: what may predict, what may be predicted, and what both are freed from.

    Attributes
    ----------
    x : float (n, signals); NaN where a signal is missing.
    y : float (n, outcomes).
    given : float (n, controls), without missing values, used as they are: rank what should count by rank. None: plain
        Spearman correlation.
    """

    x: Array
    y: Array
    given: Array

    def __post_init__(self) -> None:
        sizes = {np.asarray(each).shape[0] for each in (self.x, self.y, self.given)}
        if len(sizes) != 1 or any(np.asarray(each).ndim != 2 for each in (self.x, self.y, self.given)):
            raise DataError("a group: expected x, y and given as tables with one row per case, got other shapes")


def partial_ranks(group: Group) -> Array:
    """float64 (signals, outcomes): partial Spearman correlation given the controls.

    Ranks of both are freed of the controls by least squares (partial correlation: Kendall 1942).
    NaN where fewer than 6 cases more than controls are known, or nothing is left that varies. Cases without a signal
    are left out for that signal; an outcome with a missing value is NaN.
    """
    made = np.full((group.x.shape[1], group.y.shape[1]), np.nan)
    for at, (mine, theirs) in enumerate(freed(group)):
        made[at] = np.clip(mine @ theirs, -1, 1)
    return made


def shuffled_partial_ranks(groups: Sequence[Group], draws: int = 5000, seed: int = 0) -> tuple[Array, Array]:
    """Mean partial rank correlation over groups, and its two-sided p where cases of a group are shuffled.

    What is left of a signal after the controls is put in random order within each group (Freedman and Lane 1983), and
    the mean Fisher z over groups is compared; the observed order counts among the shuffles (Phipson and Smyth 2010).
    Series that change slowly look correlated more often than shuffles say: give the controls what both follow.

    Returns
    -------
    float64 (signals, outcomes) twice; NaN and 1 where no group has a correlation.

    Raises
    ------
    DataError
        No groups, or groups with other signals or outcomes.
    SettingsError
        No draws.
    """
    if not groups or len({(group.x.shape[1], group.y.shape[1]) for group in groups}) != 1:
        raise DataError("expected one group or more, all with the same signals and outcomes")
    if draws < 1:
        raise SettingsError(f"shuffles: expected 1 or more, got {draws}: 1000 give p to 0.001")
    shape = groups[0].x.shape[1], groups[0].y.shape[1]
    observed, count, sums = np.zeros(shape), np.zeros(shape), np.zeros((draws, *shape))
    for number, group in enumerate(groups):
        rng = stream(seed, "analysis", "shuffled", number)
        for at, (mine, theirs) in enumerate(freed(group)):
            orders = np.argsort(rng.random((draws, mine.size)), axis=1)
            here, there = fisher(mine @ theirs), fisher(mine[orders] @ theirs)
            known = np.isfinite(here)
            count[at] += known
            observed[at, known] += here[known]
            sums[:, at, known] += there[:, known]
    with np.errstate(invalid="ignore"):
        mean = np.tanh(observed / count)
    as_far = (np.abs(sums) >= np.abs(observed) - 1e-9).sum(axis=0)
    return mean, np.where(count > 0, (1 + as_far) / (1 + draws), 1.0)


def fisher(correlation: ArrayLike) -> Array:
    """z = artanh(r) (Fisher 1921), whose values over runs may be averaged; at most that of r = 0.9999."""
    made: Array = np.arctanh(np.clip(np.asarray(correlation, np.float64), -0.9999, 0.9999))
    return made


def freed(group: Group) -> Iterator[tuple[Array, Array]]:
    """For each signal: float64 (k,) and (k, outcomes), ranks freed of the controls, of length 1 or NaN."""
    for signal in np.asarray(group.x, np.float64).T:
        known = np.isfinite(signal)
        if known.sum() < FEWEST + group.given.shape[1]:
            yield np.full(1, np.nan), np.full((1, group.y.shape[1]), np.nan)
            continue
        given = np.column_stack([np.ones(int(known.sum())), np.asarray(group.given, np.float64)[known]])
        both = np.column_stack([signal[known], np.asarray(group.y, np.float64)[known]])
        ranks = stats.rankdata(both, axis=0, nan_policy="propagate")
        left = ranks - given @ np.linalg.lstsq(given, ranks - ranks.mean(axis=0), rcond=None)[0]
        left -= left.mean(axis=0)
        length = np.linalg.norm(left, axis=0)
        # What only rounding leaves is nothing.
        unit = left / np.where(length > 1e-6 * known.sum(), length, np.nan)
        yield unit[:, 0], unit[:, 1:]
