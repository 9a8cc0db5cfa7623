"""Size and density: how many nodes and edges, out of how many that could be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graphgrow.measure.measured import Measured, Projection, undefined
from graphgrow.measure.metrics.contract import Metric, Subject


@dataclass(frozen=True)
class Density(Metric):
    """Nodes, edges, and edges as a share of those possible.

    On a graph with levels, and on any other acyclic one by depth, an edge is possible from every node to all of later
    levels; otherwise between all ordered (directed) or unordered pairs of different nodes.
    """

    def randomised(self, subject: Subject) -> bool:
        """No: randomised networks have the same numbers."""
        return False

    def measure(self, subject: Subject) -> Sequence[Measured]:
        """Three numbers."""
        graph = subject.adjacency
        levelled = graph.stage is not None
        possible = _later_pairs(graph.stage) if graph.stage is not None else graph.nodes * (graph.nodes - 1)
        possible = possible if graph.directed else possible // 2
        edges = graph.edges - graph.loops
        word = "density.later_levels" if levelled else "density.pairs"
        return [
            Measured("nodes", "count.nodes", float(graph.nodes), Projection.DIRECTED),
            Measured("edges", "count.edges", float(graph.edges), Projection.DIRECTED),
            Measured("density", word, edges / possible, Projection.DIRECTED)
            if possible
            else undefined("density", word, Projection.DIRECTED, "no edge is possible"),
        ]


def _later_pairs(stage: np.ndarray) -> int:
    """How many ordered pairs of nodes lie on a lower and a higher level."""
    sizes = np.unique(stage, return_counts=True)[1].astype(object)
    return int((stage.size**2 - sum(size * size for size in sizes)) // 2)


METRIC = Density()
