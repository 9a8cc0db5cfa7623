"""Samples split four ways, checked, finite and read-only; numpy only, no torch."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import DataError


@dataclass(frozen=True, eq=False)
class Split:
    """Samples that are used for one purpose, with their targets.

    Arrays that are not yet read-only are copied, because a view would still change through its base.

    Shapes: x float32 (samples, inputs); y int64 (samples,) for classification, float32 (samples, outputs) for
    regression.

    Raises
    ------
    DataError
        A shape does not fit, a value is not finite, or a label is negative; the message names the first bad row.
    """

    x: Array
    y: Array

    def __post_init__(self) -> None:
        x, y = np.asarray(self.x), np.asarray(self.y)
        if x.ndim != 2 or x.dtype.kind not in "fiub":
            raise DataError(
                f"x: expected real numbers of shape (samples, inputs), got {x.dtype} of shape {x.shape}: "
                "reshape to one row per sample"
            )
        labels = y.dtype.kind in "iu" and y.ndim == 1
        if not labels and not (y.dtype.kind == "f" and y.ndim == 2):
            raise DataError(
                f"y: expected whole-number labels (samples,) or floats (samples, outputs), got {y.dtype} of shape "
                f"{y.shape}: see graphgrow.train.tasks.from_arrays, which converts"
            )
        require_same_length(x, y, "x", "y")
        object.__setattr__(self, "x", _kept(x, np.dtype(np.float32)))
        object.__setattr__(self, "y", _kept(y, np.dtype(np.int64 if labels else np.float32)))
        require_finite(self.x, "x")
        if labels:
            require_labels(self.y, None, "y")
        else:
            require_finite(self.y, "y")

    def __len__(self) -> int:
        """The number of samples."""
        return int(self.x.shape[0])


@dataclass(frozen=True, eq=False)
class Data:
    """The four splits of a task; `growth` is only what trial growths are judged on, and may be empty.

    Raises
    ------
    DataError
        The train split is empty, or a split differs from it in inputs or in the kind or width of its targets.
    """

    train: Split
    validation: Split
    growth: Split
    test: Split

    def __post_init__(self) -> None:
        if len(self.train) == 0:
            raise DataError("train: expected at least 1 sample, got 0: give more samples or smaller shares")
        wanted = _form(self.train)
        for field in fields(self):
            got = _form(getattr(self, field.name))
            if got != wanted:
                raise DataError(
                    f"{field.name}: expected {wanted} as in train, got {got}: give every split the same columns"
                )


def fingerprint(data: Data) -> str:
    """SHA-256 over all splits, so that a resume notices data that changed."""
    made = hashlib.sha256()
    for name in ("train", "validation", "growth", "test"):
        split: Split = getattr(data, name)
        for array in (split.x, split.y):
            made.update(f"{name} {array.dtype.str} {array.shape}".encode())
            made.update(np.ascontiguousarray(array).data)
    return made.hexdigest()


def require_finite(values: Array, name: str) -> None:
    """Refuse NaN and infinity in `values` (rows, columns), naming the first row that has one.

    Raises
    ------
    DataError
        A value is not finite, or is too large for the dtype it was cast to.
    """
    if values.dtype.kind != "f" or np.isfinite(values).all():
        return
    row, column = (int(index) for index in np.argwhere(~np.isfinite(values))[0])
    raise DataError(
        f"{name}: expected finite numbers, got {values[row, column]} in row {row}, column {column}: "
        "fill in or drop that row, or rescale the column"
    )


def require_labels(labels: Array, classes: int | None, name: str) -> None:
    """Refuse labels (samples,) outside 0..classes-1; without `classes`, refuse only negative ones.

    Raises
    ------
    DataError
        A label is out of range; the message names the first such row, its label and the range.
    """
    bad = labels < 0 if classes is None else (labels < 0) | (labels >= classes)
    if not bad.any():
        return
    row = int(np.argmax(bad))
    wanted = "0 or more" if classes is None else f"0 to {classes - 1}"
    raise DataError(
        f"{name}: label out of range: expected {wanted}, got {labels[row]} in row {row}: "
        "number the classes from 0 without gaps, or use strings as labels"
    )


def require_same_length(first: Array, second: Array, first_name: str, second_name: str) -> None:
    """Refuse two arrays with different numbers of rows.

    Raises
    ------
    DataError
        The numbers differ; the message names the first row that has no partner.
    """
    if first.shape[0] != second.shape[0]:
        raise DataError(
            f"{first_name} and {second_name}: expected as many rows in both, got {first.shape[0]} and "
            f"{second.shape[0]}: row {min(first.shape[0], second.shape[0])} has no partner; give one target per sample"
        )


def _kept(given: Array, dtype: np.dtype[Any]) -> Array:
    """`given` itself when it is already ours to keep, else a read-only copy as `dtype`."""
    if given.dtype == dtype and given.base is None and not given.flags.writeable and given.flags.c_contiguous:
        return given
    with np.errstate(over="ignore"):
        made = np.array(given, dtype=dtype, order="C", copy=True)
    made.setflags(write=False)
    return made


def _form(split: Split) -> str:
    """What all splits of one task have in common, in words."""
    targets = "labels" if split.y.ndim == 1 else f"{split.y.shape[1]} outputs"
    return f"{split.x.shape[1]} inputs and {targets}"
