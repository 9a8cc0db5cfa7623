"""Owned arrays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphgrow.arrays import owned, same_bits
from graphgrow.errors import GraphError


def test_owned_is_a_read_only_copy() -> None:
    mine = np.array([1, 2, 3], np.int32)
    made = owned(mine, np.int32, "a")
    mine[0] = 9
    assert made.tolist() == [1, 2, 3]
    assert not made.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        made[0] = 1


def test_owned_takes_a_view_of_something_else_apart() -> None:
    base = np.arange(10)
    made = owned(base[::2], np.int64, "a")
    base[:] = -1
    assert made.tolist() == [0, 2, 4, 6, 8]


@given(st.lists(st.integers(-(2**40), 2**40), max_size=5), st.sampled_from([np.uint8, np.int32, np.int64]))
def test_whole_numbers_survive_or_are_refused(values: list[int], dtype: type) -> None:
    limits = np.iinfo(dtype)
    if all(limits.min <= value <= limits.max for value in values):
        assert owned(values, dtype, "a").tolist() == values
        assert owned(np.array(values, np.float64), dtype, "a").tolist() == values
    else:
        with pytest.raises(GraphError, match=f"a: expected numbers from {limits.min} to {limits.max}"):
            owned(values, dtype, "a")


@pytest.mark.parametrize(
    ("value", "dtype", "message"),
    [
        ([[1]], np.int32, "expected a 1-D array, got shape"),
        (3, np.int32, "expected a 1-D array"),
        ([1.5], np.int32, "whole numbers"),
        ([float("nan")], np.int32, "whole numbers"),
        ([float("inf")], np.int32, "expected numbers from"),
        ([2.0**63], np.int64, "expected numbers from"),
        ([256], np.uint8, "expected numbers from 0 to 255, got 256"),
        ([-1], np.uint8, "expected numbers from 0 to 255, got -1"),
        (["a"], np.int32, "a: expected"),
        ([2, 0], np.bool_, "a: expected"),
    ],
)
def test_what_does_not_fit_is_refused(value: object, dtype: type, message: str) -> None:
    with pytest.raises(GraphError, match=message):
        owned(value, dtype, "a")


def test_length_is_checked() -> None:
    with pytest.raises(GraphError, match="a: expected 2 entries, got 3"):
        owned([1, 2, 3], np.int32, "a", 2)


def test_same_bits_looks_at_bits_dtype_and_shape() -> None:
    assert same_bits(np.array([np.nan]), np.array([np.nan]))
    assert not same_bits(np.array([0.0]), np.array([-0.0]))
    assert not same_bits(np.zeros(1, np.float32), np.zeros(1))
    assert not same_bits(np.zeros(2), np.zeros((2, 1)))
