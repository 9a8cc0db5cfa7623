"""Clustering through networkx' dispatch against networkx itself."""

from __future__ import annotations

from typing import Any

import networkx
import numpy as np
import pytest
from hypothesis import given, settings

from tests.backend.worlds import KINDS, SIMPLE, agrees, worlds


@settings(max_examples=80)
@given(worlds())
def test_every_node_and_some(graph: Any) -> None:
    some = [*list(graph)[::2], "nowhere"]
    for function in (networkx.triangles, networkx.clustering, networkx.square_clustering):
        assert agrees(function, graph)
        assert agrees(function, graph, some)
        assert all(agrees(function, graph, node) for node in list(graph)[:2])
    assert agrees(networkx.transitivity, graph)
    assert agrees(networkx.average_clustering, graph)
    assert agrees(networkx.average_clustering, graph, some, count_zeros=False)


@settings(max_examples=80)
@given(worlds(SIMPLE, signed=True))
def test_weighted(graph: Any) -> None:
    assert agrees(networkx.clustering, graph, weight="weight")
    assert agrees(networkx.clustering, graph, list(graph)[1::2], "weight")
    assert agrees(networkx.average_clustering, graph, weight="weight")
    assert agrees(networkx.clustering, graph, weight="missing")


@pytest.mark.parametrize("kind", SIMPLE)
def test_weights_of_zero_cannot_be_divided_by(kind: Any) -> None:
    graph = kind([(0, 1), (1, 2), (0, 2)])
    networkx.set_edge_attributes(graph, 0, "weight")
    with pytest.raises(ZeroDivisionError, match="weight"):
        networkx.clustering(graph, weight="weight", backend="graphgrow")


@pytest.mark.parametrize("kind", KINDS)
def test_a_thousand_nodes(kind: Any) -> None:
    rng = np.random.default_rng(3)
    graph = kind(rng.integers(0, 300, (3000, 2)).tolist())
    for function in (networkx.transitivity, networkx.square_clustering, networkx.clustering):
        assert agrees(function, graph)


def test_what_is_no_node_is_refused() -> None:
    graph = networkx.path_graph(3)
    for nodes in (7, [[0]]):
        with pytest.raises(networkx.NetworkXError):
            networkx.clustering(graph, nodes, backend="graphgrow")
