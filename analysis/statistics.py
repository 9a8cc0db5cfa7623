"""Means with intervals, paired comparisons, and a stated rule for when a claim counts as supported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from math import isnan, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from graphgrow.arrays import Array
from graphgrow.errors import DataError, SettingsError
from graphgrow.rng import stream

CONFIDENCE = 0.95


class Verdict(Enum):
    """What the data say about the claim that a difference is larger than a margin."""

    SUPPORTED = "supported"
    REFUTED = "refuted"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Interval:
    """Both ends of an interval, in the unit of the values."""

    low: float
    high: float

    @property
    def point(self) -> bool:
        """Whether both ends are one: the values had no spread, from which nothing can be inferred."""
        return self.low == self.high


@dataclass(frozen=True)
class Mean:
    """A mean over `count` values; no interval where there is only one value."""

    value: float
    interval: Interval | None
    count: int

    @property
    def same(self) -> bool:
        """Whether there are several values, all of them equal, as those of pairs that are the same run twice."""
        return self.interval is not None and self.interval.point

    def text(self, decimals: int = 2, scale: float = 1.0) -> str:
        """As `mean [low, high]`; "-" stands for an interval that does not exist.

        Examples
        --------
        >>> mean([1.0, 2.0, 3.0]).text()
        '2.00 [-0.48, 4.48]'
        >>> mean([0.5]).text(1, scale=100)
        '50.0 [-]'
        """
        if self.interval is None:
            return f"{self.value * scale:.{decimals}f} [-]"
        low, high = self.interval.low * scale, self.interval.high * scale
        return f"{self.value * scale:.{decimals}f} [{low:.{decimals}f}, {high:.{decimals}f}]"


@dataclass(frozen=True)
class Paired:
    """Differences of pairs that share everything but what is compared.

    Attributes
    ----------
    mean : with its Student t interval.
    bootstrap : percentile interval of the mean over resampled pairs; with fewer than about ten pairs it is too narrow,
        so verdicts use the t interval.
    effect : mean over standard deviation of the differences (Cohen 1988, d for pairs); None where they do not vary.
    positive, negative : pairs with a difference above and below zero.
    """

    mean: Mean
    bootstrap: Interval | None
    effect: float | None
    positive: int
    negative: int

    @property
    def sign(self) -> int:
        """Sign of the mean difference: 1, 0 or -1."""
        return int(np.sign(self.mean.value))


def mean(values: ArrayLike, confidence: float = CONFIDENCE) -> Mean:
    """The mean with its Student t interval (Student 1908): mean +- t(n - 1) * s / sqrt(n).

    Parameters
    ----------
    values : (n,), independent, e.g. one per seed.

    Raises
    ------
    DataError
        No values, or one that is not finite.
    SettingsError
        The confidence lies outside (0, 1).
    """
    data = _checked(values, confidence)
    centre = float(data.mean())
    if data.size < 2:
        return Mean(centre, None, data.size)
    half = float(stats.t.ppf((1 + confidence) / 2, data.size - 1)) * _spread(data) / sqrt(data.size)
    return Mean(centre, Interval(centre - half, centre + half), data.size)


def paired(differences: ArrayLike, confidence: float = CONFIDENCE, seed: int = 0, draws: int = 10_000) -> Paired:
    """What the differences of n pairs say, e.g. two rules on the same seed.

    Parameters
    ----------
    differences : (n,), one per pair.
    seed, draws : of the bootstrap (Efron 1979); the same seed gives the same interval.

    Raises
    ------
    DataError, SettingsError
        As `mean`; or there is not one draw.
    """
    data = _checked(differences, confidence)
    if draws < 1:
        raise SettingsError(f"bootstrap draws: expected 1 or more, got {draws}: 10000 give two stable digits")
    bootstrap, effect = None, None
    if data.size > 1:
        picks = stream(seed, "analysis", "bootstrap").integers(0, data.size, (draws, data.size))
        tail = (1 - confidence) / 2
        low, high = np.quantile(data[picks].mean(axis=1), [tail, 1 - tail]).tolist()
        bootstrap = Interval(low, high)
        spread = _spread(data)
        effect = float(data.mean()) / spread if spread else None
    return Paired(mean(data, confidence), bootstrap, effect, int((data > 0).sum()), int((data < 0).sum()))


def verdict(interval: Interval | None, margin: float = 0.0) -> Verdict:
    """Whether an interval supports the claim "the difference is more than `margin`".

    SUPPORTED: the whole interval lies above the margin. REFUTED: the whole interval lies at or below it. UNDECIDED: the
    margin lies inside, there is no interval, or it is a point: pairs that are all equal, often because both variants
    were the same run, say nothing of how far others would differ.

    Examples
    --------
    >>> verdict(Interval(0.1, 0.4)).value, verdict(Interval(-0.1, 0.4)).value, verdict(None).value
    ('supported', 'undecided', 'undecided')
    >>> verdict(Interval(0.0, 0.0)).value
    'undecided'
    """
    if interval is None or isnan(interval.low) or isnan(interval.high) or interval.point:
        return Verdict.UNDECIDED
    if interval.low > margin:
        return Verdict.SUPPORTED
    return Verdict.REFUTED if interval.high <= margin else Verdict.UNDECIDED


def p_value(found: Mean, margin: float = 0.0, confidence: float = CONFIDENCE) -> float:
    """Of the two-sided t test (Student 1908) that a mean is `margin`; 1 where there is no interval or no spread.

    Elsewhere it lies below 1 - `confidence` just where the interval leaves the margin out.

    Parameters
    ----------
    confidence : of the mean's interval, from which the standard error is read.
    """
    if found.interval is None or found.same:
        return 1.0
    away, half = abs(found.value - margin), (found.interval.high - found.interval.low) / 2
    error = half / float(stats.t.ppf((1 + confidence) / 2, found.count - 1))
    return float(2 * stats.t.sf(away / error, found.count - 1))


def holm(p_values: ArrayLike) -> Array:
    """P values of one family of comparisons, corrected so that one false finding in all stays as rare (Holm 1979).

    Parameters
    ----------
    p_values : float64 (n,), from 0 to 1; the answer has the same order.

    Raises
    ------
    DataError
        No value, or one outside of 0 to 1.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    data = _checked(p_values, CONFIDENCE)
    if data.min() < 0 or data.max() > 1:
        raise DataError(f"expected p values from 0 to 1, got {data.min()} to {data.max()}: pass what a test gave")
    order = np.argsort(data, kind="stable")
    raised = np.maximum.accumulate(data[order] * np.arange(data.size, 0, -1))
    made = np.empty_like(data)
    made[order] = np.minimum(raised, 1)
    return made


