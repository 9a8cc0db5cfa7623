"""Activation extrema against the textbook shares and against counting by hand."""

from __future__ import annotations

import numpy as np
import pytest

from graphgrow.arrays import Array
from graphgrow.errors import SettingsError
from graphgrow.graph.builders import wiring
from graphgrow.graph.wiring import Activation, Wiring
from graphgrow.measure.extrema import (
    AGGRESSIVE,
    BALANCED,
    FOUNDING_PROTOCOL,
    Extrema,
    Mode,
    Protocol,
    expected_share,
    find,
    level_medians,
)

SAMPLES = 20
LEAKY = (Activation.RELU, Activation.LEAKY_RELU, Activation.GELU)


def hidden(count: int, activation: Activation) -> Wiring:
    """One input (row 0), `count` hidden neurons (rows 1 to count) and one output."""
    return wiring([0] + [1] * count + [2], [], [], activation=activation)


def found(values: Array, activation: Activation, protocol: Protocol = FOUNDING_PROTOCOL) -> Extrema:
    """Extrema of hidden rows (count, samples) between an input and an output that look extreme."""
    edge = np.ones((1, values.shape[1]))
    return find(hidden(len(values), activation), np.vstack([edge, values, edge]), protocol)


def shares(extreme: list[int], low: float, middle: float, top: float) -> Array:
    """Rows with that many samples at the top (negative: at the bottom), the rest in the middle."""
    rows = np.full((len(extreme), SAMPLES), middle)
    for row, count in enumerate(extreme):
        rows[row, : abs(count)] = top if count > 0 else low
    return rows


@pytest.mark.parametrize(("epsilon", "percent"), [(0.05, 0.3), (0.10, 2.8), (0.20, 16.6)])
def test_textbook_shares(epsilon: float, percent: float) -> None:
    assert round(100 * expected_share(epsilon), 1) == percent


@pytest.mark.parametrize("protocol", [FOUNDING_PROTOCOL, BALANCED, AGGRESSIVE])
def test_gaussian_pre_activations_reach_that_share(protocol: Protocol) -> None:
    draws = 400_000
    position = 1 / (1 + np.exp(-np.random.default_rng(1).standard_normal(draws)))
    eps = protocol.epsilon
    share = ((position > 1 - eps) | (position < eps)).mean()
    wanted = expected_share(eps)
    assert abs(share - wanted) < 4 * np.sqrt(wanted * (1 - wanted) / draws)


@pytest.mark.parametrize(
    ("activation", "low", "middle", "top"),
    [(Activation.SIGMOID, 0.04, 0.5, 0.96), (Activation.TANH, -0.92, 0.0, 0.92)],
)
def test_bounded_neurons_by_share_above_tau(activation: Activation, low: float, middle: float, top: float) -> None:
    counts = [0, 10, 11, 20, -10, -11, -20]
    seen = found(shares(counts, low, middle, top), activation)
    assert seen.high[1:-1].tolist() == [False, False, True, True, False, False, False]
    assert seen.low[1:-1].tolist() == [False, False, False, False, False, True, True]
    expected = [0, 0, 11 / 20, 1, 0, 11 / 20, 1]
    np.testing.assert_allclose(seen.severity[1:-1], expected, rtol=1e-6)
    np.testing.assert_allclose(seen.scores[1:-1], [0, 0, 0.55, 1, 0, -0.55, -1], rtol=1e-6)
    assert seen.dead[1:-1].tolist() == [True, False, False, True, False, False, True]
    assert seen.scores.dtype == seen.severity.dtype == np.float32


@pytest.mark.parametrize(("activation", "edge"), [(Activation.SIGMOID, 0.9), (Activation.TANH, 0.8)])
def test_epsilon_is_a_share_of_the_range(activation: Activation, edge: float) -> None:
    rows = np.array([[edge + 0.01], [edge - 0.01]]).repeat(SAMPLES, axis=1)
    assert found(rows, activation, BALANCED).high[1:-1].tolist() == [True, False]
    assert not found(rows, activation).high.any()


