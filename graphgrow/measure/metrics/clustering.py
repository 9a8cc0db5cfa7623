"""Clustering by triangles: undirected, by directed pattern and weighted, as means over nodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graphgrow.arrays import Array, Json
from graphgrow.measure.adjacency import Adjacency
from graphgrow.measure.clustering import (
    Pattern,
    Weighting,
    clusterings,
    mean_clustering,
    transitivity,
    triangles,
)
from graphgrow.measure.hierarchy import strictly_layered
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

    def randomised(self, subject: Subject) -> bool:
        """Yes: degrees alone close some triangles."""
        return True

    def measure(self, subject: Subject) -> Sequence[Measured]:
        """Ten numbers."""
        graph = subject.adjacency
        found = triangles(graph)
        note = _LAYERED if not found.any() and strictly_layered(graph) else ""
        weighted = graph.weight is not None and bool(graph.weight.any())
        plain, *heavy = clusterings(graph, [None, *(Weighting if weighted else ())])
        by_pattern = [
            _mean(name, f"clustering.fagiolo.{pattern.value}", plain[pattern], {"pattern": pattern.value}, note)
            for pattern, name in _PATTERNS.items()
        ]
        if not weighted:
            return [*_undirected(graph, found, note), *by_pattern, *_unweighted(graph)]
        by_weight = [
            _mean(
                name,
                f"clustering.{weighting.value}",
                shares[Pattern.ALL],
                {"weights": "absolute"},
                note,
                _projection(weighting),
            )
            for (weighting, name), shares in zip(_WEIGHTINGS.items(), heavy, strict=True)
        ]
        return [*_undirected(graph, found, note), *by_pattern, *by_weight]


def _undirected(graph: Adjacency, found: Array, note: str) -> list[Measured]:
    """Mean clustering and transitivity, from the triangles at each node."""
    mean = ("mean clustering", "clustering.watts_strogatz", Projection.SKELETON)
    whole = ("transitivity", "clustering.transitivity", Projection.SKELETON)
    return [
        Measured(mean[0], mean[1], mean_clustering(graph, found), mean[2], note=note)
        if graph.nodes
        else undefined(*mean, "there is no node"),
        Measured(whole[0], whole[1], transitivity(graph, found), whole[2], note=note)
        if (graph.skeleton.degree > 1).any()
        else undefined(*whole, "no node has two neighbours"),
    ]


def _unweighted(graph: Adjacency) -> list[Measured]:
    why = "the edges have no weights" if graph.weight is None else "all weights are 0"
    return [
        undefined(name, f"clustering.{weighting.value}", _projection(weighting), why)
        for weighting, name in _WEIGHTINGS.items()
    ]


def _projection(weighting: Weighting) -> Projection:
    """Barrat ignores directions."""
    return Projection.SKELETON if weighting is Weighting.BARRAT else Projection.DIRECTED


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
        return undefined(name, definition, projection, "no node has degrees and weights for such a triangle")
    return Measured(name, definition, float(known.mean()), projection, {**parameters, "nodes": known.size}, note=note)


_PATTERNS = {
    Pattern.ALL: "directed clustering",
    Pattern.CYCLE: "cycle clustering",
    Pattern.MIDDLEMAN: "middleman clustering",
    Pattern.IN: "in clustering",
    Pattern.OUT: "out clustering",
}
_WEIGHTINGS = {
    Weighting.ONNELA: "Onnela clustering",
    Weighting.BARRAT: "Barrat clustering",
    Weighting.CLEMENTE_GRASSI: "Clemente-Grassi clustering",
}
METRIC = Clustering()
