"""Rank correlations within levels, over all, and by chance."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from analysis.ranks import agreement, partial, weighted
from graphgrow.errors import DataError, SettingsError
from graphgrow.rng import stream

LEVEL = np.repeat([1, 2], [40, 20])


def test_correlations_within_levels_are_spearmans_weighted_by_neurons() -> None:
    rng = stream(0, "test")
    scores, answers = rng.standard_normal((2, 60)), np.round(rng.standard_normal((3, 60)))
    found = agreement(scores, answers, LEVEL, draws=20)
    first, second = (stats.spearmanr(scores[1, part], answers[2, part])[0] for part in (slice(40), slice(40, 60)))
    assert found.within[1, 2] == pytest.approx((2 * first + second) / 3)
    assert found.whole[1, 2] == pytest.approx(stats.spearmanr(scores[1], answers[2])[0])
    assert found.within.shape == found.p.shape == (2, 3)


def test_what_follows_depth_alone_agrees_over_all_but_not_within_levels() -> None:
    rng = stream(1, "test")
    scores, answers = (10.0 * LEVEL + rng.standard_normal(60) for _ in range(2))
    found = agreement(scores[None], answers[None], LEVEL, draws=400)
    assert abs(found.within[0, 0]) < 0.3
    assert found.whole[0, 0] > 0.6
    assert found.depth[0, 0] == pytest.approx(found.whole[0, 0], abs=0.1)
    assert found.low[0, 0] < found.within[0, 0] < found.high[0, 0]
    assert found.p[0, 0] > 0.05


def test_a_perfect_score_beats_every_shuffle_and_a_constant_one_says_nothing() -> None:
    answers = stream(2, "test").standard_normal((1, 60))
    found = agreement(np.concatenate([np.exp(answers), -answers, np.ones((1, 60))]), answers, LEVEL, draws=99)
    assert found.within[:, 0] == pytest.approx([1, -1, np.nan], nan_ok=True)
    assert found.p[:2, 0] == pytest.approx([0.01, 0.01])
    assert np.isnan(found.p[2, 0])
    again = agreement(np.exp(answers), answers, LEVEL, draws=99)
    assert [again.low[0, 0], again.high[0, 0]] == pytest.approx([found.low[0, 0], found.high[0, 0]])


def test_small_levels_are_left_out() -> None:
    answers = stream(3, "test").standard_normal((1, 60))
    level = np.where(np.arange(60) < 3, 7, 1)
    scores = answers.copy()
    scores[0, :3] = -scores[0, :3]
    assert agreement(scores, answers, level, draws=1).within[0, 0] == pytest.approx(1)


def test_partial_correlation_leaves_nothing_of_a_copy_and_keeps_what_is_new() -> None:
    rng = stream(4, "test")
    level = np.repeat([1, 2], 500)
    given, new = rng.standard_normal((2, 1000))
    noise = rng.standard_normal(1000)
    assert abs(partial(given + 0.5 * noise, given + 0.5 * new, given, level)) < 0.08
    assert partial(given + new, given + new + 0.1 * noise, given, level) > 0.9
    assert np.isnan(partial(given**3, new, given, level))
    # In one level the order is that of the control, so that the other one decides.
    half = np.where(level == 1, given, given + new)
    alone = partial(half[500:], new[500:], given[500:], level[500:])
    assert partial(half, new, given, level) == pytest.approx(alone)


def test_weighting_leaves_out_what_is_missing() -> None:
    made = weighted([np.array([1.0, np.nan, np.nan]), np.array([4.0, 2.0, np.nan])], [2, 1])
    assert made == pytest.approx([2, 2, np.nan], nan_ok=True)


def test_wrong_input_is_told() -> None:
    good = np.zeros((1, 60))
    with pytest.raises(DataError, match="expected scores and answers"):
        agreement(good, good[:, :5], LEVEL)
    with pytest.raises(DataError, match="finite"):
        agreement(good, np.full((1, 60), np.nan), LEVEL)
    with pytest.raises(DataError, match="level of 4 neurons"):
        agreement(good[:, :3], good[:, :3], [1, 1, 2])
    with pytest.raises(SettingsError, match="shuffles"):
        agreement(good, good, LEVEL, draws=0)


def test_what_only_rounding_tells_apart_shares_a_rank() -> None:
    sums = np.array([[0.1 + 0.2 + 0.3, 0.3 + 0.2 + 0.1, 1.0, 2.0]])
    assert sums[0, 0] != sums[0, 1]
    even = np.array([[0.6, 0.6, 1.0, 2.0]])
    answers = np.array([[1.0, 2.0, 3.0, 4.0]])
    level = np.zeros(4, int)
    assert np.array_equal(agreement(sums, answers, level).within, agreement(even, answers, level).within)
