from __future__ import annotations

import numpy as np
import pytest

from graphgrow.arrays import Array
from graphgrow.graph.apply import apply
from graphgrow.graph.builders import erdos_renyi, from_edges, layered
from graphgrow.graph.edit import Edit
from graphgrow.graph.graph import Graph
from graphgrow.graph.pairs import Pairs
from graphgrow.graph.wiring import Role
from graphgrow.growth.routes import level_pairs
from graphgrow.measure.coverage import Visits, active_share, pairs_in_reach
from graphgrow.rng import stream


def network(*edges: tuple[int, int], sizes: tuple[int, ...] = (2, 3, 2)) -> Graph:
    level = np.repeat(np.arange(len(sizes)), sizes)
    ends = np.array(edges, int).reshape(-1, 2)
    return from_edges(level, ends[:, 0], ends[:, 1], np.ones(len(ends)))


def test_active_neurons_are_those_on_a_path() -> None:
    # Neuron 2 hears and speaks; 3 hears only; 4 speaks only.
    assert active_share(network((0, 2), (2, 5), (1, 3), (4, 6)).wiring) == pytest.approx(1 / 3)
    assert active_share(network().wiring) == 0
    assert active_share(network((0, 2), sizes=(2, 2)).wiring) == 1
    assert active_share(layered((4, 5, 6, 3), 1.0, stream(0, "dense")).wiring) == 1


def test_active_neurons_of_a_deep_sparse_network() -> None:
    graph = erdos_renyi((9, 12, 12, 12, 4), stream(1, "sparse"), edges=60)
    wiring = graph.wiring
    joined = np.zeros((graph.neurons, graph.neurons), bool)
    joined[wiring.source, wiring.target] = True
    reached = joined.copy()
    for _ in range(5):
        reached |= reached @ joined
    hidden = wiring.role == Role.HIDDEN
    hears = reached[wiring.role == Role.INPUT].any(axis=0)
    speaks = reached[:, wiring.role == Role.OUTPUT].any(axis=1)
    assert 0 < active_share(graph.wiring) == (hears & speaks & hidden).sum() / hidden.sum() < 1


@pytest.mark.parametrize("reach", [1, 2, 9])
def test_pairs_in_reach_are_those_that_routes_search(reach: int) -> None:
    wiring = erdos_renyi((5, 4, 7, 3, 2), stream(2, "start"), edges=30).wiring
    assert pairs_in_reach(wiring, reach) == Pairs(wiring, level_pairs(wiring, reach)).size


def step(graph: Graph, seen: Visits, add: list[tuple[int, int]], remove: list[tuple[int, int]]) -> tuple[Graph, Visits]:
    """Edges by rows added and removed in one event."""
    new, old = (np.array(ends, int).reshape(-1, 2) for ends in (add, remove))
    edit = Edit(
        graph.neurons,
        1,
        source=new[:, 0],
        target=new[:, 1],
        weight=np.zeros(len(new)),
        removed_edges=graph.edge_rows(old[:, 0], old[:, 1]),
    )
    grown, remap = apply(graph, edit, event=1)
    return grown, seen.after(graph.wiring, grown.wiring, remap)


def test_an_edge_that_comes_back_counts_once_as_visited() -> None:
    graph, seen = network((0, 2), (2, 5), (1, 3)), Visits()
    assert seen.share(graph.wiring, 1) == pytest.approx(3 / 12)
    graph, seen = step(graph, seen, [(1, 4)], [(0, 2)])
    assert (seen.removed, seen.regrown, seen.gone.tolist()) == (1, 0, [[0, 2]])
    assert seen.share(graph.wiring, 1) == pytest.approx(4 / 12)
    graph, seen = step(graph, seen, [(0, 3)], [(1, 3)])
    graph, seen = step(graph, seen, [(0, 2), (4, 5)], [])
    assert (seen.removed, seen.regrown, seen.gone.tolist()) == (2, 1, [[1, 3]])
    assert seen.share(graph.wiring, 1) == pytest.approx(6 / 12)
    again = Visits.restored(seen.arrays())
    assert (again.removed, again.regrown, again.gone.tolist()) == (2, 1, [[1, 3]])


def test_what_an_event_removes_and_grows_at_once_counts_as_both() -> None:
    graph = network((0, 2), (2, 5))
    same, remap = apply(graph, Edit(graph.neurons, 0), event=1)
    seen = Visits().after(graph.wiring, same.wiring, remap, at_once=2)
    assert (seen.removed, seen.regrown, seen.gone.size) == (2, 2, 0)


def test_pairs_of_removed_neurons_are_no_longer_possible() -> None:
    graph = network((0, 2), (2, 5), (1, 3), (3, 5))
    edit = Edit(graph.neurons, 1, removed_neurons=[2])
    smaller, remap = apply(graph, edit, event=1)
    seen = Visits().after(graph.wiring, smaller.wiring, remap)
    assert (seen.removed, seen.gone.tolist()) == (2, [[0, 2], [2, 5]])
    assert seen.share(smaller.wiring, 1) == pytest.approx(2 / 8)


def test_edges_beyond_the_reach_are_possible_since_they_exist() -> None:
    graph = network((0, 2), (0, 5))
    assert Visits().share(graph.wiring, 1) == pytest.approx(2 / 13)
    assert Visits().share(graph.wiring, 2) == pytest.approx(2 / 16)


def test_random_events_agree_with_a_set_of_pairs() -> None:
    rng, graph, seen = stream(3, "events"), erdos_renyi((4, 6, 5, 3), stream(3, "start"), edges=20), Visits()
    ever = pairs_of(graph)
    for _ in range(12):
        wiring = graph.wiring
        every = Pairs(wiring, level_pairs(wiring, 1))
        source, target = every.draw(4, rng)
        gone = rng.permutation(graph.edges)[:4]
        old = list(zip(wiring.source[gone].tolist(), wiring.target[gone].tolist(), strict=True))
        graph, seen = step(graph, seen, list(zip(source.tolist(), target.tolist(), strict=True)), old)
        ever |= pairs_of(graph)
        assert seen.share(graph.wiring, 1) == pytest.approx(len(ever) / pairs_in_reach(graph.wiring, 1))
        assert {tuple(pair) for pair in seen.gone.tolist()} == ever - pairs_of(graph)
    assert seen.removed == 48
    assert 0 < seen.regrown < 48


def pairs_of(graph: Graph) -> set[tuple[int, int]]:
    ends: list[Array] = [graph.wiring.id[rows] for rows in (graph.wiring.source, graph.wiring.target)]
    return set(zip(ends[0].tolist(), ends[1].tolist(), strict=True))