@pytest.mark.parametrize("activation", LEAKY)
def test_quiet_neurons_are_low_from_ninety_percent_of_zeros(activation: Activation) -> None:
    rows = shares([1, 2, 3], 0, 0.0, 5.0)
    rows = np.vstack([rows, np.full(SAMPLES, 1e-3)])
    seen = found(rows, activation)
    assert seen.low[1:-1].tolist() == [True, True, False, False]
    np.testing.assert_allclose(seen.severity[1:3], [0.95, 0.9], rtol=1e-6)


@pytest.mark.parametrize("activation", LEAKY)
@pytest.mark.parametrize("mode", list(Mode))
def test_dead_neurons_are_low_never_high(activation: Activation, mode: Mode) -> None:
    rows = np.zeros((4, SAMPLES))
    made = hidden(4, activation)
    seen = find(
        made, np.vstack([rows[:1], rows, rows[:1]]), Protocol(mode=mode), reference=dict.fromkeys(range(9), -1.0)
    )
    assert seen.dead[1:-1].all()
    assert seen.low[1:-1].all()
    assert not seen.high.any()
    assert not seen.dead[[0, -1]].any()


@pytest.mark.parametrize("size", [1, 2, 9, 19, 30, 41, 100])
@pytest.mark.parametrize("epsilon", [0.05, 0.1, 0.2, 0.49])
def test_relative_mode_takes_a_share_of_the_level(size: int, epsilon: float) -> None:
    mean = np.random.default_rng(size).permutation(size) + 1.0
    seen = found(np.repeat(mean[:, None], 3, axis=1), Activation.RELU, Protocol(epsilon=epsilon))
    count = max(1, round(epsilon * size))
    assert seen.high.sum() == count
    assert set(np.flatnonzero(seen.high) - 1) == set(np.argsort(mean)[-count:])
    np.testing.assert_allclose(np.sort(seen.severity[seen.high])[::-1], (size - np.arange(count)) / size, rtol=1e-6)


def test_relative_mode_counts_each_level_alone() -> None:
    made = wiring([0] + [1] * 4 + [3] * 4 + [5], [], [])
    mean = np.array([0, 1, 2, 3, 4, 100, 200, 400, 300, 0.0])
    seen = find(made, np.repeat(mean[:, None], 2, axis=1))
    assert np.flatnonzero(seen.high).tolist() == [4, 7]
    assert seen.by_level(made) == {1: (1, 0), 3: (1, 0)}


def test_absolute_mode_needs_the_first_probe() -> None:
    with pytest.raises(SettingsError, match="level_medians"):
        found(np.ones((2, 3)), Activation.RELU, Protocol(mode=Mode.ABSOLUTE))


def test_absolute_mode_is_three_times_the_first_median() -> None:
    made = hidden(5, Activation.RELU)
    first = np.repeat(np.array([9, 1, 2, 3, 4, 5, 9.0])[:, None], 4, axis=1)
    reference = level_medians(made, first)
    assert reference == dict.fromkeys(range(1, 6), 3.0)
    protocol = Protocol(mode=Mode.ABSOLUTE)
    assert not find(made, first, protocol, reference).high.any()
    later = first * np.array([1, 9, 4.5, 3, 2.5, 2, 1])[:, None]
    seen = find(made, later, protocol, reference)
    # Means 9, 9, 9, 10 and 10: above 9, not at it.
    assert np.flatnonzero(seen.high).tolist() == [4, 5]
    assert not find(made, later * 0.5, protocol, reference).high.any()
    # Newborns take the reference of their level; a level that the first probe did not see has none.
    assert np.flatnonzero(find(made, later, protocol, {1: 3.0}).high).tolist() == [4, 5]
    assert not find(made, later, protocol, {77: 3.0}).high.any()


