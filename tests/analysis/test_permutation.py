"""Alignment of events with marks, and exact rank correlation: laws with known answers."""

from __future__ import annotations

from math import isnan

import numpy as np
import pytest
from scipy import stats

from analysis.permutation import (
    Group,
    alignment,
    fisher,
    onsets,
    partial_ranks,
    rank_correlation,
    shuffled_partial_ranks,
)
from graphgrow.errors import DataError, SettingsError


def test_events_on_marks_are_nearer_than_chance() -> None:
    found = alignment([[10, 40, 70]], [[10, 40, 70]], (1, 75))
    assert found is not None
    assert (found.distance, found.events, found.runs) == (0.0, 3, 1)
    assert found.p < 0.01
    assert found.nearer == found.shuffled > 3


def test_the_mean_of_shuffles_is_that_of_all_epochs() -> None:
    found = alignment([[5]], [[1]], (1, 9), draws=4000)
    assert found is not None
    assert found.distance == 4
    assert found.shuffled == pytest.approx(4, abs=0.15)
    assert found.p == pytest.approx(5 / 9, abs=0.03)


def test_an_event_at_every_epoch_cannot_be_nearer() -> None:
    found = alignment([range(1, 31)], [[7]], (1, 30))
    assert found is not None
    assert found.nearer == pytest.approx(0)
    assert found.p == 1.0


def test_p_is_uniform_where_there_is_no_relation() -> None:
    rng = np.random.default_rng(0)
    values = []
    for _ in range(60):
        found = alignment([rng.choice(50, 4, replace=False) + 1], [rng.choice(50, 3, replace=False) + 1], (1, 50), 200)
        assert found is not None
        values.append(found.p)
    assert 0.35 < np.mean(values) < 0.65


def test_runs_without_events_or_marks_are_left_out_and_nothing_is_none() -> None:
    both = alignment([[3], [], [4]], [[3], [2], []], (1, 9))
    assert both is not None
    assert (both.runs, both.events, both.distance) == (1, 1, 0.0)
    assert alignment([[3], []], [[], [2]], (1, 9)) is None


def test_what_cannot_be_aligned() -> None:
    with pytest.raises(DataError, match="events and marks of the same runs"):
        alignment([[1]], [], (1, 9))
    with pytest.raises(DataError, match="expected events from epoch 1 to 9, got 10 to 10"):
        alignment([[10]], [[2]], (1, 9))
    with pytest.raises(SettingsError, match="shuffles: expected 1 or more"):
        alignment([[1]], [[1]], (1, 9), draws=0)


def test_onsets_are_the_first_of_a_stretch() -> None:
    assert onsets([1, 2, 3, 7, 8, 12]).tolist() == [1, 7, 12]
    assert onsets([1, 3, 5, 9], gap=2).tolist() == [1, 9]
    assert onsets([]).tolist() == []


def test_exact_rank_correlation_of_four() -> None:
    assert rank_correlation([1, 2, 3, 4], [10, 20, 30, 99]) == (pytest.approx(1), pytest.approx(1 / 24))
    assert rank_correlation([1, 2, 3, 4], [4, 3, 2, 1]) == (pytest.approx(-1), pytest.approx(1))
    # Swapping two neighbours at either end or in the middle gives 0.8: 1 + 3 of 24 orders correlate as much.
    assert rank_correlation([1, 2, 3, 4], [2, 1, 3, 4]) == (pytest.approx(0.8), pytest.approx(4 / 24))


def test_ranks_that_do_not_vary_and_too_few() -> None:
    found, p = rank_correlation([1, 2, 3], [5, 5, 5])
    assert isnan(found)
    assert p == 1
    with pytest.raises(DataError, match="expected 3 to 8 pairs, got 2"):
        rank_correlation([1, 2], [1, 2])


def group(link: float, seed: int, count: int = 30) -> Group:
    """A control that drives both sides, and a link beyond it."""
    rng = np.random.default_rng(seed)
    control, x = rng.standard_normal(count), rng.standard_normal(count)
    y = 3 * control + link * x + rng.standard_normal(count)
    return Group((3 * control + x)[:, None], y[:, None], stats.rankdata(control)[:, None])


def test_without_controls_it_is_spearman() -> None:
    one = group(0.5, 0)
    plain = Group(one.x, one.y, np.zeros((30, 0)))
    expected = stats.spearmanr(one.x[:, 0], one.y[:, 0])[0]
    assert partial_ranks(plain)[0, 0] == pytest.approx(expected)
    known = Group(np.where(np.arange(30)[:, None] < 20, one.x, np.nan), one.y, np.zeros((30, 0)))
    assert partial_ranks(known)[0, 0] == pytest.approx(stats.spearmanr(one.x[:20, 0], one.y[:20, 0])[0])


def test_one_control_gives_the_textbook_formula() -> None:
    one = group(0.5, 1)
    x, y, z = (stats.rankdata(column) for column in (one.x[:, 0], one.y[:, 0], one.given[:, 0]))
    xy, xz, yz = (np.corrcoef(*pair)[0, 1] for pair in ((x, y), (x, z), (y, z)))
    expected = (xy - xz * yz) / np.sqrt((1 - xz**2) * (1 - yz**2))
    assert partial_ranks(one)[0, 0] == pytest.approx(expected)


def test_shuffles_find_a_link_and_spare_a_shared_control() -> None:
    groups = [group(1.0, seed) for seed in range(5)]
    found, p = shuffled_partial_ranks(groups, 500)
    assert found[0, 0] == pytest.approx(np.tanh(np.mean([fisher(partial_ranks(one)) for one in groups])))
    assert p[0, 0] < 0.01
    none = [shuffled_partial_ranks([group(0.0, 10 * seed + at) for at in range(3)], 200)[1][0, 0] for seed in range(40)]
    assert 0.35 < np.mean(none) < 0.65
    assert (shuffled_partial_ranks(groups, 50)[1] == shuffled_partial_ranks(groups, 50)[1]).all()


def test_what_does_not_vary_or_is_too_little_has_no_correlation() -> None:
    flat = Group(np.ones((30, 1)), group(0, 0).y, np.zeros((30, 0)))
    few = group(0, 0, 6)
    for one in (flat, few):
        assert np.isnan(partial_ranks(one)).all()
        assert np.isnan(shuffled_partial_ranks([one], 50)[0]).all()
        assert (shuffled_partial_ranks([one], 50)[1] == 1).all()
    followed = Group(flat.given.sum(axis=1, keepdims=True) + np.arange(30.0)[:, None], flat.y, np.arange(30.0)[:, None])
    assert np.isnan(partial_ranks(followed)).all()


def test_what_cannot_be_shuffled() -> None:
    with pytest.raises(DataError, match="one group or more"):
        shuffled_partial_ranks([])
    with pytest.raises(SettingsError, match="shuffles: expected 1 or more"):
        shuffled_partial_ranks([group(0, 0)], 0)
    with pytest.raises(DataError, match="one row per case"):
        Group(np.zeros((3, 1)), np.zeros((4, 1)), np.zeros((3, 0)))
