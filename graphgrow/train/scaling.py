"""Standardisation of inputs, fitted on the train split alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from graphgrow.arrays import Array, frozen
from graphgrow.errors import DataError

_ROWS = 4096  # rows handled at once, so that float64 copies of image sets stay small


@dataclass(frozen=True, eq=False)
class Affine:
    """The map (x - shift) * factor from raw to scaled inputs.

    Shapes: shift and factor float64, () for one pair over all inputs, or (inputs,) for one pair per column.
    """

    shift: Array
    factor: Array

    def __call__(self, x: Array) -> Array:
        """Scaled float32 (samples, inputs), read-only; computed in float64 so that large offsets cost no digits."""
        made = np.empty(x.shape, dtype=np.float32)
        with np.errstate(over="ignore"):
            for first in range(0, len(x), _ROWS):
                rows = slice(first, first + _ROWS)
                made[rows] = (x[rows].astype(np.float64) - self.shift) * self.factor
        return frozen(made)


Scaling = Callable[[Array], Affine]


def plain(x: Array) -> Affine:
    """No change, for inputs that are generated around zero at unit scale."""
    return Affine(np.zeros(()), np.ones(()))


def overall(x: Array) -> Affine:
    """One mean and one standard deviation over all values of x (samples, inputs), for pixels, which share a unit.

    Dividing pixels by their largest value first would give the same result, since the deviation carries that factor.

    Raises
    ------
    DataError
        The spread of the values is too large or too small for floating point.
    """
    means = np.array([rows.mean(dtype=np.float64) for rows in _blocks(x)])
    shift = np.average(means, weights=[rows.size for rows in _blocks(x)])
    square = sum(float(np.square(rows.astype(np.float64) - shift).sum()) for rows in _blocks(x))
    return _affine(np.asarray(shift), np.asarray(np.sqrt(square / x.size)), np.asarray(x.min() == x.max()))


def by_column(x: Array) -> Affine:
    """A mean and a standard deviation per column of x (samples, inputs); a constant column becomes 0.

    Raises
    ------
    DataError
        The spread of a column is too large or too small for floating point.
    """
    wide = x.astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        shift, deviation = wide.mean(axis=0), wide.std(axis=0)
    return _affine(shift, deviation, wide.min(axis=0) == wide.max(axis=0))


def _blocks(x: Array) -> list[Array]:
    """Views of consecutive rows of x."""
    return [x[first : first + _ROWS] for first in range(0, len(x), _ROWS)]


def _affine(shift: Array, deviation: Array, constant: Array) -> Affine:
    """The map to mean 0 and deviation 1; constants show in their extremes, as rounding gives them a deviation."""
    with np.errstate(divide="ignore", over="ignore"):
        factor = np.where(constant, 0.0, 1.0 / deviation)
    bad = ~(np.isfinite(factor) & np.isfinite(shift) & (constant | (factor > 0)))
    if bad.any():
        column = int(np.flatnonzero(bad)[0])
        raise DataError(
            f"x: expected columns with a spread that fits floating point, got deviation {deviation.flat[column]} in "
            f"column {column}: change the unit of that column"
        )
    return Affine(frozen(np.array(shift)), frozen(np.array(factor)))
