"""Katz centrality against closed forms, the linear system it solves, and networkx."""

from __future__ import annotations

from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphgrow.errors import SettingsError
from graphgrow.graph.builders import from_edges, layered
from graphgrow.graph.graph import Graph
from graphgrow.measure.katz import Direction, EdgeValue, katz
from tests.strategies import graphs

EDGES = [(0, 1), (1, 2), (2, 3), (2, 4), (2, 5), (5, 6), (5, 7), (5, 8), (8, 9), (8, 10)]
TREE = [0, 1, 2, 3, 3, 3, 4, 4, 4, 5, 5]


def joined(level: list[int], edges: list[tuple[int, int]]) -> Graph:
    source, target = zip(*edges, strict=True)
    return from_edges(level, source, target, np.ones(len(edges)), dtype=np.float64)


@pytest.mark.parametrize("alpha", [0.1, 0.5, 2.0])
@pytest.mark.parametrize("length", [1, 2, 7])
def test_a_chain_is_a_geometric_sum(alpha: float, length: int) -> None:
    chain = joined(list(range(length + 1)), [(at, at + 1) for at in range(length)])
    wanted = [sum(alpha**power for power in range(depth + 1)) for depth in range(length + 1)]
    np.testing.assert_allclose(katz(chain, EdgeValue.UNWEIGHTED, alpha), wanted, rtol=1e-14)
    back = katz(chain, EdgeValue.UNWEIGHTED, alpha, direction=Direction.OUTWARD)
    np.testing.assert_allclose(back, wanted[::-1], rtol=1e-14)


def test_a_full_layered_network() -> None:
    dense = layered([10, 20, 20, 5], 1.0, np.random.default_rng(0))
    found = katz(dense, EdgeValue.UNWEIGHTED)
    for level, wanted in enumerate([1, 2, 5, 11]):
        np.testing.assert_allclose(found[dense.wiring.level == level], wanted, rtol=1e-14)


def test_direction_on_a_tree() -> None:
    found = katz(joined(TREE, EDGES), EdgeValue.UNWEIGHTED, unit_length=True)
    wanted = [0.274021, 0.301423, 0.304163, *[0.304437] * 3, *[0.304464] * 3, *[0.304467] * 2]
    np.testing.assert_allclose(found, wanted, atol=5e-7)


def test_as_networkx_counts_it() -> None:
    graph = layered([5, 9, 8, 4], 0.4, np.random.default_rng(3))
    other = nx.DiGraph()
    other.add_nodes_from(range(graph.neurons))
    other.add_edges_from(zip(graph.wiring.source.tolist(), graph.wiring.target.tolist(), strict=True))
    theirs = nx.katz_centrality(other, alpha=0.1, beta=1.0, tol=1e-12)
    ours = katz(graph, EdgeValue.UNWEIGHTED, unit_length=True)
    np.testing.assert_allclose(ours, [theirs[row] for row in range(graph.neurons)], atol=1e-10)


@given(
    graphs(dtypes=(np.float64,)),
    st.sampled_from(EdgeValue),
    st.sampled_from(Direction),
    st.sampled_from([0.01, 0.3, 1.0]),
    st.booleans(),
)
def test_it_solves_its_equation(graph: Graph, value: EdgeValue, direction: Direction, alpha: float, each: bool) -> None:
    graph = graph.with_weights(np.clip(graph.weight, -3, 3), graph.bias)
    weight = {
        EdgeValue.SIGNED: graph.weight,
        EdgeValue.ABSOLUTE: np.abs(graph.weight),
        EdgeValue.UNWEIGHTED: np.ones(graph.edges),
    }[value]
    matrix = np.zeros((graph.neurons, graph.neurons))
    matrix[graph.wiring.target, graph.wiring.source] = weight
    matrix = matrix if direction is Direction.INWARD else matrix.T
    beta = np.linspace(-1, 2, graph.neurons) if each else 0.7
    wanted = np.linalg.solve(np.eye(graph.neurons) - alpha * matrix, np.broadcast_to(beta, graph.neurons))
    found = katz(graph, value, alpha, beta, direction)
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9)


def test_nothing_to_divide_by() -> None:
    assert katz(joined([0, 1], [(0, 1)]), EdgeValue.SIGNED, beta=0.0, unit_length=True).tolist() == [0, 0]


@pytest.mark.parametrize("alpha", [0.0, -0.1, np.inf, np.nan])
def test_wrong_alphas(alpha: float) -> None:
    with pytest.raises(SettingsError, match="katz alpha: expected a positive number"):
        katz(joined([0, 1], [(0, 1)]), EdgeValue.SIGNED, alpha)


@pytest.mark.parametrize("beta", [np.nan, np.ones(3), np.ones((2, 1))])
def test_wrong_betas(beta: float) -> None:
    with pytest.raises(SettingsError, match="katz beta: expected one finite number or 2 of them"):
        katz(joined([0, 1], [(0, 1)]), EdgeValue.SIGNED, beta=beta)


def test_paths_beyond_what_floats_hold() -> None:
    chain = joined(list(range(9)), [(at, at + 1) for at in range(8)])
    huge = replace(chain, weight=np.full(8, 1e200))
    with pytest.raises(SettingsError, match="choose a smaller alpha"):
        katz(huge, EdgeValue.SIGNED)
    assert np.isfinite(katz(huge, EdgeValue.SIGNED, 1e-200)).all()
