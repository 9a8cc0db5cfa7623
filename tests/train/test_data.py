from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphgrow.errors import DataError, SettingsError
from graphgrow.train import scaling
from graphgrow.train.data import Data, Split
from graphgrow.train.splits import Division, Raw, choose, divide


def _split(samples: int = 3, inputs: int = 2) -> Split:
    return Split(np.zeros((samples, inputs)), np.zeros(samples, dtype=np.int64))


def test_split_casts_copies_and_freezes() -> None:
    x = np.ones((3, 2))
    split = Split(x, np.array([0, 1, 2], dtype=np.uint8))
    x[0, 0] = 5
    assert (split.x.dtype, split.y.dtype, len(split)) == (np.float32, np.int64, 3)
    assert split.x[0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        split.x[0, 0] = 2


def test_split_keeps_an_array_that_is_already_owned_and_frozen() -> None:
    x = np.ones((3, 2), dtype=np.float32)
    x.setflags(write=False)
    assert Split(x, np.zeros((3, 1), dtype=np.float32)).x is x
    view = np.ones((3, 2), dtype=np.float32)[:]
    view.setflags(write=False)
    assert Split(view, np.zeros(3, dtype=np.int64)).x is not view


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        (
            np.zeros(3),
            np.zeros(3, int),
            r"x: expected real numbers of shape \(samples, inputs\), got float64 of shape \(3,\)",
        ),
        (np.zeros((3, 2), complex), np.zeros(3, int), "got complex128"),
        (np.zeros((3, 2)), np.zeros(3), "y: expected whole-number labels"),
        (np.zeros((3, 2)), np.zeros((3, 2), int), "y: expected whole-number labels"),
        (np.zeros((3, 2)), np.zeros(2, int), "got 3 and 2: row 2 has no partner"),
        (np.array([[0, 1], [2, np.nan]]), np.zeros(2, int), "x: expected finite numbers, got nan in row 1, column 1"),
        (np.array([[0, 1e300]]), np.zeros(1, int), "got inf in row 0, column 1"),
        (np.zeros((2, 1)), np.array([[0.0], [np.inf]]), "y: expected finite numbers, got inf in row 1"),
        (np.zeros((3, 1)), np.array([0, -2, -1]), "label out of range: expected 0 or more, got -2 in row 1"),
    ],
)
def test_split_refuses(x: np.ndarray, y: np.ndarray, words: str) -> None:
    with pytest.raises(DataError, match=words) as caught:
        Split(x, y)
    assert "\n" not in str(caught.value)


def test_data_refuses_an_empty_train_split_and_unlike_splits() -> None:
    good, empty = _split(), _split(0)
    assert len(Data(good, empty, empty, good).growth) == 0
    with pytest.raises(DataError, match="train: expected at least 1 sample"):
        Data(empty, good, good, good)
    with pytest.raises(DataError, match="test: expected 2 inputs and labels as in train, got 3 inputs and labels"):
        Data(good, good, good, _split(inputs=3))
    real = Split(np.zeros((1, 2)), np.zeros((1, 4)))
    with pytest.raises(DataError, match="growth: expected 2 inputs and labels as in train, got 2 inputs and 4 outputs"):
        Data(good, good, real, good)