def test_identity_neurons_by_the_largest_of_their_level() -> None:
    rows = np.ones((3, SAMPLES))
    rows[1, :11] = -10.0
    rows[2, 11:] = 10.0
    seen = found(rows, Activation.IDENTITY)
    assert seen.high[1:-1].tolist() == [False, True, False]
    assert not seen.low.any()
    np.testing.assert_allclose(seen.severity[2], 11 / 20, rtol=1e-6)


def test_silent_identity_level_has_no_extremum() -> None:
    assert not found(np.zeros((3, SAMPLES)), Activation.IDENTITY).high.any()


@pytest.mark.parametrize("activation", list(Activation))
def test_only_hidden_neurons_are_extreme(activation: Activation) -> None:
    for value in (0.0, 1.0, -1.0):
        seen = found(np.full((4, 6), value), activation)
        for column in (seen.high, seen.low, seen.dead, seen.severity):
            assert not column[[0, -1]].any()


def test_kinds_are_told_apart_within_a_level() -> None:
    kinds = [Activation.IDENTITY, Activation.SIGMOID, Activation.TANH, Activation.RELU, Activation.IDENTITY]
    made = wiring([0, 1, 1, 1, 2], [], [], activation=np.array(kinds))
    values = np.array([0.0, 0.97, 0.97, 0.97, 0.0])
    seen = find(made, np.repeat(values[:, None], 4, axis=1))
    assert seen.high.tolist() == [False, True, True, True, False]
    assert seen.by_level(made) == {1: (3, 0)}


def test_a_network_without_hidden_neurons() -> None:
    made = wiring([0, 1], [0], [1])
    seen = find(made, np.ones((2, 3)))
    assert not (seen.high | seen.low | seen.dead).any()
    assert seen.by_level(made) == {}
    assert level_medians(made, np.ones((2, 3))) == {}


@pytest.mark.parametrize("activation", list(Activation))
def test_one_sample_is_enough(activation: Activation) -> None:
    seen = found(np.array([[0.5], [0.99], [0.01]]), activation)
    assert not (seen.high & seen.low).any()
    assert seen.high[2]
    assert np.isfinite(seen.severity).all()


@pytest.mark.parametrize("activation", [Activation.SIGMOID, Activation.TANH])
def test_constant_neurons_are_dead_and_middling_ones_no_extremum(activation: Activation) -> None:
    seen = found(np.repeat(np.array([[0.5], [1.0]]), 4, axis=1), activation)
    assert seen.dead[1:-1].all()
    assert seen.high[1:-1].tolist() == [False, True]


@pytest.mark.parametrize("name", ["epsilon", "tau", "quiet", "unbounded"])
@pytest.mark.parametrize("value", [0.0, 1.0, -0.1, 1.5, float("nan")])
def test_shares_out_of_bounds_are_refused(name: str, value: float) -> None:
    with pytest.raises(SettingsError, match=name):
        Protocol(**{name: value})  # type: ignore[arg-type]


def test_an_epsilon_of_half_the_range_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"less than 0\.5"):
        Protocol(epsilon=0.5)


@pytest.mark.parametrize("value", [0.0, -3.0, float("nan"), float("inf")])
def test_a_multiple_that_is_no_positive_number_is_refused(value: float) -> None:
    with pytest.raises(SettingsError, match="times_median"):
        Protocol(times_median=value)


def test_the_founding_protocol() -> None:
    assert (FOUNDING_PROTOCOL.epsilon, BALANCED.epsilon, AGGRESSIVE.epsilon) == (0.05, 0.10, 0.20)
    assert (FOUNDING_PROTOCOL.tau, FOUNDING_PROTOCOL.quiet, FOUNDING_PROTOCOL.times_median) == (0.5, 0.9, 3.0)
    assert FOUNDING_PROTOCOL.mode is Mode.RELATIVE
