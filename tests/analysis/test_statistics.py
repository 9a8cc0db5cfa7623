from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from analysis import statistics
from analysis.statistics import Interval, Verdict, magnitude, mean, paired, verdict
from graphgrow.errors import DataError, SettingsError

numbers = st.lists(st.floats(-100, 100), min_size=2, max_size=12)


@pytest.mark.parametrize(("count", "quantile"), [(2, 12.706205), (3, 4.302653), (5, 2.776445), (10, 2.262157)])
def test_the_half_width_is_the_textbook_quantile_times_the_standard_error(count: int, quantile: float) -> None:
    values = np.arange(count, dtype=float)
    made = mean(values)
    assert made.interval is not None
    half = (made.interval.high - made.interval.low) / 2
    assert half == pytest.approx(quantile * values.std(ddof=1) / np.sqrt(count), rel=1e-6)
    assert made.value == pytest.approx((count - 1) / 2)


def test_another_confidence_gives_another_quantile() -> None:
    wide = mean([1, 2, 3], 0.99).interval
    assert wide is not None
    assert wide.high - 2 == pytest.approx(9.924843 / np.sqrt(3), rel=1e-6)


def test_one_value_has_no_interval() -> None:
    made = mean([0.75])
    assert made.interval is None
    assert made.text() == "0.75 [-]"
    assert paired([0.75]).bootstrap is None
    assert paired([0.75]).effect is None


def test_paired_effect_is_mean_over_standard_deviation() -> None:
    made = paired([1.0, 2.0, 3.0, -1.0, 0.0])
    assert made.effect == pytest.approx(1.0 / np.sqrt(2.5))
    assert (made.positive, made.negative, made.sign) == (3, 1, 1)


def test_equal_differences_have_no_effect_size() -> None:
    made = paired([0.1, 0.1, 0.1, 0.1 + 1e-17])
    assert made.effect is None
    assert made.bootstrap is not None
    assert made.bootstrap.low == pytest.approx(0.1)
    assert made.mean.same
    assert mean([0.4 - 0.3, 0.3 - 0.2, 0.9 - 0.8]).same
    assert not mean([0.1, 0.2]).same
    assert not mean([0.1]).same


def test_the_bootstrap_repeats_with_its_seed_and_only_then() -> None:
    values = [0.3, 1.1, -0.4, 2.0, 0.9, 0.2]
    assert paired(values, seed=3) == paired(values, seed=3)
    assert paired(values, seed=3).bootstrap != paired(values, seed=4).bootstrap


def test_the_bootstrap_agrees_with_theory_on_many_values() -> None:
    values = np.linspace(-1, 1, 400)
    interval = paired(values, draws=4000).bootstrap
    assert interval is not None
    assert interval.high == pytest.approx(1.96 * values.std() / np.sqrt(400), rel=0.08)


@given(numbers)
def test_intervals_hold_the_mean_and_turn_with_the_sign(values: list[float]) -> None:
    made, turned = paired(values, draws=50), paired([-value for value in values], draws=50)
    assert made.mean.interval is not None
    assert turned.mean.interval is not None
    assert made.mean.interval.low <= made.mean.value <= made.mean.interval.high
    assert turned.mean.interval.low == pytest.approx(-made.mean.interval.high, abs=1e-9)
    assert (turned.positive, turned.negative) == (made.negative, made.positive)


@pytest.mark.parametrize(
    ("interval", "margin", "expected"),
    [
        (Interval(0.1, 0.4), 0.0, Verdict.SUPPORTED),
        (Interval(0.1, 0.4), 0.1, Verdict.UNDECIDED),
        (Interval(-0.1, 0.4), 0.0, Verdict.UNDECIDED),
        (Interval(-0.4, -0.1), 0.0, Verdict.REFUTED),
        (Interval(-0.4, 0.0), 0.0, Verdict.REFUTED),
        (Interval(0.1, 0.4), 0.5, Verdict.REFUTED),
        (Interval(float("nan"), float("nan")), 0.0, Verdict.UNDECIDED),
        (None, 0.0, Verdict.UNDECIDED),
        (Interval(0.0, 0.0), 0.0, Verdict.UNDECIDED),
        (Interval(0.0, 0.0), -0.1, Verdict.UNDECIDED),
        (Interval(0.2, 0.2), 0.0, Verdict.UNDECIDED),
    ],
)
def test_the_rule_of_verdicts(interval: Interval | None, margin: float, expected: Verdict) -> None:
    assert verdict(interval, margin) is expected


