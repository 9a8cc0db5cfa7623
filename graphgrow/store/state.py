"""Everything that changes while training, as data."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass

from graphgrow.arrays import Array, Json, same_bits
from graphgrow.errors import StoreError
from graphgrow.graph.graph import Graph


@dataclass(frozen=True, eq=False)
class State:
    """One object for all three: a checkpoint is a State on disk, a rollback restores one from memory, resume loads one.

    Attributes
    ----------
    step, epoch : how far training is.
    graphs : by site name.
    arrays : optimizer tensors, other parameters, generator states, recorded series; any shape and dtype.
    tree : plain data: optimizer scalars, schedule, memories of rules, counters, events.
    """

    step: int
    epoch: int
    graphs: Mapping[str, Graph]
    arrays: Mapping[str, Array]
    tree: Mapping[str, Json]

    def same(self, other: State) -> bool:
        """Whether both are equal bit for bit."""
        return (
            (self.step, self.epoch) == (other.step, other.epoch)
            and to_text(self.tree) == to_text(other.tree)
            and self.graphs.keys() == other.graphs.keys()
            and self.arrays.keys() == other.arrays.keys()
            and all(graph.same(other.graphs[name]) for name, graph in self.graphs.items())
            and all(same_bits(array, other.arrays[name]) for name, array in self.arrays.items())
        )


def to_text(tree: Json | Mapping[str, Json]) -> str:
    """Plain data as one line of JSON; floats survive exactly.

    Raises
    ------
    StoreError
        A number is not finite, or a value is no plain data; the message names its dotted place.
    """
    _refuse(tree, "tree")
    return json.dumps(tree, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _refuse(value: object, at: str) -> None:
    """Name the first value that JSON cannot hold."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            if not isinstance(name, str):
                raise StoreError(f"{at}: expected names as text, got {name!r}: convert the key")
            _refuse(item, f"{at}.{name}")
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            _refuse(item, f"{at}[{number}]")
    elif isinstance(value, float) and not math.isfinite(value):
        raise StoreError(f"{at}: expected a finite number, got {value}: store None for what does not exist")
    elif not (value is None or isinstance(value, bool | int | float | str)):
        raise StoreError(f"{at}: expected plain data, got {type(value).__name__}: convert it first")
