"""Clustering by squares: what layered networks have in place of triangles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graphgrow.arrays import Json
from graphgrow.measure.clustering import square_clustering
from graphgrow.measure.measured import Measured, Projection, undefined
from graphgrow.measure.metrics.contract import Metric, Subject
from graphgrow.rng import stream

_STEPS = 50_000_000
"""Steps of two edges that a measurement may walk, about a tenth of a second."""


@dataclass(frozen=True)
class Squares(Metric):
    """Mean share of the possible squares through a node that exist, in the skeleton (Zhang et al. 2008).

    Two neurons of one level that share a source and a target make a square, so it tells layered networks apart where
    triangles cannot. Dense graphs have more steps to walk than _STEPS: as many nodes as these allow are then drawn, at
    least as many as the effort's samples, and the value has a standard error.
    """

    def randomised(self, subject: Subject) -> bool:
        """Yes: dense levels close squares by chance."""
        return True

    def measure(self, subject: Subject) -> Sequence[Measured]:
        """One number."""
        graph, effort = subject.adjacency, subject.effort
        name, definition = "square clustering", "clustering.squares"
        if not graph.nodes:
            return [undefined(name, definition, Projection.RELATIONAL, "there is no node")]
        steps = int((graph.skeleton.degree**2).sum())
        asked = graph.nodes if steps <= _STEPS else max(effort.samples, graph.nodes * _STEPS // steps)
        if asked >= graph.nodes:
            mean = float(square_clustering(graph).mean())
            return [Measured(name, definition, mean, Projection.RELATIONAL, {"nodes": graph.nodes})]
        rows = np.sort(stream(effort.seed, "square clustering").choice(graph.nodes, asked, replace=False))
        found = square_clustering(graph, rows)
        error = float(found.std(ddof=1) / np.sqrt(asked) * np.sqrt(1 - asked / graph.nodes)) if asked > 1 else None
        parameters: dict[str, Json] = {"nodes": asked, "seed": effort.seed}
        return [Measured(name, definition, float(found.mean()), Projection.RELATIONAL, parameters, error)]


METRIC = Squares()
