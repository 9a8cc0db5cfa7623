"""Small worlds: lattices by formula against lattices built, and indices where their papers say what they are."""

from __future__ import annotations

import networkx
import numpy as np
import pytest

from graphgrow.errors import GraphError
from graphgrow.graph.builders import layered
from graphgrow.measure.adjacency import Adjacency, from_edges, of
from graphgrow.measure.convert import from_networkx
from graphgrow.measure.metrics.contract import Effort, Subject
from graphgrow.measure.metrics.small_world import METRIC
from graphgrow.measure.smallworld import SmallWorld, lattice, small_world
from graphgrow.rng import stream

TEXTBOOK = {
    "karate": (networkx.karate_club_graph, 2.408200),
    "Les Miserables": (networkx.les_miserables_graph, 2.641148),
    "Florentine": (networkx.florentine_families_graph, 2.485714),
    "Petersen": (networkx.petersen_graph, 1.666667),
}


def rewired(share: float) -> Adjacency:
    return from_networkx(networkx.watts_strogatz_graph(300, 8, share, seed=1))


@pytest.mark.parametrize("name", TEXTBOOK)
def test_lengths_of_textbook_networks(name: str) -> None:
    make, length = TEXTBOOK[name]
    assert small_world(from_networkx(make()), nulls=0).length == pytest.approx(length, abs=5e-7)


def test_reference_lattice() -> None:
    clustering, length = lattice(1000, 5000)
    assert clustering == pytest.approx(2 / 3, rel=1e-12)
    assert length == pytest.approx(50.45045, abs=5e-6)


@pytest.mark.parametrize("nodes", [5, 6, 9, 12, 13, 20])
def test_whole_lattices_are_those_that_can_be_built(nodes: int) -> None:
    for reach in range(1, (nodes - 1) // 2 + 1):
        built = networkx.circulant_graph(nodes, range(1, reach + 1))
        wanted = (networkx.average_clustering(built), networkx.average_shortest_path_length(built))
        assert lattice(nodes, built.number_of_edges()) == pytest.approx(wanted), reach


def test_between_whole_lattices_the_values_lie_between() -> None:
    low, middle, high = lattice(100, 300), lattice(100, 350), lattice(100, 400)
    assert middle == pytest.approx(np.mean([low, high], axis=0))
    assert lattice(6, 15) == (1.0, 1.0)
    assert lattice(6, 14)[1] == pytest.approx(1 + 1 / 15 * 1)
    for nodes, edges in ((0, 0), (2, 1), (10, 9)):
        assert np.isnan(lattice(nodes, edges)).all()


def test_a_ring_is_no_small_world_a_rewired_one_is_and_a_random_graph_is_not() -> None:
    ring, small, random = (small_world(rewired(share), nulls=4) for share in (0.0, 0.1, 1.0))
    assert ring.omega == pytest.approx(-1, abs=0.2)
    assert abs(small.omega) < 0.4
    assert random.omega == pytest.approx(1, abs=0.1)
    assert ring.index == pytest.approx(0, abs=1e-9)
    assert small.index > 0.6
    assert random.index == pytest.approx(0, abs=0.05)
    assert ring.propensity == pytest.approx(1 - np.sqrt(0.5), abs=1e-9)
    assert small.propensity > 0.75
    assert random.propensity == pytest.approx(1 - np.sqrt(0.5), abs=0.05)
    assert small.sigma > 5
    assert random.sigma == pytest.approx(1, abs=0.3)


def test_formulas() -> None:
    made = SmallWorld(0.5, 3.0, 1.0, 0.1, 2.0, 0.7, 10.0, 1)
    assert made.omega == pytest.approx(2 / 3 - 0.5 / 0.7)
    assert made.index == pytest.approx(7 / 8 * 0.4 / 0.6)
    assert made.propensity == pytest.approx(1 - np.sqrt(((0.2 / 0.6) ** 2 + (1 / 8) ** 2) / 2))
    assert made.sigma == pytest.approx(5 / 1.5)
    beyond = SmallWorld(0.9, 1.0, 1.0, 0.1, 2.0, 0.7, 10.0, 1)
    assert beyond.propensity == 1
    assert beyond.index > 1


def test_references_out_of_order_leave_index_and_propensity_undefined() -> None:
    made = SmallWorld(0.5, 3.0, 1.0, 0.8, 2.0, 0.7, 10.0, 1)
    assert np.isnan([made.index, made.propensity]).all()
    assert np.isfinite([made.omega, made.sigma]).all()


def test_the_random_reference_is_as_long_as_that_of_networkx_and_the_lattice_more_clustered() -> None:
    graph = networkx.connected_watts_strogatz_graph(24, 6, 0.2, seed=3)
    made = small_world(from_networkx(graph), nulls=20)
    by_swaps = [
        networkx.average_shortest_path_length(networkx.random_reference(graph, niter=3, seed=at)) for at in range(3)
    ]
    assert made.random_length == pytest.approx(np.mean(by_swaps), rel=0.02)
    latticed = networkx.average_clustering(networkx.lattice_reference(graph, niter=1, seed=0))
    # networkx swaps edges towards a lattice and stops short of it; the ring here is the lattice itself.
    assert made.lattice_clustering == pytest.approx(0.6)
    assert latticed < made.lattice_clustering


def test_sampled_lengths_come_close() -> None:
    graph = rewired(0.1)
    exact, drawn = (small_world(graph, nulls=0, samples=samples) for samples in (None, 60))
    assert drawn.length == pytest.approx(exact.length, rel=0.05)
    assert drawn.reachable == 1


def test_layered_networks_are_compared_with_layered_networks() -> None:
    made = small_world(of(layered([20, 30, 30, 10], 0.2, np.random.default_rng(0))), nulls=3)
    assert made.clustering == made.random_clustering == 0
    assert np.isnan(made.sigma)
    assert made.random_length == pytest.approx(made.length, rel=0.05)


def test_pieces_nothing_and_repetition() -> None:
    pieces = small_world(from_edges(6, [0, 1, 3, 4], [1, 2, 4, 5]), nulls=2)
    assert pieces.length == pytest.approx(4 / 3)
    assert pieces.reachable == pytest.approx(0.4)
    bare = small_world(from_edges(3, [], []), nulls=2)
    assert np.isnan([bare.length, bare.omega, bare.index, bare.propensity, bare.sigma]).all()
    assert small_world(rewired(0.1), nulls=2) == small_world(rewired(0.1), nulls=2)
    with pytest.raises(GraphError, match="nulls: expected 0 or more, got -1"):
        small_world(from_edges(2, [0], [1]), nulls=-1)


def test_the_metric_says_why_it_has_no_value_and_what_to_beware_of() -> None:
    layers = of(layered([20, 30, 30, 10], 0.2, stream(0, "layers")))
    found = {each.name: each for each in METRIC.measure(Subject(layers, effort=Effort(nulls=2)))}
    assert "says nothing here" in found["small-world omega"].note
    assert found["small-world sigma"].value is None
    assert found["small-world sigma"].note == "the random references have no triangle"
    assert found["small-world omega"].parameters["nulls"] == 2
    none = METRIC.measure(Subject(layers, effort=Effort(nulls=0)))
    assert {each.note for each in none} == {"no random reference was asked for"}
