"""Clustering by triangles: undirected, by directed pattern and weighted, as means over nodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graphgrow.arrays import Array, Json
from graphgrow.measure.clustering import (
    Pattern,
    Weighting,
    directed_patterns,
    mean_clustering,
    strictly_layered,
    transitivity,
    triangles,
    weighted_clustering,
)
from graphgrow.measure.measured import Measured, Projection, undefined
from graphgrow.measure.metrics.contract import Metric, Subject

_LAYERED = "every edge leads to the next level, where no triangle can close: 0 by construction; see square clustering"


@dataclass(frozen=True)
class Clustering(Metric):
    """How often two neighbours of a node are joined.

    Mean clustering (Watts and Strogatz 1998) and transitivity (Newman 2002) of the skeleton; the four directed patterns
    and all together (Fagiolo 2007), means over the nodes whose degrees allow the pattern; with sizes of weights Onnela
    2005, Barrat 2004 and Clemente and Grassi 2018, means over the nodes where they are defined. On an acyclic graph
    the cycle pattern is 0 and all patterns together at most 0.5.
    """

    @property
    def randomised(self) -> bool:
        """Yes: degrees alone close some triangles."""
        return True

    def measure(self, subject: Subject) -> Sequence[Measured]:
        """Ten numbers."""
        graph = subject.adjacency
        note = _LAYERED if graph.entries and strictly_layered(graph) else ""
        found = triangles(graph)
        whole = (
            Measured(
                "transitivity", "clustering.transitivity", transitivity(graph, found), Projection.SKELETON, note=note
            )
            if (graph.skeleton.degree > 1).any()
            else undefined("transitivity", "clustering.transitivity", Projection.SKELETON, "no node has two neighbours")
        )
        mean = (
            Measured(
                "mean clustering",
                "clustering.watts_strogatz",
                mean_clustering(graph, found),
                Projection.SKELETON,
                note=note,
            )
            if graph.nodes
            else undefined("mean clustering", "clustering.watts_strogatz", Projection.SKELETON, "there is no node")
        )
        patterns = directed_patterns(graph)
        directed = [
            _mean(
                f"{pattern.value} clustering" if pattern is not Pattern.ALL else "directed clustering",
                f"clustering.fagiolo.{pattern.value}",
                patterns[pattern],
                {"pattern": pattern.value},
                note,
            )
            for pattern in Pattern
        ]
        return [mean, whole, *directed, *(_weighted(subject, weighting, note) for weighting in Weighting)]


def _weighted(subject: Subject, weighting: Weighting, note: str) -> Measured:
    name, definition = f"{_NAMES[weighting]} clustering", f"clustering.{weighting.value}"
    projection = Projection.SKELETON if weighting is Weighting.BARRAT else Projection.DIRECTED
    if subject.adjacency.weight is None:
        return undefined(name, definition, projection, "the edges have no weights")
    found = weighted_clustering(subject.adjacency, weighting)
    return _mean(name, definition, found, {"weights": "absolute"}, note, projection)


def _mean(
    name: str,
    definition: str,
    found: Array,
    parameters: dict[str, Json],
    note: str,
    projection: Projection = Projection.DIRECTED,
) -> Measured:
    """The mean over the nodes where there is a value, and how many these are."""
    known = found[np.isfinite(found)]
    if not known.size:
        return undefined(name, definition, projection, "no node whose degrees and weights allow such a triangle")
    return Measured(name, definition, float(known.mean()), projection, {**parameters, "nodes": known.size}, note=note)


_NAMES = {
    Weighting.ONNELA: "Onnela",
    Weighting.BARRAT: "Barrat",
    Weighting.CLEMENTE_GRASSI: "Clemente-Grassi",
}
METRIC = Clustering()
