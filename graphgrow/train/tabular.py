"""Inputs and targets of any type as raw samples: kinds of target told apart, labels numbered, bad rows named."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import DataError
from graphgrow.train.data import require_finite, require_labels


class Kind(Enum):
    """What a target is: a class or real numbers."""

    CLASSIFICATION = "classification"
    REGRESSION = "regression"


@dataclass(frozen=True, eq=False)
class Coding:
    """How targets become numbers, fitted on the training part so that a test part is read the same way.

    `labels` are the sorted names of classes that came as strings; empty otherwise. `outputs` is the number of
    classes or of real targets.
    """

    kind: Kind
    outputs: int
    labels: tuple[str, ...] = ()

    def encode(self, y: Array, name: str) -> Array:
        """The targets as int64 (samples,) or float64 (samples, outputs).

        Raises
        ------
        DataError
            A label is unknown or out of range, a value is not finite, or the number of outputs differs.
        """
        if self.kind is Kind.REGRESSION:
            return _numbers(y, self.outputs, name)
        column = _column(y, name)
        if self.labels:
            return _positions(_strings(column, name), self.labels, name)
        whole = _whole(column, name)
        require_labels(whole, self.outputs, name)
        return whole


def coding(y: Array, name: str, kind: Kind | None = None, classes: int | None = None) -> Coding:
    """How to read targets `y`: whole numbers, strings and booleans are classes, floats are real; `kind` overrides.

    Without `classes` their number is how many different labels `y` holds, so whole numbers must leave no gap.

    Raises
    ------
    DataError
        `y` cannot be of that kind, or has fewer than two classes.
    """
    if y.dtype.kind not in "iubfUTO":
        raise DataError(f"{name}: expected numbers, booleans or strings, got {y.dtype}: convert the targets")
    if y.ndim not in (1, 2):
        raise DataError(
            f"{name}: expected targets (samples,) or (samples, outputs), got shape {y.shape}: give one row per sample"
        )
    if kind is Kind.REGRESSION or (kind is None and y.dtype.kind == "f"):
        return Coding(Kind.REGRESSION, 1 if y.ndim == 1 else int(y.shape[-1]))
    column = _column(y, name)
    labels = tuple(sorted(set(_strings(column, name)))) if column.dtype.kind in "UTO" else ()
    found = len(labels) or (2 if column.dtype.kind == "b" else len(np.unique(_whole(column, name))))
    outputs = found if classes is None else classes
    if outputs < max(2, len(labels)):
        raise DataError(
            f"{name}: expected at least {max(2, len(labels))} classes, got {outputs}: "
            "give more samples, pass classes=, or pass kind=Kind.REGRESSION"
        )
    return Coding(Kind.CLASSIFICATION, outputs, labels)


def inputs_of(x: Array, name: str) -> Array:
    """The inputs as (samples, inputs), further axes flattened in C order, every value real and finite.

    Raises
    ------
    DataError
        No sample axis and input axis, no real numbers, or a value that is not finite.
    """
    if x.dtype.kind not in "fiub":
        raise DataError(f"{name}: expected real numbers, got {x.dtype}: encode text and categories as numbers first")
    if x.ndim < 2 or x.size == 0:
        raise DataError(
            f"{name}: expected at least one sample and one input, got shape {x.shape}: "
            "use x.reshape(-1, 1) for a single input"
        )
    flat = x.reshape(len(x), -1)
    require_finite(flat, name)
    return flat


def _column(y: Array, name: str) -> Array:
    """Labels as (samples,); a single column is taken as such."""
    if y.ndim == 2 and y.shape[1] == 1:
        return y[:, 0]
    if y.ndim != 1:
        raise DataError(
            f"{name}: expected labels of shape (samples,), got {y.shape}: "
            "give one label per sample, or pass kind=Kind.REGRESSION"
        )
    return y


def _strings(column: Array, name: str) -> list[str]:
    values: list[str] = column.tolist()
    for row, value in enumerate(values):
        if not isinstance(value, str):
            raise DataError(
                f"{name}: expected strings as labels, got {value!r} in row {row}: use one type for all rows"
            )
    return values


def _positions(values: list[str], labels: tuple[str, ...], name: str) -> Array:
    position = {label: number for number, label in enumerate(labels)}
    for row, value in enumerate(values):
        if value not in position:
            raise DataError(
                f"{name}: expected one of the {len(labels)} labels of the training part, got {value!r} in row {row}: "
                "drop that row or add training samples of it"
            )
    return np.array([position[value] for value in values], dtype=np.int64)


def _whole(column: Array, name: str) -> Array:
    """Labels as int64; floats only where they are whole."""
    if column.dtype.kind not in "iubf":
        raise DataError(
            f"{name}: expected whole numbers as labels, got {column.dtype}: use one type of label throughout"
        )
    wrong = ~(np.isfinite(column) & (column == np.trunc(column)) & (np.abs(column.astype(np.float64)) < 2**62))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise DataError(
            f"{name}: expected whole numbers as labels, got {column[row]} in row {row}: "
            "round them, or pass kind=Kind.REGRESSION"
        )
    return column.astype(np.int64)


def _numbers(y: Array, outputs: int, name: str) -> Array:
    if y.dtype.kind not in "iubf":
        raise DataError(f"{name}: expected real numbers, got {y.dtype}: convert them, or pass kind=Kind.CLASSIFICATION")
    made = (y.reshape(-1, 1) if y.ndim == 1 else y).astype(np.float64)
    if made.ndim != 2 or made.shape[1] != outputs or outputs < 1:
        raise DataError(
            f"{name}: expected targets of shape (samples, {max(outputs, 1)}), got {y.shape}: give one row per sample"
        )
    require_finite(made, name)
    return made
