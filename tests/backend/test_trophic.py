"""Trophic levels through networkx' dispatch against networkx itself."""

from __future__ import annotations

from typing import Any

import networkx
import pytest
from hypothesis import given, settings

from tests.backend.worlds import KINDS, agrees, worlds

FUNCTIONS = (networkx.trophic_levels, networkx.trophic_differences, networkx.trophic_incoherence_parameter)


# networkx takes the deviation of no differences at all.
@pytest.mark.filterwarnings("ignore:.*:RuntimeWarning:numpy")
@settings(max_examples=100)
@given(worlds(KINDS[:2]))
def test_every_kind(graph: Any) -> None:
    for function in FUNCTIONS:
        for weight in ("weight", None):
            assert agrees(function, graph, weight)
    assert agrees(networkx.trophic_incoherence_parameter, graph, cannibalism=True)


@settings(max_examples=60)
@given(worlds(KINDS[1:]))
def test_where_levels_are_defined(graph: Any) -> None:
    if not graph.is_directed():
        graph = networkx.MultiDiGraph(graph)
    for node in list(graph):
        graph.add_edge("root", node, weight=2)
    for function in FUNCTIONS[: 1 if graph.is_multigraph() else 3]:
        assert agrees(function, graph)
    assert graph.is_multigraph() or agrees(FUNCTIONS[2], graph, cannibalism=True)


def test_weights_that_cancel_are_refused() -> None:
    graph = networkx.DiGraph()
    graph.add_weighted_edges_from([(0, 2, 1), (1, 2, -1)])
    with pytest.raises(networkx.NetworkXError, match="sum to 0"):
        networkx.trophic_levels(graph, backend="graphgrow")
