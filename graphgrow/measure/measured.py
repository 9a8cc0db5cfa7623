"""What a measurement is: a number that says how it was defined, on which projection, and against which null."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

import numpy as np

from graphgrow.arrays import Array, Json


class Projection(Enum):
    """What of the graph a number is of.

    DIRECTED: the edges as they are. SKELETON: undirected, no loops, edges both ways made one. RELATIONAL: nodes of one
    level that share neighbours (square patterns, cosine similarity).
    """

    DIRECTED = "directed"
    SKELETON = "skeleton"
    RELATIONAL = "relational"


@dataclass(frozen=True)
class Measured:
    """One number, with all that is needed to know what it means.

    Attributes
    ----------
    name : what a reader calls it, e.g. "mean clustering".
    definition : id of the formula, e.g. "clustering.watts_strogatz"; the metric's docstring gives the source.
    value : None where it is undefined; `note` says why.
    projection : of which graph.
    parameters : every choice that the value depends on (weights used, alpha, samples, seed).
    error : standard error, where the value was sampled.
    reachable : share of ordered pairs of different nodes joined by a path, where the value rests on paths.
    null_mean, null_deviation, z : mean and standard deviation over networks with endpoints swapped inside their blocks,
        and how many of those deviations the value lies from that mean; z is None where the null does not vary.
    null_count : how many such networks.
    note : why a value is undefined, or what to beware of.
    """

    name: str
    definition: str
    value: float | None
    projection: Projection
    parameters: Mapping[str, Json] = field(default_factory=dict)
    error: float | None = None
    reachable: float | None = None
    null_mean: float | None = None
    null_deviation: float | None = None
    z: float | None = None
    null_count: int = 0
    note: str = ""

    def against(self, drawn: Array) -> Measured:
        """The same beside its null: float (nulls,), the values of randomised networks."""
        if self.value is None or not drawn.size:
            return self
        mean = float(drawn.mean())
        deviation = float(drawn.std(ddof=1)) if drawn.size > 1 else None
        # What only rounding tells from constant is constant: no z follows from it.
        varies = deviation is not None and deviation > 1e-12 * max(1.0, abs(mean))
        z = (self.value - mean) / deviation if varies and deviation is not None else None
        return replace(self, null_mean=mean, null_deviation=deviation, z=z, null_count=int(drawn.size))


def undefined(name: str, definition: str, projection: Projection, why: str) -> Measured:
    """A measurement that has no value on this graph, and the reason."""
    return Measured(name, definition, None, projection, note=why)


def finite(value: float) -> float | None:
    """The value, or None where it is not a finite number."""
    return float(value) if np.isfinite(value) else None
