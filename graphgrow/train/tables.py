"""Inputs and targets out of data frames and npz files; bad columns and rows named."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import DataError

if TYPE_CHECKING:
    import pandas

_PARTS = ("x_train", "y_train", "x_test", "y_test")


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
        raise DataError(
            f"frame: expected a target and a feature, got {targets} and {chosen}: name at least one of each"
        )
    for name in [*targets, *chosen]:
        found = int((frame.columns == name).sum())
        if found != 1:
            raise DataError(f"frame: expected one column {name!r}, got {found}: rename or correct the name")
        missing = frame[name].isna().to_numpy()
        if missing.any():
            row = frame.index[int(np.argmax(missing))]
            raise DataError(
                f"column {name!r}: expected a value in every row, got none in row {row}: fill in or drop it"
            )
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
        No such file, not an npz file, corrupt, holding pickled objects, or without the arrays of one of the layouts.
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