def test_by_column_standardises_and_zeroes_constants() -> None:
    x = np.random.default_rng(0).normal(3, 5, (500, 3))
    x[:, 1] = 0.1  # its mean is not exactly 0.1, so its deviation is not exactly 0
    scale = scaling.by_column(x)
    made = scale(x)
    np.testing.assert_allclose(made.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(made.std(axis=0), [1, 0, 1], atol=1e-6)
    assert scale(np.array([[3.0, 77.0, 3.0]]))[0, 1] == 0


def test_by_column_keeps_the_digits_of_large_offsets() -> None:
    x = 1.7e9 + np.arange(10.0)[:, None]
    expected = (np.arange(10) - 4.5) / np.arange(10).std()
    np.testing.assert_allclose(scaling.by_column(x)(x)[:, 0], expected, rtol=1e-6)


def test_by_column_refuses_a_spread_beyond_floating_point() -> None:
    with pytest.raises(DataError, match=r"in column 1: change the unit"):
        scaling.by_column(np.array([[0, -1e300], [1, 1e300]]))


def test_overall_equals_dividing_by_the_largest_value_first() -> None:
    x = np.random.default_rng(0).integers(0, 256, (5000, 6), dtype=np.uint8)  # more rows than one block
    unit = x / 255
    np.testing.assert_allclose(scaling.overall(x)(x), (unit - unit.mean()) / unit.std(), atol=1e-6)
    assert not scaling.overall(np.full((4, 2), 9))(np.full((4, 2), 9)).any()


@given(st.lists(st.integers(0, 4), min_size=1, max_size=60), st.integers(0, 2**20), st.floats(0, 1, exclude_max=True))
def test_choose_is_a_stratified_partition(labels: list[int], seed: int, share: float) -> None:
    targets = np.array(labels)
    count = round(share * len(labels))
    held, rest = choose(targets, count, np.random.default_rng(seed))
    assert len(held) == count
    assert sorted([*held.tolist(), *rest.tolist()]) == list(range(len(labels)))
    sizes, taken = np.bincount(targets), np.bincount(targets[held], minlength=max(labels) + 1)
    whole = sizes * count // len(labels)
    assert ((whole <= taken) & (taken <= whole + 1)).all()
    lost_by_rounding_up = (taken == sizes) & (taken > whole)
    if lost_by_rounding_up.any():  # then every class that could spare one more has given it
        assert (taken > whole)[sizes - whole > 1].all()


def test_choose_takes_the_last_sample_of_a_class_only_when_no_other_can_spare_one() -> None:
    targets = np.array([0] * 5 + [1])
    held, rest = choose(targets, 1, np.random.default_rng(0))
    assert targets[held].tolist() == [0]
    assert 1 in targets[rest]


def _raw(samples: int = 120) -> Raw:
    return Raw(np.arange(float(samples))[:, None], np.arange(samples) % 3)


def test_divide_is_deterministic_disjoint_and_stratified() -> None:
    division = Division(seed=4, validation=0.25, growth=0.125)
    first, again = (divide(_raw(), None, division, scaling.plain) for _ in range(2))
    parts = [first.train, first.validation, first.growth, first.test]
    assert [len(part) for part in parts] == [60, 24, 12, 24]
    assert sorted(np.concatenate([part.x[:, 0] for part in parts]).tolist()) == list(range(120))
    for part in parts:
        assert np.bincount(part.y).tolist() == [len(part) // 3] * 3
        np.testing.assert_array_equal(part.x[:, 0] % 3, part.y)
    np.testing.assert_array_equal(first.train.x, again.train.x)
    np.testing.assert_array_equal(first.growth.x, again.growth.x)
    other = divide(_raw(), None, Division(seed=5, validation=0.25, growth=0.125), scaling.plain)
    assert not np.array_equal(first.test.x, other.test.x)


def test_a_growth_share_does_not_move_validation_or_test() -> None:
    without = divide(_raw(), None, Division(validation=0.25), scaling.plain)
    with_growth = divide(_raw(), None, Division(validation=0.25, growth=0.5), scaling.plain)
    np.testing.assert_array_equal(without.validation.x, with_growth.validation.x)
    np.testing.assert_array_equal(without.test.x, with_growth.test.x)


def test_a_limit_takes_nested_subsets_and_leaves_the_official_test_part_alone() -> None:
    test = _raw(9)
    small, large = (divide(_raw(), test, Division(validation=0, limit=limit), scaling.plain) for limit in (10, 50))
    assert (len(small.train), len(small.validation), len(large.train)) == (10, 0, 50)
    assert set(small.train.x[:, 0].tolist()) < set(large.train.x[:, 0].tolist())
    np.testing.assert_array_equal(small.test.x, test.x)
    with pytest.raises(DataError, match="limit: expected at most the 120 samples"):
        divide(_raw(), test, Division(limit=121), scaling.plain)


def test_scaling_is_fitted_on_the_train_split_only() -> None:
    test = Raw(np.array([[1e6], [1.0]]), np.array([0, 1]))
    data = divide(_raw(), test, Division(validation=0.5), scaling.by_column)
    assert abs(float(data.train.x.mean())) < 1e-6
    assert float(data.train.x.std()) == pytest.approx(1, abs=1e-6)
    assert data.test.x[0, 0] > 1000
    assert abs(float(data.validation.x.mean())) > 1e-6


def test_divide_refuses_a_test_part_with_other_columns() -> None:
    wide = Raw(np.zeros((4, 1)), np.zeros(4, int))
    with pytest.raises(DataError, match="test: expected 2 inputs as in the training part, got 1"):
        divide(Raw(np.zeros((4, 2)), np.zeros(4, int)), wide, Division(), scaling.by_column)


@pytest.mark.parametrize(
    ("division", "words"),
    [
        ({"seed": -1}, "seed: expected 0 or more, got -1"),
        ({"validation": 1.0}, "validation: expected a share"),
        ({"validation": float("nan")}, "validation: expected a share"),
        ({"growth": -0.1}, "growth: expected a share"),
        ({"validation": 0.5, "growth": 0.5}, "sum below 1"),
        ({"limit": 0}, "limit: expected 1 sample or more"),
    ],
)
def test_division_refuses(division: dict[str, float], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        Division(**division)  # type: ignore[arg-type]
