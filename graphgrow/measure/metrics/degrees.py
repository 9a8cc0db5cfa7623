"""Degrees and strengths: their size, their spread, and whether they follow a power law."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import GraphError
from graphgrow.measure.adjacency import Adjacency
from graphgrow.measure.measured import Measured, Projection, undefined
from graphgrow.measure.metrics.contract import Metric, Subject
from graphgrow.measure.powerlaws import Rival, power_law

# The third rival holds the power law as a special case and takes seconds.
RIVALS = (Rival.LOGNORMAL, Rival.EXPONENTIAL)


@dataclass(frozen=True)
class Degrees(Metric):
    """In- and out-degrees (edges) and strengths (sum of |weight|): mean, largest, heterogeneity, power-law exponent.

    Heterogeneity is <k^2> / <k>^2, 1 where all are equal. The exponent is a discrete fit of the tail
    (Clauset 2009) and means a power law only where its note says that no rival fits better. Undirected graphs have the
    same numbers both ways.
    """

    def randomised(self, subject: Subject) -> bool:
        """No: randomised networks have the same degrees; only the largest in-strength differs there."""
        return False

    def measure(self, subject: Subject) -> Sequence[Measured]:
        """Twelve numbers."""
        graph = subject.adjacency
        made: list[Measured] = []
        for way, rows in (("in", graph.other), ("out", graph.row)):
            degree = np.bincount(rows, minlength=graph.nodes)
            strength = np.bincount(rows, np.abs(graph.values), minlength=graph.nodes)
            made += [*_sizes(f"{way}-degree", degree, graph), *_sizes(f"{way}-strength", strength, graph)]
            made += [_spread(f"{way}-degree", degree), _exponent(f"{way}-degree", degree)]
        return made


def _sizes(name: str, values: Array, graph: Adjacency) -> list[Measured]:
    """Mean and largest."""
    word = name.partition("-")[2]
    used = {"weights": "absolute" if word == "strength" and graph.weight is not None else "none"}
    if not values.size:
        return [
            undefined(f"{kind} {name}", f"degrees.{kind}_{word}", Projection.DIRECTED, "no nodes")
            for kind in ("mean", "largest")
        ]
    return [
        Measured(f"mean {name}", f"degrees.mean_{word}", float(values.mean()), Projection.DIRECTED, used),
        Measured(f"largest {name}", f"degrees.largest_{word}", float(values.max()), Projection.DIRECTED, used),
    ]


def _spread(name: str, degree: Array) -> Measured:
    """<k^2> / <k>^2."""
    full, definition = f"{name} heterogeneity", "degrees.heterogeneity"
    if not degree.any():
        return undefined(full, definition, Projection.DIRECTED, "no edges")
    value = float((degree.astype(np.float64) ** 2).mean() / degree.mean() ** 2)
    return Measured(full, definition, value, Projection.DIRECTED)


def _exponent(name: str, degree: Array) -> Measured:
    """The tail's exponent, with the verdict as a note."""
    full, definition = f"{name} exponent", "degrees.power_law_exponent"
    try:
        found = power_law(degree, RIVALS)
    except GraphError as error:
        return undefined(full, definition, Projection.DIRECTED, str(error))
    used = {"start": found.start, "tail": found.tail, "values": found.values, "distance": found.distance}
    return Measured(
        full, definition, found.exponent, Projection.DIRECTED, used, error=found.deviation, note=found.verdict
    )


METRIC = Degrees()
