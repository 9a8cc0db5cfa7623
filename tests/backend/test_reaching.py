"""Reaching centrality and flow hierarchy through networkx' dispatch against networkx itself."""

from __future__ import annotations

from typing import Any

import networkx
import numpy as np
import pytest
from hypothesis import given, settings

from tests.backend.worlds import KINDS, SIMPLE, agrees, worlds


@settings(max_examples=60)
@given(worlds())
def test_unweighted(graph: Any) -> None:
    assert agrees(networkx.global_reaching_centrality, graph)
    for node in [*list(graph)[:3], "nowhere"]:
        assert agrees(networkx.local_reaching_centrality, graph, node)
    assert agrees(networkx.flow_hierarchy, graph)
    assert agrees(networkx.flow_hierarchy, graph, "weight")


@settings(max_examples=100)
@given(worlds(SIMPLE))
def test_weighted_paths_are_those_of_networkx(graph: Any) -> None:
    # networkx asks edges for the attribute in one place and takes 1 for it in another, where they lack it.
    for *_, held in graph.edges(data=True):
        held.setdefault("weight", 1)
    for normalized in (True, False):
        assert agrees(networkx.global_reaching_centrality, graph, "weight", normalized)
        for node in list(graph)[:3]:
            assert agrees(networkx.local_reaching_centrality, graph, node, None, "weight", normalized)
            if graph.size("weight"):
                paths = networkx.shortest_path(graph, node)
                for weight in (None, "weight"):
                    assert agrees(networkx.local_reaching_centrality, graph, node, paths, weight, normalized)


@pytest.mark.parametrize("weight", [0, -1])
@pytest.mark.parametrize("kind", SIMPLE)
def test_weights_that_are_not_positive(kind: Any, weight: int) -> None:
    graph = kind()
    graph.add_weighted_edges_from([(0, 1, weight), (1, 2, 3), (3, 0, 1)])
    assert agrees(networkx.global_reaching_centrality, graph, "weight")
    for node in range(4):
        assert agrees(networkx.local_reaching_centrality, graph, node, weight="weight")


@pytest.mark.parametrize("kind", KINDS)
def test_a_few_hundred_nodes(kind: Any) -> None:
    graph = kind(np.random.default_rng(2).integers(0, 120, (150, 2)).tolist())
    assert agrees(networkx.global_reaching_centrality, graph)
    assert agrees(networkx.flow_hierarchy, graph)
