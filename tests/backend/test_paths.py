"""Path lengths through networkx' dispatch against networkx itself."""

from __future__ import annotations

from typing import Any

import networkx
import numpy as np
import pytest
from hypothesis import given, settings

from tests.backend.worlds import KINDS, SIMPLE, agrees, same, worlds

METHODS = (None, "unweighted", "dijkstra", "bellman-ford", "floyd-warshall", "floyd-warshall-numpy", "quickest")


def connected(graph: Any) -> Any:
    """The graph with a cycle through all nodes, so that all reach all."""
    networkx.add_cycle(graph, list(graph)) if len(graph) > 1 else None
    return graph


@settings(max_examples=60)
@given(worlds())
def test_lengths_from_one_node(graph: Any) -> None:
    for cutoff in (None, 0, 1, 1.5, -2, 2):
        for source in [*list(graph)[:3], "nowhere"]:
            assert agrees(networkx.single_source_shortest_path_length, graph, source, cutoff)
    assert agrees(networkx.global_efficiency, graph)


@settings(max_examples=60)
@given(worlds())
def test_mean_over_all_pairs(graph: Any) -> None:
    assert agrees(networkx.average_shortest_path_length, graph)
    for weight in (None, "weight", "missing"):
        for method in METHODS:
            assert agrees(networkx.average_shortest_path_length, connected(graph), weight, method)


@settings(max_examples=40)
@given(worlds(SIMPLE))
def test_weight_by_a_function(graph: Any) -> None:
    def steep(first: Any, second: Any, held: Any) -> float | None:
        return None if first == "n1" else held.get("weight", 1) * (1 + len(str(second)))

    for method in (None, "dijkstra", "floyd-warshall", "floyd-warshall-numpy"):
        assert agrees(networkx.average_shortest_path_length, connected(graph), steep, method)


@pytest.mark.parametrize("kind", KINDS[2:])
def test_a_function_sees_parallel_edges(kind: Any) -> None:
    graph = kind([(0, 1, {"weight": 3}), (0, 1, {"weight": 2}), (1, 0, {"weight": 5}), (1, 2), (2, 0)])
    assert agrees(
        networkx.average_shortest_path_length, graph, lambda first, second, held: sum(map(len, held.values()), 1)
    )
    assert agrees(networkx.average_shortest_path_length, graph, "weight")


@pytest.mark.parametrize("kind", KINDS)
def test_negative_weights(kind: Any) -> None:
    graph = kind([(0, 1, {"weight": -1}), (1, 2, {"weight": 3}), (2, 0, {"weight": 4}), (0, 2, {"weight": 1})])
    for method in ("bellman-ford", "dijkstra"):
        assert agrees(networkx.average_shortest_path_length, graph, "weight", method)
    graph.add_edge(1, 0, weight=0.5)
    for method in ("bellman-ford", "dijkstra"):
        assert agrees(networkx.average_shortest_path_length, graph, "weight", method)


@pytest.mark.parametrize("kind", SIMPLE)
def test_a_thousand_edges(kind: Any) -> None:
    rng = np.random.default_rng(11)
    graph = kind()
    graph.add_weighted_edges_from(
        (first, second, int(weight))
        for first, second, weight in zip(
            *rng.integers(0, 150, (2, 1000)).tolist(), rng.integers(1, 4, 1000), strict=True
        )
    )
    networkx.add_cycle(graph, range(150))
    assert agrees(networkx.average_shortest_path_length, graph)
    assert agrees(networkx.average_shortest_path_length, graph, "weight")
    assert same(*(networkx.average_shortest_path_length(graph, "weight", "bellman-ford", backend=name)
                  for name in ("networkx", "graphgrow")))  # fmt: skip
