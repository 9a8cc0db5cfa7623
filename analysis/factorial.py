"""Factorial comparisons: means of combinations, main effects and interactions of axes, each paired by seed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import pandas as pd

from analysis import statistics
from graphgrow.errors import DataError


def cells(frame: pd.DataFrame, axes: Sequence[str], value: str = "test") -> pd.DataFrame:
    """Mean and t interval over seeds of every combination of levels, in the order of the frame.

    Columns: the axes, seeds, `value` with `_low` and `_high`.
    """
    rows = []
    for keys, group in frame.groupby(list(axes), sort=False):
        made = statistics.mean(group[value])
        row: dict[str, Any] = {**dict(zip(axes, keys, strict=True)), "seeds": made.count}
        rows.append(row | _bounds(value, made.interval, made.value))
    return pd.DataFrame(rows)


def main_effects(
    frame: pd.DataFrame, axes: Sequence[str], value: str = "test", confidence: float = statistics.CONFIDENCE
) -> pd.DataFrame:
    """What a level of an axis adds over the first level of that axis, averaged over the other axes, seed by seed.

    Columns: axis, level, against, pairs (seeds), gain with `_low` and `_high` (t interval), bootstrap_low and
    bootstrap_high.

    Raises
    ------
    DataError
        A combination lacks a seed, or has one twice: only a full factorial is paired.
    """
    table = _full(frame, axes, value)
    rows = []
    for axis in axes:
        by_level = table.groupby([axis, "seed"], sort=False)[value].mean().unstack("seed")
        first, *rest = _levels(table, axis)
        rows += [
            {"axis": axis, "level": level, "against": first, **_paired(by_level.loc[level] - by_level.loc[first])}
            | _t("gain", by_level.loc[level] - by_level.loc[first], confidence)
            for level in rest
        ]
    return pd.DataFrame(rows)


def interactions(
    frame: pd.DataFrame, axes: Sequence[str], value: str = "test", confidence: float = statistics.CONFIDENCE
) -> pd.DataFrame:
    """How far two levels together miss the sum of what each adds, averaged over the other axes, seed by seed.

    For levels a and b of two axes with first levels a0 and b0: y(a, b) - y(a, b0) - y(a0, b) + y(a0, b0); 0 where they
    are additive. Columns as `main_effects`, with the pair of axes and of levels by name.

    Raises
    ------
    DataError
        As `main_effects`.
    """
    table = _full(frame, axes, value)
    rows = []
    for one, two in combinations(axes, 2):
        mean = table.groupby([one, two, "seed"], sort=False)[value].mean().unstack("seed")
        (first, *ones), (second, *twos) = _levels(table, one), _levels(table, two)
        for level in ones:
            for other in twos:
                missed = mean.loc[(level, other)] - mean.loc[(level, second)]
                missed = missed - mean.loc[(first, other)] + mean.loc[(first, second)]
                row = {"axes": f"{one} x {two}", "levels": f"{level} x {other}", "against": f"{first} x {second}"}
                rows.append(row | _paired(missed) | _t("gain", missed, confidence))
    return pd.DataFrame(rows)


def additive(interval: statistics.Interval | None, margin: float) -> statistics.Verdict:
    """Whether an interaction is smaller than `margin`, whatever its sign.

    SUPPORTED: the whole interval lies between -margin and margin. REFUTED: the whole interval lies outside.

    Examples
    --------
    >>> additive(statistics.Interval(-0.01, 0.02), 0.05).value, additive(statistics.Interval(-0.3, -0.1), 0.05).value
    ('supported', 'refuted')
    >>> additive(statistics.Interval(-0.1, 0.02), 0.05).value
    'undecided'
    """
    if interval is None:
        return statistics.Verdict.UNDECIDED
    ends = abs(interval.low), abs(interval.high)
    least = 0.0 if interval.low <= 0 <= interval.high else min(ends)
    return statistics.verdict(statistics.Interval(margin - max(ends), margin - least))


def _full(frame: pd.DataFrame, axes: Sequence[str], value: str) -> pd.DataFrame:
    """The frame, if each combination has each seed once."""
    wanted = frame["seed"].nunique()
    for axis in axes:
        wanted *= frame[axis].nunique()
    once = frame.drop_duplicates([*axes, "seed"])
    if not len(frame) or len(once) != len(frame) or len(frame) != wanted or frame[value].isna().any():
        raise DataError(
            f"expected each of {wanted} combinations of {', '.join(axes)} and seed once, got {len(frame)} rows with "
            f"{len(once)} different ones: run what is missing, or leave a level out"
        )
    return frame


def _levels(frame: pd.DataFrame, axis: str) -> list[str]:
    """Levels in the order of the frame; the first is what others are compared with."""
    return [str(level) for level in frame[axis].unique()]


def _paired(differences: pd.Series[Any]) -> dict[str, Any]:
    """Pairs and the bootstrap interval."""
    made = statistics.paired(differences.to_numpy())
    return {"pairs": made.mean.count, **_bounds("bootstrap", made.bootstrap)}


def _t(name: str, differences: pd.Series[Any], confidence: float) -> dict[str, Any]:
    """Mean and t interval."""
    made = statistics.mean(differences.to_numpy(), confidence)
    return _bounds(name, made.interval, made.value)


def _bounds(name: str, interval: statistics.Interval | None, *value: float) -> dict[str, float]:
    """The columns of a mean and its interval; NaN for what does not exist."""
    ends = (float("nan"),) * 2 if interval is None else (interval.low, interval.high)
    return dict(zip([*[name] * len(value), f"{name}_low", f"{name}_high"], (*value, *ends), strict=True))
