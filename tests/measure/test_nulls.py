"""Random graphs that keep levels and degrees: what stays, what changes, and that all of them are equally likely."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, product

import networkx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from graphgrow.errors import GraphError
from graphgrow.graph.builders import layered
from graphgrow.measure.adjacency import Adjacency, from_edges, of
from graphgrow.measure.convert import from_networkx
from graphgrow.measure.nulls import block_preserving
from graphgrow.rng import stream

NODES = 9
pairs = st.sets(st.tuples(st.integers(0, NODES - 1), st.integers(0, NODES - 1)), max_size=50)
rising = st.sets(
    st.tuples(st.integers(0, NODES - 1), st.integers(0, NODES - 1)).filter(lambda edge: edge[0] // 3 < edge[1] // 3)
)


def graph_of(edges: set[tuple[int, int]], directed: bool = True, levels: bool = False) -> Adjacency:
    if not directed:
        edges = {(min(edge), max(edge)) for edge in edges}
    source, target = (np.array([edge[at] for edge in sorted(edges)], np.int64) for at in (0, 1))
    level = np.arange(NODES) // 3 if levels else None
    return from_edges(NODES, source, target, 1.0 + np.arange(source.size), directed, level)


def blocks(graph: Adjacency, level: np.ndarray) -> tuple[Counter[tuple[int, int]], Counter[tuple[int, int]]]:
    """Entries by (source, level of target) and by (level of source, target)."""
    return (
        Counter(zip(graph.row.tolist(), level[graph.other].tolist(), strict=True)),
        Counter(zip(level[graph.row].tolist(), graph.other.tolist(), strict=True)),
    )


def well_formed(graph: Adjacency) -> bool:
    """Rows ascend and hold nothing twice."""
    return bool((np.diff(graph.row.astype(np.int64) * graph.nodes + graph.other) > 0).all())


@given(rising, st.integers(0, 99))
def test_levels_and_degrees_of_every_block_stay(edges: set[tuple[int, int]], seed: int) -> None:
    graph = graph_of(edges, levels=True)
    made = block_preserving(graph, stream(seed, "null"))
    assert well_formed(made)
    assert np.array_equal(made.level, graph.level)
    assert blocks(made, graph.level) == blocks(graph, graph.level)
    for row in range(NODES):
        own = slice(graph.pointer[row], graph.pointer[row + 1])
        assert sorted(made.weight[own]) == sorted(graph.weight[own]), "weights stay with their source"


@given(rising, st.integers(0, 99))
def test_without_levels_the_depth_takes_their_place_and_stays(edges: set[tuple[int, int]], seed: int) -> None:
    graph = graph_of(edges)
    made = block_preserving(graph, stream(seed, "null"))
    assert made.level is None
    assert np.array_equal(made.depth, graph.depth)
    assert blocks(made, graph.depth) == blocks(graph, graph.depth)


@given(pairs, st.integers(0, 99))
def test_graphs_with_cycles_keep_degrees_and_get_no_loop(edges: set[tuple[int, int]], seed: int) -> None:
    graph = graph_of({*edges, (0, 1), (1, 2), (2, 0)})
    made = block_preserving(graph, stream(seed, "null"))
    assert well_formed(made)
    assert np.array_equal(made.degree, graph.degree)
    assert np.array_equal(made.reversed.degree, graph.reversed.degree)
    assert np.array_equal(made.other[made.other == made.row], graph.other[graph.other == graph.row])


@given(pairs, st.integers(0, 99))
def test_undirected_graphs_keep_degrees_and_stay_undirected(edges: set[tuple[int, int]], seed: int) -> None:
    graph = graph_of(edges, directed=False)
    made = block_preserving(graph, stream(seed, "null"))
    assert well_formed(made)
    assert not made.directed
    assert np.array_equal(made.degree, graph.degree)
    matrix = made.matrix().toarray()  # type: ignore[attr-defined]
    assert np.array_equal(matrix, matrix.T)
    assert sorted(made.weight) == sorted(graph.weight)
    assert np.array_equal(made.other[made.other == made.row], graph.other[graph.other == graph.row])


def equally_likely(graph: Adjacency, states: set[tuple[tuple[int, int], ...]], draws: int) -> bool:
    """Whether every state comes up as often as the others, by chi squared at four standard deviations."""
    rng = stream(0, "uniform")
    found = Counter(
        tuple(zip(made.row.tolist(), made.other.tolist(), strict=True))
        for made in (block_preserving(graph, rng, sweeps=40) for _ in range(draws))
    )
    assert set(found) == states
    expected = draws / len(states)
    distance = sum((times - expected) ** 2 / expected for times in found.values())
    return bool(distance < len(states) - 1 + 4 * np.sqrt(2 * (len(states) - 1)))


def states_of(graph: Adjacency, possible: list[tuple[int, int]]) -> set[tuple[tuple[int, int], ...]]:
    """All graphs of as many entries out of those possible that have the degrees of a graph."""
    out, into = graph.degree.tolist(), graph.reversed.degree.tolist()

    def fits(chosen: tuple[tuple[int, int], ...]) -> bool:
        sources, targets = Counter(edge[0] for edge in chosen), Counter(edge[1] for edge in chosen)
        return all(sources[node] == out[node] and targets[node] == into[node] for node in range(graph.nodes))

    return {chosen for chosen in combinations(possible, graph.entries) if fits(chosen)}


def test_all_layered_graphs_with_the_same_degrees_are_equally_likely() -> None:
    graph = from_edges(7, [0, 0, 1, 1, 2, 3], [3, 4, 4, 5, 5, 6], level=[0, 0, 0, 1, 1, 1, 2])
    states = states_of(graph, [*product(range(3), range(3, 6)), (3, 6)])
    assert len(states) > 3
    assert equally_likely(graph, states, 3000)


def test_all_graphs_with_a_cycle_and_the_same_degrees_are_equally_likely() -> None:
    graph = from_edges(5, [0, 1, 2, 3, 4, 0], [1, 2, 0, 4, 3, 3])
    states = states_of(graph, [edge for edge in product(range(5), range(5)) if edge[0] != edge[1]])
    assert len(states) > 10
    assert equally_likely(graph, states, 4000)


def test_a_cycle_of_three_is_turned_round() -> None:
    cycle = from_edges(3, [0, 1, 2], [1, 2, 0])
    assert equally_likely(cycle, {((0, 1), (1, 2), (2, 0)), ((0, 2), (1, 0), (2, 1))}, 500)


def test_all_undirected_graphs_with_the_same_degrees_are_equally_likely() -> None:
    graph = from_edges(6, [0, 1, 2, 3, 0, 4], [1, 2, 3, 4, 5, 5], directed=False)  # a ring of six
    possible = list(combinations(range(6), 2))
    rings = {
        tuple(sorted({*chosen, *((head, tail) for tail, head in chosen)}))
        for chosen in combinations(possible, 6)
        if set(Counter(node for edge in chosen for node in edge).values()) == {2}
        and len({node for edge in chosen for node in edge}) == 6
    }
    assert len(rings) == 70
    assert equally_likely(graph, rings, 4000)


def test_large_networks_are_mixed_and_repeat() -> None:
    graph = of(layered([40, 60, 60, 10], 0.2, np.random.default_rng(0)))
    one, other = (block_preserving(graph, stream(5, "null")) for _ in range(2))
    assert np.array_equal(one.other, other.other)
    assert np.array_equal(one.weight, other.weight)
    shared = np.isin(one.row * 170 + one.other, graph.row * 170 + graph.other).mean()
    assert shared == pytest.approx(0.2, abs=0.05)
    less = block_preserving(graph, stream(5, "null"), sweeps=0.1)
    assert np.isin(less.row * 170 + less.other, graph.row * 170 + graph.other).mean() > 0.8


def test_clustering_of_a_ring_is_gone() -> None:
    from graphgrow.measure.clustering import mean_clustering

    ring = from_networkx(networkx.circulant_graph(300, range(1, 4)))
    assert mean_clustering(ring) == pytest.approx(0.6)
    assert mean_clustering(block_preserving(ring, stream(0, "null"))) < 0.05


@pytest.mark.parametrize("directed", [True, False])
def test_graphs_with_nothing_to_swap_stay(directed: bool) -> None:
    for nodes, edges in ((0, []), (1, []), (1, [(0, 0)]), (2, [(0, 1)]), (3, [(0, 1), (0, 2)]), (2, [(0, 0), (1, 1)])):
        ends = np.array(edges, np.int64).reshape(-1, 2)
        graph = from_edges(nodes, ends[:, 0], ends[:, 1], directed=directed)
        made = block_preserving(graph, stream(0, "null"))
        assert np.array_equal(made.other, graph.other)
        assert (made.nodes, made.weight) == (nodes, None)


@pytest.mark.parametrize("sweeps", [0, -1, float("inf"), float("nan")])
def test_sweeps_are_a_positive_number(sweeps: float) -> None:
    with pytest.raises(GraphError, match="sweeps: expected a positive number"):
        block_preserving(from_edges(2, [0], [1]), stream(0, "null"), sweeps)


def test_small_graphs_are_mixed_whatever_was_asked_for() -> None:
    ring = from_edges(4, [0, 1, 2, 3], [1, 2, 3, 0])
    drawn = Counter(tuple(block_preserving(ring, stream(at, "null")).other.tolist()) for at in range(900))
    assert len(drawn) == 9  # permutations of four without a fixed point
    assert stats.chisquare(list(drawn.values())).pvalue > 1e-3
