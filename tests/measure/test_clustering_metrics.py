"""Clustering in the topology report: means with their definitions, warnings where they say nothing, samples of rows."""

from __future__ import annotations

import networkx
import numpy as np
import pytest

from graphgrow.graph.builders import layered
from graphgrow.measure.adjacency import Adjacency, from_edges, of
from graphgrow.measure.clustering import Pattern, Weighting, directed_patterns, square_clustering, weighted_clustering
from graphgrow.measure.convert import from_networkx
from graphgrow.measure.measured import Measured, Projection
from graphgrow.measure.metrics import Effort, Subject, squares
from graphgrow.measure.metrics.clustering import METRIC


def answers(graph: Adjacency) -> dict[str, Measured]:
    return {found.name: found for found in METRIC.measure(Subject(graph))}


def skipping() -> Adjacency:
    """An acyclic graph with weights of both signs and edges that skip levels."""
    rng = np.random.default_rng(0)
    edges = np.argwhere(np.triu(rng.random((30, 30)) < 0.3, 1))
    return from_edges(30, *edges.T, rng.normal(size=len(edges)))


def test_textbook_values() -> None:
    found = answers(from_networkx(networkx.karate_club_graph(), None))
    assert found["mean clustering"].value == pytest.approx(0.570638, abs=5e-7)
    assert found["transitivity"].value == pytest.approx(0.255682, abs=5e-7)
    assert found["Barrat clustering"].value is None
    assert found["Barrat clustering"].note == "the edges have no weights"


def test_means_are_over_the_nodes_where_there_is_a_value() -> None:
    graph = skipping()
    found = answers(graph)
    inward = directed_patterns(graph)[Pattern.IN]
    assert found["in clustering"].value == pytest.approx(np.nanmean(inward))
    assert found["in clustering"].parameters["nodes"] == np.isfinite(inward).sum() < 30
    for weighting, name in ((Weighting.BARRAT, "Barrat"), (Weighting.CLEMENTE_GRASSI, "Clemente-Grassi")):
        wanted = np.nanmean(weighted_clustering(graph, weighting))
        assert found[f"{name} clustering"].value == pytest.approx(wanted)
    assert found["Barrat clustering"].projection is Projection.SKELETON
    assert found["cycle clustering"].value == 0


def test_layers_are_warned_of() -> None:
    network = of(layered([10, 20, 20, 5], 1.0, np.random.default_rng(0)))
    nameless = from_edges(network.nodes, network.row, network.other, network.weight)
    for graph in (network, nameless):
        found = answers(graph)
        assert found["mean clustering"].value == found["Onnela clustering"].value == 0
        assert all("see square clustering" in each.note for each in found.values())
    assert not any(each.note for each in answers(skipping()).values())


def test_layers_with_gaps_between_levels_are_warned_of() -> None:
    gaps = from_edges(6, [0, 1, 2, 3], [2, 3, 4, 5], level=[0, 0, 5, 5, 9, 9])
    assert METRIC.measure(Subject(gaps))[0].note.startswith("every edge leads to the next level")


def test_dead_weights_have_no_clustering() -> None:
    found = answers(from_edges(3, [0, 0, 1], [1, 2, 2], [0.0, 0.0, 0.0]))
    assert {found[f"{name} clustering"].note for name in ("Onnela", "Barrat", "Clemente-Grassi")} == {
        "all weights are 0"
    }
    assert found["mean clustering"].value == 1


def test_squares_of_dense_graphs_are_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = of(layered([30, 60, 60, 10], 0.5, np.random.default_rng(0)))
    (exact,) = squares.METRIC.measure(Subject(graph))
    assert exact.value == pytest.approx(square_clustering(graph).mean())
    assert exact.error is None
    monkeypatch.setattr(squares, "_STEPS", 100_000)
    (drawn,) = squares.METRIC.measure(Subject(graph, effort=Effort(samples=40)))
    assert drawn.parameters["nodes"] == max(40, 160 * 100_000 // int((graph.skeleton.degree**2).sum()))
    assert drawn.error is not None
    assert drawn.error > 0
    assert drawn.value == pytest.approx(exact.value, abs=4 * drawn.error)
    assert drawn == squares.METRIC.measure(Subject(graph, effort=Effort(samples=40)))[0]
