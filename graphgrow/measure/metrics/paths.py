"""Paths: how near nodes are, along the edges and on the skeleton; never the mean without the share it is a mean of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graphgrow.measure.adjacency import Adjacency
from graphgrow.measure.hierarchy import strictly_layered
from graphgrow.measure.measured import Measured, Projection, finite
from graphgrow.measure.metrics.contract import Effort, Metric, Subject
from graphgrow.measure.paths import path_lengths

LAYERED = "every edge leads to the next level: a path is as long as the difference of levels, by construction"


@dataclass(frozen=True)
class Paths(Metric):
    """Mean path, reachable share and efficiency over ordered pairs of different nodes, directed and on the skeleton.

    Sources: Watts and Strogatz 1998; Latora and Marchiori 2001. Unlike networkx, the mean path is over the pairs that a
    path joins and is given where some are not joined; efficiency counts those as 0, as networkx does. An undirected
    graph has the same directed numbers as its skeleton.
    """

    def randomised(self, subject: Subject) -> bool:
        """Yes: swapped endpoints change who reaches whom."""
        return True

    def measure(self, subject: Subject) -> Sequence[Measured]:
        """Six numbers."""
        graph = subject.adjacency
        note = LAYERED if strictly_layered(graph) else ""
        return [
            *_triple("", graph, Projection.DIRECTED, subject.effort, note),
            *_triple(" of the skeleton", graph.skeleton, Projection.SKELETON, subject.effort, ""),
        ]


def _triple(suffix: str, graph: Adjacency, projection: Projection, effort: Effort, note: str) -> list[Measured]:
    exact = graph.nodes <= effort.exact_nodes
    found = path_lengths(graph, None if exact else max(effort.samples, 2), effort.seed)
    parameters = {} if found.exact else {"samples": found.sources, "seed": effort.seed}
    reachable = finite(found.reachable)
    rows = [
        ("mean path", "paths.mean_reachable", found.mean, found.error, note, "no path joins two nodes"),
        (
            "reachable pairs",
            "paths.reachable_share",
            found.reachable,
            found.reachable_error,
            "",
            "fewer than two nodes",
        ),
        ("efficiency", "paths.efficiency", found.efficiency, found.efficiency_error, note, "fewer than two nodes"),
    ]
    return [
        Measured(
            name + suffix,
            definition,
            finite(value),
            projection,
            parameters,
            None if found.exact or finite(value) is None else error,
            reachable,
            note=remark if finite(value) is not None else why,
        )
        for name, definition, value, error, remark, why in rows
    ]


METRIC = Paths()
