"""The networks that are timed are the ones the tables name."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import networks, scale_worker
from benchmarks.peers.ours import Ours
from graphgrow import Role, apply
from graphgrow.errors import SettingsError
from graphgrow.rng import stream

WIDTH = 24
MOST = 784 * WIDTH + (networks.HIDDEN_LEVELS - 1) * WIDTH * WIDTH + 10 * WIDTH


@pytest.mark.parametrize(
    ("density", "dense_head", "edges"),
    [(0.01, False, 27_940), (0.01, True, 37_840), (0.05, False, 139_700), (0.1, False, 279_400)],
)
def test_the_large_network_has_the_edges_that_the_aims_name(density: float, dense_head: bool, edges: int) -> None:
    assert networks.uniform(networks.LARGE, density, dense_head=dense_head).edges == edges


def test_every_neuron_of_the_directed_network_has_edges_on_both_sides() -> None:
    wiring = networks.directed().wiring
    assert wiring.edges == 27_520
    assert (wiring.fan_in[wiring.role != Role.INPUT] > 0).all()
    assert (wiring.fan_out[wiring.role != Role.OUTPUT] > 0).all()


def test_members_of_the_population_differ_and_are_the_same_every_time() -> None:
    graphs = networks.population(4, 0.1)
    assert {graph.edges for graph in graphs} == {339}
    assert len({graph.wiring.source.tobytes() for graph in graphs}) == 4
    assert all(first.same(second) for first, second in zip(graphs, networks.population(4, 0.1), strict=True))


@given(st.integers(1, MOST))
def test_a_huge_network_has_exactly_the_edges_asked_for(edges: int) -> None:
    # Wiring itself refuses edges out of order, given twice or not leading to a later level.
    wiring = networks.huge(edges, WIDTH).wiring
    assert wiring.edges == edges
    assert (wiring.rank[wiring.target] == wiring.rank[wiring.source] + 1).all()
    for level in range(1, wiring.levels.size):
        fan_in = wiring.fan_in[wiring.level == level]
        assert fan_in.max() - fan_in.min() <= 1


@pytest.mark.parametrize("edges", [0, MOST + 1])
def test_a_huge_network_with_too_many_edges_is_refused(edges: int) -> None:
    with pytest.raises(SettingsError, match=f"expected 1 to {MOST}"):
        networks.huge(edges, WIDTH)


def test_batches_cut_the_samples_without_using_one_twice() -> None:
    made = networks.batches(5, 3, 8, samples=50)
    assert [len(rows) for rows in made.rows] == [8] * 6
    assert np.unique(torch.cat(made.rows).numpy()).size == 48
    endless = made.forever()
    first = [next(endless) for _ in range(7)]
    assert torch.equal(first[0], first[6])
    x, y = made.take(first[0])
    assert torch.equal(x, made.x[made.rows[0]])
    assert torch.equal(y, made.y[made.rows[0]])
    assert set(made.y.tolist()) == {0, 1, 2}


@given(st.integers(1, MOST), st.integers(1, 400), st.integers(0, 5))
def test_pairs_to_add_are_no_edges_and_join_successive_levels(edges: int, count: int, seed: int) -> None:
    wiring = networks.huge(edges, WIDTH).wiring
    source, target = scale_worker.absent(wiring, count, stream(seed, "absent"))
    assert (wiring.edge_rows(source, target) == -1).all()
    assert (wiring.level[target] == wiring.level[source] + 1).all()
    assert len(set(zip(source.tolist(), target.tolist(), strict=True))) == source.size <= count


def test_pairs_to_add_are_found_wherever_there_is_room() -> None:
    wiring = networks.huge(MOST // 2, WIDTH).wiring
    source, _ = scale_worker.absent(wiring, 1000, stream(0, "room"))
    assert 300 < source.size < 600


def test_the_growth_event_exchanges_a_hundredth_and_carries_the_optimizer() -> None:
    graph = networks.huge(4000, WIDTH)
    edit = scale_worker.exchange(graph, scale_worker.SHARE)
    assert edit.removed_edges.size == 40
    assert 30 <= edit.source.size <= 40
    grown, remap = apply(graph, edit, 1)
    assert int((remap.edge_from >= 0).sum()) == 3960
    ours = Ours(graph, networks.batches(784, 10, 4, samples=8), torch_optimizer=True)
    ours.step()
    before = ours.network.graph()
    scale_worker.grow(ours)
    after = ours.network.graph()
    assert after.edges == grown.edges
    survivors = remap.edge_from >= 0
    np.testing.assert_array_equal(after.weight[survivors], before.weight[remap.edge_from[survivors]])
    ours.step()
    assert not ours.network.graph().same(after)
