"""Tasks by name, and from arrays, tables and files of one's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import SettingsError
from graphgrow.train import scaling, sources, synthetic
from graphgrow.train.data import Data, require_same_length
from graphgrow.train.formats import CIFAR_PIXELS
from graphgrow.train.objectives import Classification, Regression, Task
from graphgrow.train.splits import Division, Raw, divide
from graphgrow.train.tables import frame_arrays, npz_arrays
from graphgrow.train.tabular import Kind, coding, inputs_of

if TYPE_CHECKING:
    import pandas

__all__ = ["Classification", "Kind", "Regression", "Task", "from_arrays", "from_frame", "known", "make"]


def make(spec: str, seed: int = 0, validation: float = 1 / 12, growth: float = 0.0) -> Task:
    """The task called `spec`, "name" or "name:argument"; files are read at the first `data()`, except npz.

    xor; parity or parity:BITS (8); spirals or spirals:CLASSES (2); digits, mnist, fashion_mnist, cifar10, with :COUNT
    for only that many samples in the training part; npz:PATH. `seed` decides samples and splits, apart from the model's
    seed; `validation` and `growth` are shares of the training part.

    Raises
    ------
    SettingsError
        The name is unknown, or its argument or another setting out of range.
    DataError
        An npz file is missing or malformed.

    Examples
    --------
    >>> task = make("parity:4")
    >>> task.inputs, task.outputs, len(task.data().test)
    (4, 2, 3)
    """
    name, colon, argument = spec.partition(":")
    if name not in _MAKERS:
        raise SettingsError(f"task: expected one of {', '.join(known())}, got {name!r}: correct the name")
    if colon and not argument:
        raise SettingsError(f"task: expected an argument after {spec!r}, got none: leave out the colon or add it")
    return _MAKERS[name](_Request(spec, argument, Division(seed, validation, growth)))


def known() -> tuple[str, ...]:
    """The names that `make` knows, sorted."""
    return tuple(sorted(_MAKERS))


def from_arrays(
    x: Array,
    y: Array,
    x_test: Array | None = None,
    y_test: Array | None = None,
    *,
    name: str = "arrays",
    kind: Kind | None = None,
    classes: int | None = None,
    division: Division | None = None,
) -> Task:
    """A task on inputs x (samples, ...) and targets y; inputs are standardised by column on the train split.

    Whole numbers, strings and booleans (samples,) are classes, strings numbered in sorted order; floats (samples,) or
    (samples, outputs) are real and keep their units; `kind` overrides. Without a test part a fifth is set aside.

    Raises
    ------
    DataError
        A shape, label or value does not fit; the message names the row.
    SettingsError
        Only one of x_test and y_test is given.
    """
    if (x_test is None) != (y_test is None):
        raise SettingsError("test part: expected x_test and y_test together, got only one: give both or neither")
    x, y = np.asarray(x), np.asarray(y)
    code = coding(y, "y", kind, classes)
    train = _raw(x, code.encode(y, "y"), "x", "y")
    test = None
    if x_test is not None and y_test is not None:
        test = _raw(np.asarray(x_test), code.encode(np.asarray(y_test), "y_test"), "x_test", "y_test")
    data = divide(train, test, Division() if division is None else division, scaling.by_column)
    inputs = data.train.x.shape[1]
    if code.kind is Kind.REGRESSION:
        return Regression(name, inputs, code.outputs, data)
    return Classification(name, inputs, code.outputs, data, code.labels)


def from_frame(
    frame: pandas.DataFrame,
    target: str | Sequence[str],
    features: Sequence[str] | None = None,
    *,
    name: str = "frame",
    kind: Kind | None = None,
    division: Division | None = None,
) -> Task:
    """A task on the columns of a table: `target` is predicted from `features`, by default all other columns.

    Raises
    ------
    DataError
        A column is absent, lacks a value or is not numeric; the message names column and row.
    """
    x, y = frame_arrays(frame, target, features)
    return from_arrays(x, y, name=name, kind=kind, division=division)


@dataclass(frozen=True)
class _Request:
    """A specification taken apart."""

    spec: str
    argument: str
    division: Division

    def number(self, default: int) -> int:
        """The argument as a whole number, or the default where none is given."""
        if not self.argument:
            return default
        if not (self.argument.isascii() and self.argument.isdigit() and len(self.argument) < 19):
            raise SettingsError(
                f"{self.spec}: expected a whole number after the colon, got {self.argument!r}: correct it"
            )
        return int(self.argument)


def _raw(x: Array, y: Array, x_name: str, y_name: str) -> Raw:
    inputs = inputs_of(x, x_name)
    require_same_length(inputs, y, x_name, y_name)
    return Raw(inputs, y)


def _xor(request: _Request) -> Task:
    if request.argument:
        raise SettingsError(f"xor: expected no argument, got {request.argument!r}: leave it out")
    return _generated(request, 2, synthetic.xor(request.division.seed))


def _parity(request: _Request) -> Task:
    bits = request.number(8)
    return _generated(request, 2, synthetic.parity(bits, request.division.seed))


def _spirals(request: _Request) -> Task:
    classes = request.number(2)
    return _generated(request, classes, synthetic.spirals(classes, request.division.seed))


def _generated(request: _Request, classes: int, raw: Raw) -> Task:
    loader = partial(divide, raw, None, request.division, scaling.plain)
    return Classification(request.spec, raw.x.shape[1], classes, loader)


@dataclass(frozen=True)
class _Images:
    """A set of images of 10 classes; the argument limits the training part."""

    inputs: int
    read: Callable[[], tuple[Raw, Raw | None]]

    def __call__(self, request: _Request) -> Task:
        division = replace(request.division, limit=request.number(0)) if request.argument else request.division
        return Classification(request.spec, self.inputs, sources.CLASSES, partial(_image_data, self.read, division))


def _image_data(read: Callable[[], tuple[Raw, Raw | None]], division: Division) -> Data:
    train, test = read()
    return divide(train, test, division, scaling.overall)


def _npz(request: _Request) -> Task:
    if not request.argument:
        raise SettingsError("npz: expected a path after the colon, got none: write npz:PATH")
    path = Path(request.argument).expanduser()
    x, y, x_test, y_test = npz_arrays(path)
    return from_arrays(x, y, x_test, y_test, name=f"npz:{path.name}", division=request.division)


_MAKERS: dict[str, Callable[[_Request], Task]] = {
    "xor": _xor,
    "parity": _parity,
    "spirals": _spirals,
    "digits": _Images(64, sources.digits),
    "mnist": _Images(sources.SIDE**2, sources.mnist),
    "fashion_mnist": _Images(sources.SIDE**2, sources.fashion_mnist),
    "cifar10": _Images(CIFAR_PIXELS, sources.cifar10),
    "npz": _npz,
}
