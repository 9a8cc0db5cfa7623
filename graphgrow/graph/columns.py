"""Columns of attributes as other libraries hold them, read into arrays; the first unreadable value is named."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Any

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import GraphError

Column = Sequence[object] | Array


def whole(value: object) -> int:
    """An int, also out of a whole float or a text, never rounded."""
    if isinstance(value, (str, float, np.floating)):
        number = float(value)
        if number != int(number):
            raise ValueError(value)
        made = int(value) if isinstance(value, str) else int(number)
    else:
        made = operator.index(value)  # type: ignore[arg-type]
    if not -(2**63) <= made < 2**63:
        raise OverflowError(made)
    return made


def identity(value: object) -> int:
    """An id out of a name."""
    if isinstance(value, bool):
        raise TypeError(value)
    return whole(value)


def parsed(
    values: Column, parse: Callable[[object], object], say: Callable[[int], str], wanted: str, default: object
) -> Array:
    """Every value parsed, None replaced by the default; the first that cannot be read is named."""
    made = []
    for at, value in enumerate(values):
        try:
            made.append(default if value is None else parse(value))
        except (TypeError, ValueError, KeyError, OverflowError):
            raise GraphError(f"{say(at)}: expected {wanted}, got {value!r}: mend or remove it") from None
    return np.array(made, dtype=np.float64 if isinstance(default, float) else np.int64)


def wholes(values: Column | None, size: int, default: int, say: Callable[[int], str], name: str) -> Array:
    """A column of whole numbers."""
    if values is None:
        return np.full(size, default)
    if isinstance(values, np.ndarray):
        return values
    return parsed(values, whole, say, f"a whole number as {name}", default)


def floats(
    values: Column | None, size: int, default: float, dtype: np.dtype[Any], say: Callable[[int], str], name: str
) -> Array:
    """A column of finite numbers, rounded to the dtype."""
    if values is None:
        return np.full(size, default, dtype)
    numbers = values if isinstance(values, np.ndarray) else parsed(values, float, say, f"a number as {name}", default)  # type: ignore[arg-type]
    with np.errstate(over="ignore"):
        made = numbers.astype(dtype)
    if not np.isfinite(made).all():
        at = int(np.argmin(np.isfinite(made)))
        raise GraphError(f"{say(at)}: {name} {numbers[at]} is not finite in {dtype}: give a finite number")
    return made


def codes(values: Column | None, kind: type[IntEnum], default: Array, say: Callable[[int], str], name: str) -> Array:
    """A column of names as numbers, the default where a neuron has none."""
    if values is None:
        return default
    if isinstance(values, np.ndarray):
        return values
    numbers = {name_of(item): int(item) for item in kind}
    wanted = f"one of {', '.join(numbers)} as {name}"
    given = parsed(values, lambda value: numbers[str(value)], say, wanted, -1)
    return np.where(given >= 0, given, default)


def name_of(item: IntEnum) -> str:
    """How files and other libraries spell a role or an activation."""
    return item.name.lower()
