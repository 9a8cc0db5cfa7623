"""Hierarchy: networkx where definitions agree, laws and hand-worked graphs where it has none, differences shown."""

from __future__ import annotations

import networkx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphgrow.errors import GraphError
from graphgrow.graph.builders import erdos_renyi, layered
from graphgrow.measure import trophic
from graphgrow.measure.adjacency import Adjacency, from_edges, of
from graphgrow.measure.convert import from_networkx
from graphgrow.measure.hierarchy import (
    feedforwardness,
    flow_hierarchy,
    global_reaching_centrality,
    levine_levels,
    local_reaching_centrality,
    orderability,
    sampled_reaching,
    strictly_layered,
    trophic_incoherence,
    trophic_levels,
)
from graphgrow.measure.metrics import Effort, Subject, every

pairs = st.sets(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=35)
weights = st.lists(st.floats(0.1, 9.0), min_size=100, max_size=100)


def built(edges: set[tuple[int, int]], kind: type = networkx.DiGraph) -> networkx.Graph:
    made = kind()
    made.add_nodes_from(range(10))
    made.add_edges_from(sorted(edges))
    return made


def weighed(edges: set[tuple[int, int]], weight: list[float]) -> networkx.DiGraph:
    made = built(edges)
    for (_, _, data), value in zip(made.edges(data=True), weight, strict=False):
        data["weight"] = value
    return made


def dense() -> Adjacency:
    return of(layered([10, 20, 20, 5], 1.0, np.random.default_rng(0)))


def skipping(sizes: list[int], edges: int, seed: int = 0) -> Adjacency:
    return of(erdos_renyi(sizes, np.random.default_rng(seed), edges=edges, skips=True))


def test_reaching_centrality_of_a_dense_network() -> None:
    assert global_reaching_centrality(dense()) == pytest.approx(0.488683, abs=5e-7)
    assert global_reaching_centrality(dense().reversed) == pytest.approx(0.582990, abs=5e-7)


@given(pairs, st.sampled_from([networkx.Graph, networkx.DiGraph]))
def test_reaching_centrality_is_networkx_own(edges: set[tuple[int, int]], kind: type) -> None:
    graph = built(edges, kind)
    made = from_networkx(graph)
    if not edges:
        # networkx raises where there is no edge; nobody reaching anybody is no contradiction.
        with pytest.raises(networkx.NetworkXError):
            networkx.global_reaching_centrality(graph)
        assert global_reaching_centrality(made) == 0.0
        return
    assert global_reaching_centrality(made) == pytest.approx(networkx.global_reaching_centrality(graph))
    local = [networkx.local_reaching_centrality(graph, node) for node in graph]
    assert local_reaching_centrality(made) == pytest.approx(local)


def test_sampled_reaching_is_near_and_says_whether_it_is_whole() -> None:
    graph = skipping([40, 80, 80, 60, 20], 700)
    exact = global_reaching_centrality(graph)
    found = [sampled_reaching(graph, 120, seed) for seed in range(60)]
    assert all(each.whole and each.largest == local_reaching_centrality(graph).max() for each in found)
    off = np.array([each.value for each in found]) - exact
    assert (np.abs(off) < 4 * np.array([each.error for each in found])).mean() > 0.97
    assert abs(off.mean()) < 4 * off.std() / np.sqrt(60)
    few = sampled_reaching(graph, 10)
    assert not few.whole
    assert 0.8 * found[0].largest < few.largest <= found[0].largest
    circle = from_edges(300, np.arange(300), (np.arange(300) + 1) % 300)
    assert sampled_reaching(circle, 5).value == pytest.approx(0.0, abs=1e-12)


@given(pairs)
def test_flow_hierarchy_is_networkx_own(edges: set[tuple[int, int]]) -> None:
    graph = built(edges)
    if edges:
        assert flow_hierarchy(from_networkx(graph)) == pytest.approx(networkx.flow_hierarchy(graph))


@given(pairs.filter(bool), weights)
def test_weighted_flow_hierarchy_is_networkx_own(edges: set[tuple[int, int]], weight: list[float]) -> None:
    graph = weighed(edges, weight)
    found = flow_hierarchy(from_networkx(graph), weighted=True)
    assert found == pytest.approx(networkx.flow_hierarchy(graph, "weight"))


@given(pairs, weights)
def test_levine_levels_are_what_networkx_calls_trophic_levels(edges: set[tuple[int, int]], weight: list[float]) -> None:
    # Edges into the first nodes are turned round, so that many examples have basal nodes.
    graph = weighed({(b, a) if b < 3 else (a, b) for a, b in edges}, weight)
    try:
        expected = networkx.trophic_levels(graph)
    except networkx.NetworkXError:
        with pytest.raises(GraphError, match="levine levels"):
            levine_levels(from_networkx(graph))
        return
    assert levine_levels(from_networkx(graph)) == pytest.approx([expected[node] for node in graph])


