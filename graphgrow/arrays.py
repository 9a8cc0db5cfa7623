"""Arrays that are owned, typed and read-only, with shapes checked by axis name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from graphgrow.errors import GraphError

Array = NDArray[Any]
Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
Memory = Mapping[str, Json]


def owned(value: object, dtype: DTypeLike, name: str, length: int | None = None) -> Array:
    """A read-only 1-D copy of `value` with exactly this dtype and, when given, this length.

    A copy, because a read-only view still changes through its base.

    Raises
    ------
    GraphError
        `value` is not 1-D, has another length, or holds numbers that the dtype cannot represent exactly.
    """
    given = np.asarray(value)
    if given.ndim != 1:
        raise GraphError(f"{name}: expected a 1-D array, got shape {given.shape}: flatten it first")
    if length is not None and given.shape[0] != length:
        raise GraphError(f"{name}: expected {length} entries, got {given.shape[0]}: pass one per row")
    made = _cast(given, np.dtype(dtype), name)
    made.setflags(write=False)
    return made


def _cast(given: Array, dtype: np.dtype[Any], name: str) -> Array:
    """A fresh copy as `dtype`; whole numbers must survive the cast unchanged."""
    if given.dtype == dtype or given.size == 0:
        return np.array(given, dtype=dtype, copy=True)
    if given.dtype.kind not in "fiub":
        raise GraphError(f"{name}: expected numbers, got {given.dtype}: convert them first")
    if dtype.kind == "b" and not np.isin(given, (0, 1)).all():
        raise GraphError(f"{name}: expected True and False, got {given.dtype} with other values: compare them first")
    if dtype.kind in "iu":
        if given.dtype.kind not in "iub" and not np.array_equal(given, np.trunc(given)):
            raise GraphError(f"{name}: expected whole numbers, got {given.dtype} with fractions: round them first")
        limits = np.iinfo(dtype)
        if given.min().item() < limits.min or given.max().item() > limits.max:
            raise GraphError(
                f"{name}: expected numbers from {limits.min} to {limits.max}, got {given.min()}..{given.max()}"
            )
    return given.astype(dtype, copy=True)


def frozen(array: Array) -> Array:
    """The same array, marked read-only; for arrays that nobody else holds."""
    array.setflags(write=False)
    return array


def same_bits(first: Array, second: Array) -> bool:
    """Whether two arrays agree in dtype, shape and every bit (so -0.0 differs from 0.0, and NaN equals itself)."""
    return first.dtype == second.dtype and first.shape == second.shape and first.tobytes() == second.tobytes()