def holm_verdicts(means: Sequence[Mean], margin: float = 0.0, confidence: float = CONFIDENCE) -> list[Verdict]:
    """`verdict` for each mean of one family, UNDECIDED where the correction by `holm` takes the decision away.

    So a single false verdict in the whole family is no more likely than 1 - `confidence`.
    """
    if not means:
        return []
    corrected = holm([p_value(each, margin, confidence) for each in means])
    return [
        verdict(each.interval, margin) if p < 1 - confidence else Verdict.UNDECIDED
        for each, p in zip(means, corrected, strict=True)
    ]


def share(count: int, of: int, confidence: float = CONFIDENCE) -> Mean:
    """How many of `of` independent cases, as a share, with its exact interval (Clopper and Pearson 1934).

    Raises
    ------
    DataError
        There is no case, or the count lies outside of 0 to `of`.
    """
    if of < 1 or not 0 <= count <= of:
        raise DataError(f"expected a count from 0 to the number of cases, got {count} of {of}: pass one case or more")
    found = stats.binomtest(count, of).proportion_ci(confidence, method="exact")
    return Mean(count / of, Interval(float(found.low), float(found.high)), of)


def magnitude(interval: Interval) -> Interval:
    """The sizes |x| of what an interval holds; with it, `verdict` judges a difference whichever its sign.

    Examples
    --------
    >>> magnitude(Interval(-3.0, -1.0)), magnitude(Interval(-1.0, 2.0))
    (Interval(low=1.0, high=3.0), Interval(low=0.0, high=2.0))
    """
    ends = abs(interval.low), abs(interval.high)
    return Interval(0.0 if interval.low <= 0 <= interval.high else min(ends), max(ends))


def _spread(data: Array) -> float:
    """Standard deviation; 0 where equal values differ by rounding alone, beside which a mean would look huge."""
    spread = float(data.std(ddof=1))
    return spread if spread > 1e-12 * float(np.abs(data).max()) else 0.0


def _checked(values: ArrayLike | Sequence[float], confidence: float) -> Array:
    if not 0 < confidence < 1:
        raise SettingsError(f"confidence: expected a share between 0 and 1, got {confidence}: 0.95 is usual")
    data = np.asarray(values, np.float64)
    if data.ndim != 1 or not data.size:
        raise DataError(f"expected a list of at least one number, got shape {data.shape}: pass one per seed")
    if not np.isfinite(data).all():
        raise DataError(
            f"expected finite numbers, got {data[~np.isfinite(data)][0]}: leave out runs that did not finish"
        )
    return data
