"""Path lengths: published values, networkx and scipy on random graphs, and samples that are right on average."""

from __future__ import annotations

import networkx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphgrow.errors import GraphError
from graphgrow.graph.builders import erdos_renyi, layered
from graphgrow.measure.adjacency import Adjacency, from_edges, of
from graphgrow.measure.convert import from_networkx
from graphgrow.measure.metrics import Effort, Subject, every
from graphgrow.measure.paths import distances, path_lengths, path_sums

pairs = st.sets(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=50)
kinds = st.sampled_from([networkx.Graph, networkx.DiGraph])


def built(edges: set[tuple[int, int]], kind: type) -> networkx.Graph:
    made = kind()
    made.add_nodes_from(range(12))
    made.add_edges_from(edges)
    return made


def matrix(graph: Adjacency) -> np.ndarray:
    from scipy.sparse.csgraph import shortest_path

    return shortest_path(graph.matrix(), unweighted=True)


@pytest.mark.parametrize(
    ("graph", "mean", "efficiency"),
    [
        (networkx.karate_club_graph, 2.408200, 0.492008),
        (networkx.les_miserables_graph, 2.641148, 0.435287),
        (networkx.florentine_families_graph, 2.485714, 0.500159),
        (networkx.petersen_graph, 1.666667, 0.666667),
        (lambda: networkx.watts_strogatz_graph(1000, 10, 0), 50.45045, None),
    ],
)
def test_published_values(graph: object, mean: float, efficiency: float | None) -> None:
    found = path_lengths(from_networkx(graph()))  # type: ignore[operator]
    assert found.mean == pytest.approx(mean, abs=5e-7)
    assert efficiency is None or found.efficiency == pytest.approx(efficiency, abs=5e-7)
    assert (found.reachable, found.error, found.exact) == (1.0, 0.0, True)


@given(pairs, kinds)
def test_distances_are_those_of_scipy_and_the_sums_are_theirs(edges: set[tuple[int, int]], kind: type) -> None:
    graph = from_networkx(built(edges, kind))
    expected = matrix(graph)
    found = distances(graph, np.arange(12))
    assert found.dtype == np.int32
    assert np.array_equal(np.where(found < 0, np.inf, found), expected)
    sums = path_sums(graph, np.arange(12))
    near = np.isfinite(expected) & (expected > 0)
    assert sums.distance.tolist() == np.where(near, expected, 0).sum(1).tolist()
    assert sums.reached.tolist() == near.sum(1).tolist()
    assert sums.inverse == pytest.approx(np.where(near, 1 / np.where(near, expected, 1), 0).sum(1))


@given(pairs)
def test_efficiency_is_networkx_own_and_unreachable_pairs_count_0(edges: set[tuple[int, int]]) -> None:
    graph = built(edges, networkx.Graph)
    assert path_lengths(from_networkx(graph)).efficiency == pytest.approx(networkx.global_efficiency(graph))


@given(pairs, kinds)
def test_mean_path_is_over_reachable_pairs_where_networkx_raises(edges: set[tuple[int, int]], kind: type) -> None:
    graph = built(edges, kind)
    lengths = [d for _, row in networkx.all_pairs_shortest_path_length(graph) for d in row.values() if d]
    found = path_lengths(from_networkx(graph))
    assert found.reachable == pytest.approx(len(lengths) / 132)
    if not lengths:
        assert np.isnan(found.mean)
        return
    assert found.mean == pytest.approx(np.mean(lengths))
    if len(lengths) == 132:
        assert found.mean == pytest.approx(networkx.average_shortest_path_length(graph))
    else:
        with pytest.raises(networkx.NetworkXError):
            networkx.average_shortest_path_length(graph)


@given(pairs, kinds)
def test_igraph_means_over_connected_pairs_too(edges: set[tuple[int, int]], kind: type) -> None:
    import igraph

    graph = built(edges, kind)
    other = igraph.Graph(12, list(graph.edges), directed=graph.is_directed())
    assert path_lengths(from_networkx(graph)).mean == pytest.approx(
        other.average_path_length(directed=True, unconn=True), nan_ok=True
    )


def test_more_sources_than_one_word_and_more_nodes_than_one_counter() -> None:
    """64 bits to a word, 255 words to a counter: both borders are crossed, with sources in any order and twice."""
    graph = from_networkx(networkx.gnm_random_graph(700, 1500, seed=3))
    expected = matrix(graph)
    near = np.isfinite(expected)
    asked = np.random.default_rng(0).integers(0, 700, 200)
    sums = path_sums(graph, asked)
    assert sums.distance.tolist() == np.where(near, expected, 0).sum(1)[asked].tolist()
    assert sums.reached.tolist() == (near.sum(1) - 1)[asked].tolist()


