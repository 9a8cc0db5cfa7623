"""Communities where they were planted, and modularity as networkx and igraph count it."""

from __future__ import annotations

import random

import igraph
import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import normalized_mutual_info_score

from graphgrow.errors import GraphError, SettingsError
from graphgrow.graph.builders import layered
from graphgrow.measure.adjacency import from_edges, of
from graphgrow.measure.convert import from_networkx
from graphgrow.measure.modularity import communities, modularity

KARATE = from_networkx(nx.karate_club_graph(), None)


def sets(member: np.ndarray) -> list[set[int]]:
    return [set(np.flatnonzero(member == each).tolist()) for each in np.unique(member)]


@given(st.integers(0, 2**31), st.integers(2, 12), st.booleans(), st.booleans(), st.sampled_from([0.5, 1.0, 1.7]))
def test_modularity_is_networkxs_and_igraphs(
    seed: int, nodes: int, directed: bool, weighted: bool, resolution: float
) -> None:
    rng = np.random.default_rng(seed)
    drawn = nx.gnp_random_graph(nodes, 0.4, seed=seed, directed=directed)
    for tail, head in drawn.edges:
        drawn[tail][head]["weight"] = float(rng.uniform(-1, 1))
    skeleton = nx.Graph()
    skeleton.add_nodes_from(range(nodes))
    for tail, head, weight in drawn.edges(data="weight"):
        before = skeleton.get_edge_data(tail, head, {"weight": 0.0})["weight"]
        skeleton.add_edge(tail, head, weight=before + abs(weight))
    member = rng.integers(0, 3, nodes)
    found = modularity(from_networkx(drawn), member, resolution, weighted)
    if not skeleton.edges:
        assert np.isnan(found)
        return
    name = "weight" if weighted else None
    wanted = nx.community.modularity(skeleton, sets(member), weight=name, resolution=resolution)
    assert found == pytest.approx(wanted, abs=1e-12)
    other = igraph.Graph.from_networkx(skeleton)
    theirs = other.modularity(member.tolist(), weights=name, resolution=resolution)
    assert found == pytest.approx(theirs, abs=1e-12)


def test_networkx_counts_loops_and_directions() -> None:
    other = nx.DiGraph([(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (4, 5), (5, 3), (0, 0)])
    member = np.array([0, 0, 0, 1, 1, 1])
    ours = modularity(from_networkx(other), member)
    plain = nx.Graph(other)
    assert ours != pytest.approx(nx.community.modularity(other, sets(member)), abs=1e-3)
    assert ours != pytest.approx(nx.community.modularity(plain, sets(member)), abs=1e-3)
    plain.remove_edge(0, 0)
    assert ours == pytest.approx(nx.community.modularity(plain, sets(member)))


def test_karate_over_resolutions() -> None:
    low, plain, high = communities(KARATE, runs=4)
    assert (low.count, plain.count) == (2, 4)
    assert high.count > 4
    # The best known partition.
    assert plain.modularity == pytest.approx(0.4197896, abs=1e-6)
    for each in (low, plain, high):
        assert each.modularity == pytest.approx(modularity(KARATE, each.membership, each.resolution))
        assert 0 <= each.agreement <= 1
    assert plain.membership[0] == 0


def test_planted_parts_are_found_by_every_run() -> None:
    cliques = from_networkx(nx.ring_of_cliques(6, 8))
    (found,) = communities(cliques, (1.0,), runs=3)
    assert found.membership.tolist() == np.repeat(np.arange(6), 8).tolist()
    assert found.agreement == pytest.approx(1)
    assert found.deviation == pytest.approx(0, abs=1e-12)


def test_a_random_network_has_runs_that_disagree() -> None:
    graph = of(layered([40, 40, 40], 0.1, np.random.default_rng(0)))
    (found,) = communities(graph, (1.0,), runs=4)
    assert found.agreement < 0.9
    assert found.deviation > 0


def test_agreement_is_normalised_mutual_information() -> None:
    one, other = np.random.default_rng(0).integers(0, 4, (2, 60))
    theirs = igraph.compare_communities(one.tolist(), other.tolist(), method="nmi")
    assert theirs == pytest.approx(normalized_mutual_info_score(one, other))


def test_weights_join_what_they_make_strong() -> None:
    ring = from_edges(6, range(6), [1, 2, 3, 4, 5, 0], [9.0, 0.1, -9.0, 0.1, 9.0, 0.1], directed=False)
    (found,) = communities(ring, (1.0,), weighted=True)
    assert found.membership.tolist() == [0, 0, 1, 1, 2, 2]
    both = from_edges(3, [0, 1, 1, 2], [1, 0, 2, 1], [1.0, 2.0, 3.0, 0.0])
    assert modularity(both, [0, 0, 1], weighted=True) == pytest.approx(
        nx.community.modularity(nx.Graph([(0, 1), (1, 2)]), [{0, 1}, {2}])
    )


def test_equal_seeds_give_equal_bits_and_igraph_gets_its_generator_back() -> None:
    graph = of(layered([30, 40, 30], 0.15, np.random.default_rng(1)))
    first = communities(graph, (1.0,), seed=3)[0]
    random.seed(5)
    again = communities(graph, (1.0,), seed=3)[0]
    state = random.getstate()
    random.seed(5)
    assert random.getstate() == state, "the global generator was drawn from"
    np.testing.assert_array_equal(first.membership, again.membership)
    assert (first.modularity, first.agreement) == (again.modularity, again.agreement)
    igraph.Graph.Erdos_Renyi(n=20, p=0.3)
    assert random.getstate() != state, "igraph draws from the module random again"


def test_strange_graphs() -> None:
    for graph in (from_edges(0, [], []), from_edges(3, [], []), from_edges(1, [0], [0])):
        (found,) = communities(graph, (1.0,))
        assert np.isnan(found.modularity)
        assert (found.count, found.agreement) == (graph.nodes, 1)
    dead = from_edges(3, [0, 1], [1, 2], [0.0, 0.0])
    assert np.isnan(communities(dead, (1.0,), weighted=True)[0].modularity)
    assert modularity(dead, [0, 0, 0]) == 0
    with pytest.raises(GraphError, match="expected 3 communities"):
        modularity(dead, [0, 0])
    for wrong in ({"resolutions": (0.0,)}, {"runs": 0}, {"rounds": 0}):
        with pytest.raises(SettingsError, match="expected runs and rounds of 1 or more and positive resolutions"):
            communities(dead, **wrong)  # type: ignore[arg-type]
