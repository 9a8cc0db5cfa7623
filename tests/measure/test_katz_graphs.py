"""Katz centrality of any graph: cycles, batches, logarithms, and what networkx has of it."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphgrow.errors import SettingsError
from graphgrow.graph.builders import layered
from graphgrow.graph.graph import Graph
from graphgrow.graph.order import slices
from graphgrow.measure import neumann
from graphgrow.measure.adjacency import Adjacency, from_edges, of
from graphgrow.measure.convert import from_networkx
from graphgrow.measure.katz import Direction, EdgeValue, katz, log_katz
from tests.strategies import graphs

UNWEIGHTED, SIGNED, ABSOLUTE = EdgeValue.UNWEIGHTED, EdgeValue.SIGNED, EdgeValue.ABSOLUTE


@st.composite
def drawn(draw: st.DrawFn) -> Adjacency:
    """Any small graph: directed or not, cycles and loops, weights or none."""
    nodes, directed = draw(st.integers(1, 9)), draw(st.booleans())
    pairs = [(a, b) for a in range(nodes) for b in range(nodes) if directed or a <= b]
    edges = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=30))
    weight = draw(st.none() | st.lists(st.floats(-2, 2), min_size=len(edges), max_size=len(edges)))
    ends = np.array(edges, np.int64).reshape(-1, 2)
    return from_edges(nodes, ends[:, 0], ends[:, 1], weight, directed)


def dense(graph: Adjacency, value: EdgeValue, direction: Direction) -> np.ndarray:
    matrix = graph.matrix(direction is Direction.INWARD).toarray()  # type: ignore[attr-defined]
    if value is UNWEIGHTED:
        held = np.zeros_like(matrix)
        held[graph.row, graph.other] = 1
        return held.T if direction is Direction.INWARD else held
    return np.abs(matrix) if value is ABSOLUTE else matrix


@given(drawn(), st.sampled_from(EdgeValue), st.sampled_from(Direction), st.sampled_from([0.02, 0.15, 0.6]))
def test_any_graph_solves_its_equation_or_says_the_bound(
    graph: Adjacency, value: EdgeValue, direction: Direction, alpha: float
) -> None:
    matrix = dense(graph, value, direction)
    radius = np.abs(np.linalg.eigvals(matrix)).max()
    beta = np.linspace(-1, 2, graph.nodes)
    if alpha * radius >= 1 + 1e-6:
        with pytest.raises(SettingsError, match="1 / spectral radius"):
            katz(graph, value, alpha, beta, direction)
    elif alpha * radius < 0.999:
        wanted = np.linalg.solve(np.eye(graph.nodes) - alpha * matrix, beta)
        np.testing.assert_allclose(katz(graph, value, alpha, beta, direction), wanted, rtol=1e-8, atol=1e-8)


@given(graphs(dtypes=(np.float32, np.float64)), st.sampled_from(EdgeValue), st.sampled_from(Direction))
def test_a_network_and_its_adjacency_agree(graph: Graph, value: EdgeValue, direction: Direction) -> None:
    graph = graph.with_weights(np.clip(graph.weight, -3, 3), graph.bias)
    seen = of(graph)
    found = katz(graph, value, 0.3, direction=direction)
    plain = from_edges(seen.nodes, seen.row, seen.other, seen.weight)
    backwards = seen.nodes - 1
    turned = from_edges(seen.nodes, backwards - seen.row, backwards - seen.other, seen.weight)
    np.testing.assert_allclose(katz(turned, value, 0.3, direction=direction)[::-1], found, rtol=1e-9, atol=1e-9)
    for other in (seen, plain):
        np.testing.assert_allclose(katz(other, value, 0.3, direction=direction), found, rtol=1e-9, atol=1e-9)


def by_hand(graph: Graph, value: EdgeValue, alpha: float, direction: Direction) -> np.ndarray:
    """One level after the other in numpy: products, then sums in the order of edges."""
    wiring, made = graph.wiring, np.ones(graph.neurons)
    weight = graph.weight.astype(np.float64)
    weight = {UNWEIGHTED: np.ones(graph.edges), SIGNED: weight, ABSOLUTE: np.abs(weight)}[value]
    inward = direction is Direction.INWARD
    for level in wiring.levels[1:] if inward else wiring.levels[-2::-1]:
        rows = np.flatnonzero(wiring.level == level)
        pointer, other = (wiring.pointer, wiring.source) if inward else (wiring.out_pointer, wiring.target)
        edges = slices(pointer, rows)
        edges = edges if inward else wiring.out_order[edges]
        local = np.repeat(np.arange(rows.size), np.diff(pointer)[rows])
        made[rows] += alpha * np.bincount(local, weight[edges] * made[other[edges]], minlength=rows.size)
    return made


@given(graphs(dtypes=(np.float32, np.float64)), st.sampled_from(EdgeValue), st.sampled_from(Direction))
def test_a_networks_bits_are_those_of_plain_sums_in_the_order_of_edges(
    graph: Graph, value: EdgeValue, direction: Direction
) -> None:
    graph = graph.with_weights(np.clip(graph.weight, -3, 3), graph.bias)
    np.testing.assert_array_equal(
        katz(graph, value, 0.1, direction=direction), by_hand(graph, value, 0.1, direction), strict=True
    )


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("value", EdgeValue)
def test_a_batch_has_the_bits_of_each_alone(value: EdgeValue, direction: Direction) -> None:
    graph = layered([7, 9, 8, 4], 0.5, np.random.default_rng(2))
    beta = np.random.default_rng(3).normal(size=(5, graph.neurons))
    seen = of(graph)
    for each in (graph, seen, from_edges(seen.nodes, seen.row, seen.other, seen.weight, directed=False)):
        alone = [katz(each, value, 0.05, row, direction, unit_length=True) for row in beta]
        found = katz(each, value, 0.05, beta, direction, unit_length=True)
        if isinstance(each, Graph) or each.directed:
            np.testing.assert_array_equal(found, alone)
        np.testing.assert_allclose(found, alone, rtol=1e-12)
    assert katz(graph, value, beta=np.ones((0, graph.neurons))).shape == (0, graph.neurons)


def test_karate() -> None:
    graph = from_networkx(nx.karate_club_graph(), None)
    found = katz(graph, UNWEIGHTED, unit_length=True)
    np.testing.assert_allclose(found[[0, 33, 11]], [0.321325, 0.331406, 0.096617], atol=5e-7)


@given(st.integers(0, 2**31), st.booleans(), st.booleans())
@settings(max_examples=30)
def test_as_networkx_has_it_on_random_graphs(seed: int, directed: bool, weighted: bool) -> None:
    other = nx.gnp_random_graph(15, 0.2, seed=seed, directed=directed)
    rng = np.random.default_rng(seed)
    if weighted:
        nx.set_edge_attributes(other, {edge: float(rng.uniform(-1, 1)) for edge in other.edges}, "weight")
    theirs = nx.katz_centrality(other, alpha=0.1, tol=1e-13, weight="weight" if weighted else None, max_iter=10_000)
    ours = katz(from_networkx(other), SIGNED if weighted else UNWEIGHTED, unit_length=True)
    np.testing.assert_allclose(ours, list(theirs.values()), atol=1e-9)


def test_networkx_stops_at_a_thousand_levels() -> None:
    other = nx.path_graph(1010, create_using=nx.DiGraph)
    with pytest.raises(nx.PowerIterationFailedConvergence):
        nx.katz_centrality(other, alpha=1.0)
    assert katz(from_networkx(other), UNWEIGHTED, alpha=1.0).tolist() == list(range(1, 1011))


def test_networkx_solves_beyond_the_bound_where_no_sum_over_walks_exists() -> None:
    other = nx.complete_graph(6)
    other.add_node(6)
    theirs = nx.katz_centrality_numpy(other, alpha=0.3)
    assert min(theirs.values()) < 0 < max(theirs.values()), "no count of walks is negative"
    with pytest.raises(SettingsError, match=r"1 / spectral radius = 0\.2: choose"):
        katz(from_networkx(other), UNWEIGHTED, alpha=0.3)
    with pytest.raises(SettingsError, match="1 / spectral radius"):
        katz(from_networkx(other), UNWEIGHTED, alpha=0.2)


@pytest.mark.parametrize("weight", [[1.0], [-0.5], [0.5, -1.0, 0.25]])
def test_large_cycles_are_searched_by_iteration(monkeypatch: pytest.MonkeyPatch, weight: list[float]) -> None:
    ring = nx.cycle_graph(60, create_using=nx.DiGraph)
    ring.add_edges_from([(0, 30), (10, 50), (60, 0), (7, 20), (20, 3), (33, 2), (2, 44)])
    for at, edge in enumerate(ring.edges):
        ring.edges[edge]["weight"] = weight[at % len(weight)]
    graph = from_networkx(ring)
    wanted = neumann.spectral_radius(graph.matrix())
    monkeypatch.setattr(neumann, "DENSE", 5)
    assert neumann.spectral_radius(graph.matrix()) == pytest.approx(wanted, rel=1e-7)


def test_a_chain_behind_a_cycle_is_exact() -> None:
    # What the cycle hands on shrinks slowly, and the chain makes it larger by a factor of 1e30.
    source, target = [0, 1, *range(1, 31)], [1, 0, *range(2, 32)]
    graph = from_edges(32, source, target, [0.09, 0.09, *[100.0] * 30])
    matrix = dense(graph, SIGNED, Direction.INWARD)
    wanted = np.linalg.solve(np.eye(32) - 0.1 * matrix, np.ones(32))
    np.testing.assert_allclose(katz(graph, SIGNED), wanted, rtol=1e-12)


@given(graphs(dtypes=(np.float64,)), st.sampled_from([ABSOLUTE, UNWEIGHTED]), st.sampled_from(Direction))
def test_the_logarithm_is_that_of_katz(graph: Graph, value: EdgeValue, direction: Direction) -> None:
    graph = graph.with_weights(np.clip(graph.weight, -3, 3), graph.bias)
    beta = np.arange(graph.neurons) % 3.0
    with np.errstate(divide="ignore"):
        wanted = np.log(katz(graph, value, 0.4, beta, direction))
    for each in (graph, of(graph)):
        np.testing.assert_allclose(log_katz(each, value, 0.4, beta, direction), wanted, rtol=1e-9, atol=1e-9)
    both = log_katz(graph, value, 0.4, np.stack([beta, beta]), direction)
    np.testing.assert_array_equal(both[0], both[1])


def test_the_logarithm_has_a_value_where_katz_has_none() -> None:
    depth = 2000
    chain = from_edges(depth, range(depth - 1), range(1, depth), np.full(depth - 1, -1e3))
    with pytest.raises(SettingsError, match="log_katz"):
        katz(chain, ABSOLUTE)
    # The sum over 1, 100, 100^2, ...
    wanted = np.log(100) * np.arange(depth) + np.log((1 - 100.0 ** -np.arange(1, depth + 1)) / (1 - 0.01))
    np.testing.assert_allclose(log_katz(chain, ABSOLUTE), wanted, rtol=1e-12, atol=1e-12)
    karate = from_networkx(nx.karate_club_graph(), None)
    np.testing.assert_allclose(log_katz(karate, UNWEIGHTED), np.log(katz(karate, UNWEIGHTED)))
    for wrong in ({"value": SIGNED}, {"value": ABSOLUTE, "beta": -1.0}):
        with pytest.raises(SettingsError, match="expected ABSOLUTE or UNWEIGHTED edges and a beta of 0 or more"):
            log_katz(chain, **wrong)  # type: ignore[arg-type]


def test_strange_graphs() -> None:
    assert katz(from_edges(0, [], []), UNWEIGHTED).tolist() == []
    assert katz(from_edges(0, [], [], directed=False), UNWEIGHTED, unit_length=True).tolist() == []
    assert katz(from_edges(2, [], []), SIGNED, beta=3.0).tolist() == [3, 3]
    np.testing.assert_allclose(katz(from_edges(1, [0], [0]), UNWEIGHTED), [1 / 0.9])
    assert katz(from_edges(2, [0], [1], [0.0]), ABSOLUTE).tolist() == [1, 1]
    below = from_edges(3, [0, 1], [1, 2], level=[-300, -2, 1000])
    assert katz(below, UNWEIGHTED, 1.0).tolist() == katz(below.reversed, UNWEIGHTED, 1.0).tolist()[::-1] == [1, 2, 3]
    assert log_katz(from_edges(2, [0], [1], [0.0]), ABSOLUTE).tolist() == [0, 0]
    assert katz(from_edges(3, [0, 1, 2], [1, 2, 0], [0.0] * 3), ABSOLUTE, alpha=9.0).tolist() == [1, 1, 1]