@pytest.mark.parametrize("values", [[], [[1.0, 2.0]], [1.0, float("nan")]])
def test_what_has_no_mean_is_refused(values: list[float]) -> None:
    with pytest.raises(DataError, match="expected"):
        mean(values)


def test_settings_out_of_range_are_refused() -> None:
    with pytest.raises(SettingsError, match="confidence"):
        mean([1, 2], 95)
    with pytest.raises(SettingsError, match="draws"):
        paired([1, 2], draws=0)


def test_a_p_value_lies_below_five_percent_just_where_the_interval_leaves_the_margin_out() -> None:
    values = [0.2, 0.5, 0.1, 0.4]
    found = statistics.mean(values)
    assert statistics.p_value(found) == pytest.approx(scipy_stats.ttest_1samp(values, 0).pvalue)
    assert found.interval is not None
    assert statistics.p_value(found, found.interval.low) == pytest.approx(0.05)
    assert statistics.p_value(found, found.value) == pytest.approx(1)
    assert statistics.p_value(statistics.mean([3.0])) == 1
    assert statistics.p_value(statistics.mean([2.0, 2.0])) == 1


def test_holm_corrects_step_by_step_and_keeps_the_order() -> None:
    assert statistics.holm([0.04, 0.01, 0.03, 0.9]) == pytest.approx([0.09, 0.04, 0.09, 0.9])
    assert statistics.holm([0.5, 0.9]) == pytest.approx([1, 1])
    with pytest.raises(DataError, match="expected p values from 0 to 1, got"):
        statistics.holm([0.2, 1.2])


def test_a_verdict_of_a_family_is_harder_to_reach_than_alone() -> None:
    weak, strong = statistics.mean([0.1, 0.3, 0.5]), statistics.mean([1.0, 1.01, 1.02])
    weak = replace(weak, interval=Interval(0.02, 0.58))
    assert verdict(weak.interval) is Verdict.SUPPORTED
    assert statistics.holm_verdicts([weak, weak, strong]) == [
        Verdict.UNDECIDED,
        Verdict.UNDECIDED,
        Verdict.SUPPORTED,
    ]
    assert statistics.holm_verdicts([strong], margin=2.0) == [Verdict.REFUTED]
    assert statistics.holm_verdicts([]) == []


def test_a_share_has_an_exact_interval() -> None:
    none, all_of = statistics.share(0, 5), statistics.share(5, 5)
    assert none.interval is not None
    assert all_of.interval is not None
    assert (none.value, none.interval.low) == (0, 0)
    assert none.interval.high == pytest.approx(1 - 0.025 ** (1 / 5))
    assert (all_of.value, all_of.interval.high) == (1, 1)
    with pytest.raises(DataError, match="got 6 of 5"):
        statistics.share(6, 5)


@pytest.mark.parametrize(
    ("interval", "size", "matters"),
    [
        (Interval(0.3, 0.5), Interval(0.3, 0.5), Verdict.SUPPORTED),
        (Interval(-0.5, -0.3), Interval(0.3, 0.5), Verdict.SUPPORTED),
        (Interval(-0.1, 0.2), Interval(0.0, 0.2), Verdict.REFUTED),
        (Interval(-0.5, 0.1), Interval(0.0, 0.5), Verdict.UNDECIDED),
        (Interval(0.1, 0.5), Interval(0.1, 0.5), Verdict.UNDECIDED),
    ],
)
def test_a_difference_matters_whichever_its_sign(interval: Interval, size: Interval, matters: Verdict) -> None:
    assert magnitude(interval) == size
    assert verdict(magnitude(interval), 0.2) is matters
