"""Hierarchy: how far all edges agree on one direction, and how unequally nodes reach others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from graphgrow.arrays import Json
from graphgrow.errors import GraphError
from graphgrow.measure.adjacency import Adjacency
from graphgrow.measure.hierarchy import (
    feedforwardness,
    flow_hierarchy,
    orderability,
    sampled_reaching,
    strictly_layered,
    trophic_incoherence,
    whole_reaching,
)
from graphgrow.measure.measured import Measured, Projection, undefined
from graphgrow.measure.metrics.contract import Effort, Metric, Subject
from graphgrow.measure.reach import sweep_words

# Words that an exact sweep may join in a report, some tenths of a second.
EXACT_WORDS = 2e8
ACYCLIC = "1 on every acyclic graph, by construction"
LAYERED = "every edge leads to the next level: 0 by construction"


@dataclass(frozen=True)
class Hierarchy(Metric):
    """Global reaching centrality both ways, trophic incoherence, and what cycles take from order; directed graphs only.

    Sources: Mones, Vicsek, Vicsek 2012, without weights, as networkx; MacKay, Johnson, Sansom 2020 (F0); Luo and Magee
    2011 (flow hierarchy); Corominas-Murtra, Goni, Sole, Rodriguez-Caso 2013 (orderability, feedforwardness).
    """

    def randomised(self, subject: Subject) -> bool:
        """Yes, for graphs with skips or cycles; where a value is constant by construction the null does not vary."""
        return True

    def measure(self, subject: Subject) -> Sequence[Measured]:
        """Six numbers."""
        graph = subject.adjacency
        acyclic = ACYCLIC if graph.acyclic else ""
        return [
            _reaching("global reaching centrality", graph, subject.effort),
            _reaching("global reaching centrality reversed", graph.reversed, subject.effort),
            _of(
                "trophic incoherence",
                "hierarchy.trophic_f0",
                trophic_incoherence,
                graph,
                LAYERED if strictly_layered(graph) else "",
            ),
            _of("flow hierarchy", "hierarchy.flow", flow_hierarchy, graph, acyclic),
            _of("orderability", "hierarchy.orderability", orderability, graph, acyclic),
            _of("feedforwardness", "hierarchy.feedforwardness", feedforwardness, graph, acyclic),
        ]


def _reaching(name: str, graph: Adjacency, effort: Effort) -> Measured:
    definition = "hierarchy.global_reaching"
    if not graph.directed:
        return undefined(name, definition, Projection.DIRECTED, "the graph has no directions")
    if graph.nodes < 2:
        return undefined(name, definition, Projection.DIRECTED, "fewer than two nodes")
    chosen: dict[str, Json] = {"weights": "none"}
    if graph.nodes <= effort.exact_nodes or sweep_words(graph, graph.nodes) <= EXACT_WORDS:
        found = whole_reaching(graph)
        return Measured(name, definition, found.value, Projection.DIRECTED, chosen, reachable=found.mean)
    found = sampled_reaching(graph, max(effort.samples, 2), effort.seed)
    note = "" if found.whole else "the largest reach is that of the sampled nodes: the value may be too small"
    chosen |= {"samples": max(effort.samples, 2), "seed": effort.seed}
    return Measured(name, definition, found.value, Projection.DIRECTED, chosen, found.error, found.mean, note=note)


def _of(name: str, definition: str, measure: Callable[[Adjacency], float], graph: Adjacency, note: str) -> Measured:
    """The measure's value, or the reason that it gives for having none."""
    try:
        value = measure(graph)
    except GraphError as error:
        return undefined(name, definition, Projection.DIRECTED, str(error))
    return Measured(name, definition, value, Projection.DIRECTED, {"weights": "none"}, note=note)


METRIC = Hierarchy()
