"""How far scores of neurons order them alike: rank correlations within levels and over all, and what chance would do.

A score that follows depth agrees with anything else that does. Within levels depth says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from graphgrow.arrays import Array
from graphgrow.errors import DataError, SettingsError
from graphgrow.measure.pools import one_thread
from graphgrow.measure.ranks import rounded
from graphgrow.rng import stream

FEWEST = 4
"""Neurons that a level must have to take part: of fewer, ranks say next to nothing."""
SAME = 1 - 1e-9
"""A correlation from which on two scores give one order."""


@dataclass(frozen=True, eq=False)
class Agreement:
    """Spearman correlations of every score with every answer, each float64 (scores, answers).

    NaN where a score or an answer does not vary.

    Attributes
    ----------
    within : correlations within levels, in the mean weighted by the number of neurons.
    whole : correlations over all neurons at once.
    depth : what `whole` is in the mean over shuffles within levels: the part that levels alone make.
    low, high : what `within` reaches by chance: the middle 95 % of it over the shuffles.
    p : share of shuffles as far from 0 as `within`, that one counted (Phipson and Smyth 2010): two-sided.
    """

    within: Array
    whole: Array
    depth: Array
    low: Array
    high: Array
    p: Array


def agreement(scores: Array, answers: Array, level: ArrayLike, draws: int = 200, seed: int = 0) -> Agreement:
    """How far scores order neurons as the answers do.

    Parameters
    ----------
    scores : float (scores, neurons).
    answers : float (answers, neurons); these are shuffled among the neurons of a level.
    level : int (neurons,).
    draws : shuffles.

    Raises
    ------
    DataError
        Shapes disagree, a number is not finite, or no level has `FEWEST` neurons.
    SettingsError
        No shuffle.
    """
    groups = _groups(scores, answers, np.asarray(level))
    if draws < 1:
        raise SettingsError(f"shuffles: expected 1 or more, got {draws}: 200 give p to 0.005")
    rng = stream(seed, "analysis", "agreement")
    shuffles = [np.argsort(rng.random((draws, rows.size)), axis=1) for rows in groups]
    parts = [(_unit(scores[:, rows]), _unit(answers[:, rows])) for rows in groups]
    sizes = [rows.size for rows in groups]
    within = weighted([_products(first, second) for first, second in parts], sizes)
    chance = weighted([_shuffled(*part, order) for part, order in zip(parts, shuffles, strict=True)], sizes)
    joined = np.concatenate(groups)
    first, second = _unit(scores[:, joined]), _unit(answers[:, joined])
    borders = np.cumsum([0, *(rows.size for rows in groups)])
    depth = sum(
        (_shuffled(first[:, a:b], second[:, a:b], order).mean(axis=0))
        for (a, b), order in zip(pairwise(borders), shuffles, strict=True)
    )
    low, high = np.quantile(chance, [0.025, 0.975], axis=0)
    p = (1 + (np.abs(chance) >= np.abs(within) - 1e-12).sum(axis=0)) / (1 + draws)
    whole = _products(first, second)
    return Agreement(within, whole, np.asarray(depth), low, high, np.where(np.isnan(within), np.nan, p))


def partial(score: Array, answer: Array, given: Array, level: ArrayLike) -> float:
    """Rank correlation within levels of score and answer, each (neurons,), that is left at equal rank of a third.

    The formula for linear partial correlation on ranks. Levels in which the third gives the order of one of both are
    left out; NaN where all are.
    """
    found, sizes = [], []
    for rows in _groups(score[None], np.stack([answer, given]), np.asarray(level)):
        one, two, three = _unit(np.stack([score[rows], answer[rows], given[rows]]))
        other, third, fourth = float(one @ two), float(one @ three), float(two @ three)
        left = (1 - third**2) * (1 - fourth**2)
        good = max(abs(third), abs(fourth)) < SAME
        found.append(np.asarray((other - third * fourth) / np.sqrt(left) if good else np.nan))
        sizes.append(rows.size)
    return float(weighted(found, sizes))


def weighted(values: Sequence[Array], sizes: Sequence[int]) -> Array:
    """Mean over levels, each counting as often as it has neurons; levels with NaN are left out, NaN where all are."""
    stacked = np.stack(values)
    weight = np.asarray(sizes, np.float64).reshape(-1, *(1,) * (stacked.ndim - 1)) * np.isfinite(stacked)
    total = weight.sum(axis=0)
    sums = (np.nan_to_num(stacked) * weight).sum(axis=0)
    made: Array = np.divide(sums, total, out=np.full(sums.shape, np.nan), where=total > 0)
    return made


def stacked(scores: Mapping[str, Array]) -> tuple[list[str], Array]:
    """Names, and float64 (scores, neurons)."""
    return list(scores), np.stack([np.asarray(row, np.float64) for row in scores.values()])


def _groups(scores: Array, answers: Array, level: Array) -> list[Array]:
    """Rows of each level that is large enough."""
    if scores.ndim != 2 or answers.ndim != 2 or not scores.shape[1] == answers.shape[1] == level.size:
        raise DataError(
            f"expected scores and answers (number, {level.size} neurons), got {scores.shape} and {answers.shape}"
        )
    if not (np.isfinite(scores).all() and np.isfinite(answers).all()):
        raise DataError("expected finite scores and answers, got some that are not: leave out what has no value")
    groups = [np.flatnonzero(level == each) for each in np.unique(level)]
    kept = [rows for rows in groups if rows.size >= FEWEST]
    if not kept:
        raise DataError(f"expected a level of {FEWEST} neurons or more, got none: give a larger network")
    return kept


def _unit(values: Array) -> Array:
    """Ranks, centred and of length 1, so that products are correlations; NaN where nothing varies."""
    ranks = stats.rankdata(rounded(values), axis=1)
    ranks -= ranks.mean(axis=1, keepdims=True)
    length = np.linalg.norm(ranks, axis=1, keepdims=True)
    made: Array = np.divide(ranks, length, out=np.full_like(ranks, np.nan), where=length > 0)
    return made


def _products(first: Array, second: Array) -> Array:
    """float64 (scores, answers)."""
    with one_thread():
        made: Array = first @ second.T
    return made


def _shuffled(first: Array, second: Array, order: Array) -> Array:
    """float64 (draws, scores, answers): products after each shuffle (draws, neurons) of the second."""
    moved = second[:, order]
    # The last bits of a product depend on how many threads BLAS shares it out to.
    with one_thread():
        made: Array = np.einsum("kn,mdn->dkm", first, moved, optimize=True)
    return made
