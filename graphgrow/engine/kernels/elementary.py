"""Elementary functions that LLVM can compute for many numbers at once; the C library's take one at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numba.extending import overload

from graphgrow.compiled import compiled

LOG2E = 1.4426950408889634
# ln 2 in two parts, so that n * HIGH is exact (Cody and Waite 1980).
HIGH32, LOW32 = np.float32(0.693359375), np.float32(-2.12194440e-4)
HIGH64, LOW64 = 6.93145751953125e-1, 1.42860682030941723212e-6


def expm1_negative(x: Any) -> Any:
    """exp(x) - 1 for x <= 0, to about one unit in the last place; float32 or float64, NaN stays NaN."""
    return np.expm1(x)


def exp_negative(x: Any) -> Any:
    """exp(x) for x <= 0, to about one unit in the last place, 0 where that is below the smallest normal number.

    Not `expm1_negative(x) + 1`, which loses the digits of small results: a slope in the far tail would be 0.
    """
    return np.exp(x)


@compiled
def _single(x: Any) -> Any:
    """2^n, and exp(r) - 1, for x = n ln 2 + r."""
    half = np.float32(0.5)
    n = np.floor(max(x, np.float32(-120.0)) * np.float32(LOG2E) + half)
    r = (x - n * HIGH32) - n * LOW32
    # exp(r) - 1 as a Taylor sum; |r| <= ln(2) / 2.
    p = np.float32(1.0 / 5040.0)
    p = p * r + np.float32(1.0 / 720.0)
    p = p * r + np.float32(1.0 / 120.0)
    p = p * r + np.float32(1.0 / 24.0)
    p = p * r + np.float32(1.0 / 6.0)
    p = p * r + half
    p = p * r * r + r
    return np.int32((max(np.int32(n), np.int32(-126)) + np.int32(127)) << np.int32(23)).view(np.float32), p


@compiled
def _double(x: Any) -> Any:
    """2^n, and exp(r) - 1, for x = n ln 2 + r."""
    n = np.floor(max(x, -800.0) * LOG2E + 0.5)
    r = (x - n * HIGH64) - n * LOW64
    p = 1.0 / 6227020800.0
    p = p * r + 1.0 / 479001600.0
    p = p * r + 1.0 / 39916800.0
    p = p * r + 1.0 / 3628800.0
    p = p * r + 1.0 / 362880.0
    p = p * r + 1.0 / 40320.0
    p = p * r + 1.0 / 5040.0
    p = p * r + 1.0 / 720.0
    p = p * r + 1.0 / 120.0
    p = p * r + 1.0 / 24.0
    p = p * r + 1.0 / 6.0
    p = p * r + 0.5
    p = p * r * r + r
    return np.int64((max(np.int64(n), np.int64(-1022)) + np.int64(1023)) << np.int64(52)).view(np.float64), p


@compiled
def _expm1_single(x: Any) -> Any:
    one, (power, p) = np.float32(1.0), _single(x)
    made = power * p + (power - one)
    made = -one if x < np.float32(-87.0) else made
    return made if x == x else x


@compiled
def _expm1_double(x: Any) -> Any:
    power, p = _double(x)
    made = power * p + (power - 1.0)
    made = -1.0 if x < -708.0 else made
    return made if x == x else x


@compiled
def _exp_single(x: Any) -> Any:
    power, p = _single(x)
    made = power * p + power
    made = np.float32(0.0) if x < np.float32(-87.0) else made
    return made if x == x else x


@compiled
def _exp_double(x: Any) -> Any:
    power, p = _double(x)
    made = power * p + power
    made = 0.0 if x < -708.0 else made
    return made if x == x else x


@overload(expm1_negative, inline="always")
def _expm1_negative(x: Any) -> Any:
    if x == types.float32:
        return _call_expm1_single
    return _call_expm1_double


@overload(exp_negative, inline="always")
def _exp_negative(x: Any) -> Any:
    if x == types.float32:
        return _call_exp_single
    return _call_exp_double


def _call_expm1_single(x: Any) -> Any:
    return _expm1_single(x)


def _call_expm1_double(x: Any) -> Any:
    return _expm1_double(x)


def _call_exp_single(x: Any) -> Any:
    return _exp_single(x)


def _call_exp_double(x: Any) -> Any:
    return _exp_double(x)
