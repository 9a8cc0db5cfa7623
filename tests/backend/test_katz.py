"""Katz centrality through networkx' dispatch against networkx itself."""

from __future__ import annotations

from typing import Any

import networkx
import numpy as np
import pytest
from hypothesis import given, settings

from tests.backend.worlds import KINDS, SIMPLE, agrees, same, worlds


@settings(max_examples=60)
@given(worlds())
def test_every_kind(graph: Any) -> None:
    ones = dict.fromkeys(graph, 1.0)
    beta = {node: 1.0 + place for place, node in enumerate(graph)}
    for weight in (None, "weight"):
        assert agrees(networkx.katz_centrality, graph, 0.05, weight=weight)
        # networkx raises a TypeError on a single node.
        assert len(graph) == 1 or agrees(networkx.katz_centrality_numpy, graph, 0.05, weight=weight)
    assert agrees(networkx.katz_centrality, graph, 0.05, beta, nstart=ones, normalized=False, tol=1e-3)
    assert len(graph) == 1 or agrees(networkx.katz_centrality_numpy, graph, -0.05, beta, normalized=False)
    assert agrees(networkx.katz_centrality, graph, 0.05, max_iter=2)
    assert agrees(networkx.katz_centrality, graph, 5.0, max_iter=400)


@pytest.mark.parametrize("beta", ["foo", {0: 1.0}, None])
@pytest.mark.parametrize("function", [networkx.katz_centrality, networkx.katz_centrality_numpy])
def test_a_beta_that_fits_no_graph(function: Any, beta: Any) -> None:
    with pytest.raises((networkx.NetworkXError, TypeError)):
        function(networkx.path_graph(3), 0.1, beta, backend="graphgrow")


def test_the_start_does_not_change() -> None:
    start = dict.fromkeys(range(4), 1.0)
    networkx.katz_centrality(networkx.path_graph(4), nstart=start, backend="graphgrow")
    assert set(start.values()) == {1.0}


def test_no_solution_is_an_error_at_any_size() -> None:
    for pairs in (1, 300):
        graph = networkx.Graph((2 * pair, 2 * pair + 1) for pair in range(pairs))
        with pytest.raises(np.linalg.LinAlgError):
            networkx.katz_centrality_numpy(graph, 1.0, backend="graphgrow")


@pytest.mark.parametrize("kind", SIMPLE)
def test_more_nodes_than_are_solved_densely(kind: Any) -> None:
    graph = kind(np.random.default_rng(5).integers(0, 700, (2000, 2)).tolist())
    assert agrees(networkx.katz_centrality_numpy, graph, 0.02)


def test_a_deep_acyclic_graph_needs_no_bound() -> None:
    graph = networkx.path_graph(50, networkx.DiGraph)
    theirs = networkx.katz_centrality(graph, 3.0, normalized=False, max_iter=100, backend="networkx")
    for function in (networkx.katz_centrality, networkx.katz_centrality_numpy):
        assert same(theirs, function(graph, 3.0, normalized=False, backend="graphgrow"))


def test_kinds_are_all_of_networkx() -> None:
    assert [(kind().is_directed(), kind().is_multigraph()) for kind in KINDS] == [
        (False, False), (True, False), (False, True), (True, True),
    ]  # fmt: skip