def test_levine_levels_of_larger_cyclic_graphs_are_iterated(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = networkx.gnp_random_graph(80, 0.05, seed=0, directed=True)
    graph.add_edges_from((80, node) for node in range(80))
    expected = networkx.trophic_levels(graph)
    monkeypatch.setattr(trophic, "DIRECT", 10)
    assert levine_levels(from_networkx(graph)) == pytest.approx([expected[node] for node in graph], rel=1e-9)


def test_in_weights_that_sum_to_zero_are_an_error_where_networkx_shifts_levels_to_other_nodes() -> None:
    graph = from_edges(4, [0, 1, 0, 2], [2, 2, 3, 3], [1.0, -1.0, 1.0, 1.0])
    with pytest.raises(GraphError, match="node 2: its in-edges' weights sum to 0"):
        levine_levels(graph)


@given(pairs, weights, st.booleans())
def test_trophic_levels_solve_their_equation_and_no_others_do_better(
    edges: set[tuple[int, int]], weight: list[float], weighted: bool
) -> None:
    graph = from_networkx(weighed(edges, weight))
    levels = trophic_levels(graph, weighted)
    worth = graph.values if weighted else np.ones(graph.entries)
    matrix = np.zeros((10, 10))
    matrix[graph.row, graph.other] = worth
    arriving, leaving = matrix.sum(0), matrix.sum(1)
    laplacian = np.diag(arriving + leaving) - matrix - matrix.T
    assert laplacian @ levels == pytest.approx(arriving - leaving, abs=1e-9)
    for piece in networkx.weakly_connected_components(built(edges)):
        assert levels[list(piece)].min() == 0.0
    if edges:
        least = np.linalg.lstsq(laplacian, arriving - leaving, rcond=None)[0]
        steps = least[graph.other] - least[graph.row] - 1
        expected = float(worth @ steps**2 / worth.sum())
        assert trophic_incoherence(graph, weighted) == pytest.approx(expected, abs=1e-9)
        assert 0 <= trophic_incoherence(graph, weighted) <= 1 + 1e-12


@pytest.mark.parametrize("edges", [300, 900])
def test_iterated_levels_are_the_direct_ones(edges: int, monkeypatch: pytest.MonkeyPatch) -> None:
    graphs = (
        skipping([30, 40, 40, 20], edges),
        from_networkx(networkx.gnm_random_graph(150, edges, seed=1, directed=True)),
    )
    direct = [trophic_levels(graph, weighted=graph.weight is not None) for graph in graphs]
    monkeypatch.setattr(trophic, "DIRECT", 10)
    for graph, expected in zip(graphs, direct, strict=True):
        assert trophic_levels(graph, weighted=graph.weight is not None) == pytest.approx(expected, abs=1e-8)


def test_what_layers_make_constant() -> None:
    graph = dense()
    assert strictly_layered(graph)
    assert trophic_incoherence(graph) == pytest.approx(0, abs=1e-20)
    assert trophic_incoherence(graph, weighted=True) == pytest.approx(0, abs=1e-20)
    assert trophic_levels(graph) == pytest.approx(graph.level)
    assert (flow_hierarchy(graph), orderability(graph), feedforwardness(graph)) == (1.0, 1.0, 1.0)
    assert not strictly_layered(skipping([5, 5, 5], 60))
    assert not strictly_layered(from_edges(3, [], []))
    gaps = from_edges(3, [0, 1], [1, 2], level=[0, 4, 9])
    assert strictly_layered(gaps)
    assert trophic_levels(gaps) == pytest.approx([0, 1, 2])


def test_a_skip_costs_coherence_and_a_cycle_all_of_it() -> None:
    assert trophic_incoherence(from_edges(3, [0, 1, 0], [1, 2, 2])) == pytest.approx(1 / 9)
    circle = from_edges(5, np.arange(5), (np.arange(5) + 1) % 5)
    assert trophic_incoherence(circle) == pytest.approx(1)
    assert trophic_levels(circle) == pytest.approx(np.zeros(5), abs=1e-12)


def test_weights_of_zero_are_no_edges_when_weights_count() -> None:
    graph = from_edges(4, [0, 1, 0], [1, 2, 2], [1.0, -1.0, 0.0])
    assert trophic_levels(graph, weighted=True) == pytest.approx([0, 1, 2, 0])
    with pytest.raises(GraphError, match="expected edges that count, got none"):
        trophic_incoherence(from_edges(2, [0], [1], [0.0]), weighted=True)


def by_paths(graph: networkx.DiGraph) -> float:
    """Feedforwardness by walking every path."""
    whole = networkx.condensation(graph)
    size = {part: len(whole.nodes[part]["members"]) for part in whole}
    shares = [
        len(path) / sum(size[part] for part in path)
        for start in whole
        if whole.in_degree(start) == 0
        for end in whole
        if end != start
        for path in networkx.all_simple_paths(whole, start, end)
    ]
    return float(np.mean(shares))


@given(pairs)
def test_feedforwardness_is_the_mean_over_all_paths(edges: set[tuple[int, int]]) -> None:
    graph = built(edges)
    if networkx.condensation(graph).number_of_edges():
        assert feedforwardness(from_networkx(graph)) == pytest.approx(by_paths(graph))
    else:
        with pytest.raises(GraphError, match="expected an edge between two parts"):
            feedforwardness(from_networkx(graph))


def test_cycles_cost_orderability_by_their_nodes() -> None:
    graph = from_edges(5, [0, 1, 2, 2, 3], [1, 2, 1, 3, 4])
    assert orderability(graph) == pytest.approx(3 / 5)
    # Paths from 0: through the cycle of two, then to 3, then to 4.
    assert feedforwardness(graph) == pytest.approx((2 / 3 + 3 / 4 + 4 / 5) / 3)
    assert orderability(from_edges(2, [0, 0], [0, 1])) == 1.0


def test_the_worked_example_of_the_coordinates_of_hierarchy() -> None:
    """Seven nodes, four on cycles: both numbers are those of two other implementations of Corominas-Murtra 2013."""
    graph = from_edges(7, [0, 1, 1, 2, 3, 3, 4, 5, 5], [2, 2, 6, 4, 2, 4, 5, 3, 6])
    assert feedforwardness(graph) == pytest.approx(0.56)
    assert orderability(graph) == pytest.approx(3 / 7)


def test_more_paths_than_can_be_counted_one_by_one() -> None:
    """A ladder of 200 rungs has 2^200 paths, and a cycle at its end."""
    rungs = [(2 * at + a, 2 * at + 2 + b) for at in range(200) for a in (0, 1) for b in (0, 1)]
    source, target = zip(*rungs, (401, 402), (402, 401), strict=True)
    assert 0.99 < feedforwardness(from_edges(403, source, target)) < 1


@pytest.mark.parametrize(
    "measure", [flow_hierarchy, orderability, feedforwardness, trophic_levels, trophic_incoherence, levine_levels]
)
def test_directions_are_needed(measure: object) -> None:
    with pytest.raises(GraphError, match="expected a directed graph, got an undirected one"):
        measure(from_edges(2, [0], [1], directed=False))  # type: ignore[operator]


def test_strange_graphs_are_defined_or_named() -> None:
    nothing, single, apart = (from_edges(nodes, [], []) for nodes in (0, 1, 3))
    for graph in (nothing, single):
        with pytest.raises(GraphError, match="expected two nodes or more"):
            global_reaching_centrality(graph)
    assert trophic_levels(apart).tolist() == [0, 0, 0]
    assert levine_levels(apart).tolist() == [1, 1, 1]
    with pytest.raises(GraphError, match="got none"):
        levine_levels(nothing)
    with pytest.raises(GraphError, match="use trophic_levels"):
        levine_levels(from_edges(2, [0, 1], [1, 0]))
    for measure in (flow_hierarchy, trophic_incoherence):
        with pytest.raises(GraphError, match="got none"):
            measure(apart)
    with pytest.raises(GraphError, match="expected nodes, got none"):
        orderability(nothing)


def test_the_metric_notes_constants_samples_and_reasons() -> None:
    metric = every()["hierarchy"]
    found = {each.name: each for each in metric.measure(Subject(dense()))}
    assert found["global reaching centrality"].value == pytest.approx(0.488683, abs=5e-7)
    assert found["global reaching centrality reversed"].value == pytest.approx(0.582990, abs=5e-7)
    for name in ("trophic incoherence", "flow hierarchy", "orderability", "feedforwardness"):
        assert "by construction" in found[name].note
    skips = {each.name: each for each in metric.measure(Subject(skipping([5, 5, 5], 60)))}
    assert skips["trophic incoherence"].note == ""
    assert skips["trophic incoherence"].value is not None
    assert skips["trophic incoherence"].value > 0.01
    undirected = metric.measure(Subject(dense().skeleton))
    assert all(each.value is None and "direct" in each.note for each in undirected)


def test_a_large_graph_is_sampled_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from graphgrow.measure.metrics import hierarchy

    monkeypatch.setattr(hierarchy, "EXACT_WORDS", 0)
    graph = skipping([40, 80, 80, 60, 20], 700)
    found = every()["hierarchy"].measure(Subject(graph, effort=Effort(exact_nodes=100, samples=64)))[0]
    assert found.parameters["samples"] == 64
    assert found.error is not None
    assert found.value is not None
    assert abs(found.value - global_reaching_centrality(graph)) < 5 * found.error
