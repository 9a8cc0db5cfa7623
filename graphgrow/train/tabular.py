"""Arrays, tables and npz files as raw samples: kinds of target told apart, labels numbered, bad cells named."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import DataError
from graphgrow.train.data import require_finite, require_labels

if TYPE_CHECKING:
    import pandas

_PARTS = ("x_train", "y_train", "x_test", "y_test")


class Kind(Enum):
    """What a target is: a class or real numbers."""

    CLASSIFICATION = "classification"
    REGRESSION = "regression"


@dataclass(frozen=True, eq=False)
class Coding:
    """How targets become numbers, fitted on the training part so that a test part is read the same way.

    `labels` are the sorted names of classes that came as strings; empty otherwise. `outputs` is the number of classes or of
    real targets.
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
    """How to read targets `y`: whole numbers, strings and booleans are classes, floats are real, unless `kind` says otherwise.

    Without `classes` their number is how many different labels `y` holds, so whole numbers must leave no gap.

    Raises
    ------
    DataError
        `y` cannot be of that kind, or has fewer than two classes.
    """
    if y.dtype.kind not in "iubfUTO":
        raise DataError(f"{name}: expected numbers, booleans or strings, got {y.dtype}: convert the targets")
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


def frame_arrays(
    frame: pandas.DataFrame, target: str | Sequence[str], features: Sequence[str] | None
) -> tuple[Array, Array]:
    """Inputs (samples, features) and targets, (samples,) for one name and (samples, targets) for a list of names.

    Raises
    ------
    DataError
        A column is absent, double, not numeric, or lacks a value.
    """
    targets = [target] if isinstance(target, str) else list(target)
    chosen = [name for name in frame.columns if name not in targets] if features is None else list(features)
    if not targets or not chosen:
        raise DataError(f"frame: expected a target and a feature, got {targets} and {chosen}: name at least one of each")
    for name in [*targets, *chosen]:
        found = int((frame.columns == name).sum())
        if found != 1:
            raise DataError(f"frame: expected one column {name!r}, got {found}: rename or correct the name")
        missing = frame[name].isna().to_numpy()
        if missing.any():
            row = frame.index[int(np.argmax(missing))]
            raise DataError(f"column {name!r}: expected a value in every row, got none in row {row!r}: fill in or drop it")
    if leaked := [name for name in chosen if name in targets]:
        raise DataError(f"features: expected none of the targets, got {leaked[0]!r}: leave it out")
    y = [_plain_column(frame[name]) for name in targets]
    x = [_plain_column(frame[name]) for name in chosen]
    for name, column in zip(chosen, x, strict=True):
        if column.dtype.kind not in "fiub":
            raise DataError(
                f"column {name!r}: expected numbers, got {frame[name].dtype}: encode it, as with pandas.get_dummies"
            )
    return np.stack(x, axis=1), y[0] if isinstance(target, str) else np.stack(y, axis=1)


def npz_arrays(path: Path) -> tuple[Array, Array, Array | None, Array | None]:
    """x, y, and x_test, y_test where the file has them; never unpickles.

    Raises
    ------
    DataError
        No such file, not an npz file, corrupt, holding pickled objects, or without the arrays of one of the two layouts.
    """
    arrays = _npz_content(path)
    names = set(arrays) & {*_PARTS, "x", "y"}
    if names == {"x", "y"}:
        return arrays["x"], arrays["y"], None, None
    if names == {"x_train", "y_train"}:
        return arrays["x_train"], arrays["y_train"], None, None
    if names == set(_PARTS):
        return arrays["x_train"], arrays["y_train"], arrays["x_test"], arrays["y_test"]
    raise DataError(
        f"{path}: expected arrays x and y, or x_train and y_train with or without x_test and y_test, "
        f"got {sorted(arrays) or 'none'}: rename them"
    )


def _npz_content(path: Path) -> dict[str, Array]:
    try:
        loaded = np.load(path, allow_pickle=False)
        if not isinstance(loaded, np.lib.npyio.NpzFile):
            raise DataError(f"{path}: expected an npz archive, got a single array: save it with numpy.savez")
        with loaded as opened:
            return {name: opened[name] for name in opened.files if name in {*_PARTS, "x", "y"}}
    except FileNotFoundError as error:
        raise DataError(f"{path}: expected an npz file, got no such file: correct the path") from error
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        text = " ".join(str(error).split())
        raise DataError(
            f"{path}: expected a complete npz file of plain arrays, got {text}: save it again with numpy.savez"
        ) from error


def _plain_column(series: pandas.Series) -> Array:
    """A numpy column: nullable numbers as numbers, categories as their values, the rest as objects."""
    values = np.asarray(series.to_numpy())
    if values.dtype.kind != "O":
        return values
    kinds = {type(value) for value in values}
    plain = len(kinds) == 1 and kinds <= {int, float, bool}
    return np.array(values.tolist()) if plain else values


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
    values = column.tolist()
    for row, value in enumerate(values):
        if not isinstance(value, str):
            raise DataError(f"{name}: expected strings as labels, got {value!r} in row {row}: use one type for all rows")
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
        raise DataError(f"{name}: expected whole numbers as labels, got {column.dtype}: use one type of label throughout")
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