def sampled_graphs() -> dict[str, Adjacency]:
    rng = np.random.default_rng(5)
    skips = of(erdos_renyi([40, 60, 60, 50, 30], edges=900, rng=rng, skips=True).wiring)
    return {
        "layers": of(layered([40, 60, 60, 40], 0.06, rng).wiring),
        "skips": skips,
        "skeleton": skips.skeleton,
        "cyclic": from_networkx(networkx.gnm_random_graph(250, 500, seed=2, directed=True)),
        "no levels": from_edges(skips.nodes, skips.row, skips.other),
    }


@pytest.mark.parametrize("name", ["layers", "skips", "skeleton", "cyclic", "no levels"])
def test_samples_lie_within_four_errors_and_are_right_on_average(name: str) -> None:
    graph = sampled_graphs()[name]
    whole = path_lengths(graph)
    drawn = [path_lengths(graph, 48, seed) for seed in range(100)]
    for value, error in (
        ("mean", "error"),
        ("reachable", "reachable_error"),
        ("efficiency", "efficiency_error"),
    ):
        off = np.array([getattr(each, value) for each in drawn]) - getattr(whole, value)
        errors = np.array([getattr(each, error) for each in drawn])
        assert np.mean(np.abs(off) <= 4 * errors + 1e-12) >= 0.98
        # The errors given are those made, and what is left on average is what chance leaves.
        assert np.sqrt((off**2).mean()) == pytest.approx(np.sqrt((errors**2).mean()), rel=0.3, abs=1e-12)
        assert abs(off.mean()) <= 4 * off.std() / np.sqrt(100) + 0.05 * errors.mean() + 1e-12


def test_all_sources_or_all_that_lead_anywhere_are_exact() -> None:
    graph = sampled_graphs()["layers"]
    whole = path_lengths(graph)
    assert path_lengths(graph, graph.nodes) == whole
    walked = int(np.count_nonzero(graph.degree))
    assert walked < graph.nodes - 1
    assert path_lengths(graph, walked) == whole
    assert path_lengths(graph, walked - 1).sources == walked - 1
    assert path_lengths(graph, walked - 1, 1).error > 0
    assert path_lengths(graph, 20, 7) == path_lengths(graph, 20, 7) != path_lengths(graph, 20, 8)


def test_few_samples_share_strata() -> None:
    line = of(layered([3] * 12, 1.0, np.random.default_rng(0)).wiring)
    for samples in (2, 3, 5, 21, 22, 30):
        found = path_lengths(line, samples)
        assert found.sources == samples
        assert abs(found.mean - path_lengths(line).mean) < 6 * found.error + 1e-9


def test_strange_graphs_have_values_or_none() -> None:
    for graph in (from_edges(0, [], []), from_edges(1, [0], [0])):
        found = path_lengths(graph)
        assert np.isnan([found.mean, found.reachable, found.efficiency]).all()
    apart = path_lengths(from_edges(3, [0], [0]), 2)
    assert np.isnan(apart.mean)
    assert (apart.reachable, apart.efficiency, apart.error) == (0.0, 0.0, 0.0)
    assert path_lengths(from_edges(2, [0, 1], [1, 0], [0.0, 0.0])).mean == 1.0
    assert distances(from_edges(2, [], []), []).shape == (0, 2)


def test_what_is_wrong_is_named() -> None:
    graph = from_edges(3, [0], [1])
    with pytest.raises(GraphError, match="expected 2 or more, got 1"):
        path_lengths(graph, 1)
    with pytest.raises(GraphError, match=r"nodes 3\.\.3: expected nodes from 0 to 2"):
        distances(graph, [3])
    with pytest.raises(GraphError, match="expected nodes"):
        path_sums(graph, [0.5])


def test_the_metric_says_what_is_constant_and_what_was_sampled() -> None:
    graph = sampled_graphs()["layers"]
    exact = every()["paths"].measure(Subject(graph))
    assert "by construction" in exact[0].note
    assert exact[0].value == path_lengths(graph).mean
    assert exact[3].value == path_lengths(graph.skeleton).mean
    assert exact[0].error is None
    assert exact[0].reachable == exact[1].value
    few = every()["paths"].measure(Subject(graph, effort=Effort(exact_nodes=100, samples=32)))
    assert few[0].parameters == {"samples": 32, "seed": 0}
    assert few[0].error is not None
    assert few[0].error > 0
    skips = every()["paths"].measure(Subject(sampled_graphs()["skips"]))
    assert skips[0].note == ""
