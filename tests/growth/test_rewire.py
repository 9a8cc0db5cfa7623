"""Pruning, and rewiring as SET, RigL and CHT do it."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphgrow.arrays import Array
from graphgrow.errors import SettingsError
from graphgrow.graph.apply import apply
from graphgrow.graph.builders import erdos_renyi, layered
from graphgrow.graph.edit import Edit, removed_edges
from graphgrow.graph.graph import Graph
from graphgrow.graph.history import Event, History
from graphgrow.graph.pairs import Pairs
from graphgrow.graph.wiring import Activation, Role
from graphgrow.growth import registry
from graphgrow.growth.links import Paths, best_linked
from graphgrow.growth.parts import Proposal, Room, View
from graphgrow.growth.routes import Best, Drawn, Linked, level_pairs
from graphgrow.growth.structures import Begin, Constant, Cosine, Rewire
from graphgrow.growth.structures.prune import _turn
from graphgrow.measure.signals import Score
from graphgrow.rng import stream
from tests.growth.worlds import WORLDS, make, same_edits, signals_of, small, view_of

NONE = np.zeros(0, np.float32)


def lenet(seed: int = 0) -> Graph:
    """A small layered network at 20 %."""
    return erdos_renyi((30, 20, 12, 5), stream(seed, "lenet"), density=0.2, dtype=np.float64)


def blocks(graph: Graph, rows: Array) -> Counter[int]:
    """Number of edges by the level of their source."""
    return Counter(graph.wiring.rank[graph.wiring.source[rows]].tolist())


def proposed(name: str, graph: Graph, view: View | None = None, room: Room | None = None) -> Proposal:
    return registry.load(name).rule.propose(view or view_of(graph), {}, room or Room(0, 0))


def event(number: int, removed: int, regrown: int) -> Event:
    """An event that removed and regrew so many, the rest being new."""
    return Event(number, 10 * number, number, "main", "cht", "", 9, 9, removed - regrown, removed - regrown, regrown)


@pytest.mark.parametrize("name", ["set", "cht"])
def test_a_third_of_either_sign_goes_in_each_pair_of_levels(name: str) -> None:
    graph = lenet()
    edit = proposed(name, graph).edit
    gone = edit.removed_edges
    for level in range(3):
        inside = np.flatnonzero(graph.wiring.rank[graph.wiring.source] == level)
        for sign in (1, -1):
            rows = inside[sign * graph.weight[inside] > 0]
            lost = np.intersect1d(rows, gone)
            least = math.floor(0.3 * rows.size)
            assert lost.size >= least
            size = np.abs(graph.weight)
            weak = rows[np.argsort(size[rows])][:least]
            assert set(weak.tolist()) <= set(lost.tolist())
            # SET removes no more; CHT also what hangs on neurons that are left without edges on one side.
            assert lost.size == least or name == "cht"
    assert edit.net_edges(graph.wiring).tolist() == [0] * edit.groups
    added = Counter(graph.wiring.rank[edit.source].tolist())
    assert added == blocks(graph, gone)


def test_rigl_drops_the_smallest_and_grows_the_steepest() -> None:
    graph = lenet()
    seen = signals_of(graph)
    view = view_of(graph, seen, step=300)
    edit = proposed("rigl", graph, view).edit
    share = 0.15 * (1 + math.cos(math.pi * 300 / 750))
    slope = np.abs(seen.activation @ seen.delta.T) / seen.activation.shape[1]
    kept = np.setdiff1d(np.arange(graph.edges), edit.removed_edges)
    present = set(zip(graph.wiring.source[kept].tolist(), graph.wiring.target[kept].tolist(), strict=True))
    for level in range(3):
        inside = np.flatnonzero(graph.wiring.rank[graph.wiring.source] == level)
        count = math.floor(share * inside.size)
        weakest = inside[np.argsort(np.abs(graph.weight[inside]), kind="stable")][:count]
        assert set(weakest.tolist()) == set(np.intersect1d(inside, edit.removed_edges).tolist())
        rows = [np.flatnonzero(graph.wiring.rank == each) for each in (level, level + 1)]
        able = [(a, b) for a in rows[0].tolist() for b in rows[1].tolist() if (a, b) not in present]
        steepest = sorted(able, key=lambda pair: (-slope[pair], pair[1], pair[0]))[:count]
        mine = graph.wiring.rank[edit.source] == level
        assert sorted(zip(edit.source[mine].tolist(), edit.target[mine].tolist(), strict=True)) == sorted(steepest)
    grown, remap = apply(graph, edit, event=1)
    assert not grown.weight[remap.edge_from < 0].any()
    assert grown.edges == graph.edges


@pytest.mark.parametrize("step", [750, 751, 999])
def test_rigl_ends_at_three_quarters(step: int) -> None:
    graph = lenet()
    assert proposed("rigl", graph, view_of(graph, step=step)).edit.empty


def test_the_cosine_falls_from_its_share_to_0() -> None:
    graph = lenet()
    shares = [Cosine(0.4, 0.5)(view_of(graph, step=step)) for step in (0, 125, 250, 375, 499, 500, 900)]
    np.testing.assert_allclose(shares[:4], [0.4, 0.2 * (1 + 0.5**0.5), 0.2, 0.2 * (1 - 0.5**0.5)])
    assert 0 < shares[4] < 1e-5
    assert shares[5:] == [0, 0]
    for settings in ((-0.1, 0.5), (1.1, 0.5), (0.3, 0)):
        with pytest.raises(SettingsError, match="shares of at most 1"):
            Cosine(*settings)
    for share in (-0.1, 1.1):
        with pytest.raises(SettingsError, match="from 0 to 1"):
            Constant(share)


def test_cht_grows_what_paths_predict() -> None:
    graph = lenet()
    edit = proposed("cht", graph).edit
    pruned, _ = apply(graph, Edit(graph.neurons, 1, removed_edges=edit.removed_edges), event=1)
    for part in level_pairs(graph.wiring, 1):
        mine = np.isin(edit.source, part.sources)
        found = set(zip(edit.source[mine].tolist(), edit.target[mine].tolist(), strict=True))
        predicted = best_linked(Pairs(pruned.wiring, (part,)), int(mine.sum()), Paths.CH3)
        wanted = set(zip(predicted[0].tolist(), predicted[1].tolist(), strict=True))
        assert wanted <= found
        assert len(found) == int(mine.sum())


def test_cht_frees_what_hangs_on_neurons_without_a_path() -> None:
    # After pruning the weakest of the first pair of levels, row 3 has no in-edge: its out-edge is free to move.
    edges = [(0, 2, 1.0), (1, 2, 2.0), (0, 3, 0.1), (2, 4, 1.0), (3, 5, 5.0)]
    graph = small((2, 2, 2), edges, Activation.RELU)
    keeping, freeing = (Rewire(Constant(0.34), Drawn(), percolate=on) for on in (False, True))
    ones = np.ones(6, np.float32)
    held = set(keeping(view_of(graph), ones, None, Room(0)).removed_edges.tolist())
    gone = set(freeing(view_of(graph), ones, None, Room(0)).removed_edges.tolist())
    hangs = int(graph.edge_rows(np.array([3]), np.array([5]))[0])
    assert hangs not in held
    assert gone == held | {hangs}
    # And the other way round: without its out-edge, what goes into row 2 is free to move.
    edges = [(0, 2, 4.0), (1, 3, 5.0), (2, 4, 0.1), (3, 5, 6.0), (3, 4, 7.0)]
    graph = small((2, 2, 2), edges, Activation.RELU)
    gone = set(freeing(view_of(graph), ones, None, Room(0)).removed_edges.tolist())
    wanted = graph.edge_rows(np.array([0, 2]), np.array([2, 4]))
    assert gone == set(wanted.tolist())


def test_what_was_removed_may_grow_again_and_survives_untouched() -> None:
    graph = layered((4, 3), 11 / 12, stream(0, "nearly full"), dtype=np.float64)
    edit = Rewire(Constant(0.5), Drawn(), Begin.FAN_IN)(view_of(graph), NONE, None, Room(0))
    assert edit.removed_edges.size == 5
    grown, remap = apply(graph, edit, event=1)
    survived = remap.edge_from >= 0
    assert grown.edges == 11
    # One place was free, so four of five at least are back.
    assert survived.sum() >= 10
    np.testing.assert_array_equal(grown.weight[survived], graph.weight[remap.edge_from[survived]])
    assert not remap.changed.any()
    # What is both removed and grown stands in one group, whatever part of the groups is kept.
    for seed in range(8):
        again = Rewire(Constant(0.5), Drawn())(view_of(graph, seed=seed), NONE, None, Room(0))
        for group in range(again.groups):
            row = graph.edge_rows(again.source[[group]], again.target[[group]])[0]
            assert row < 0 or again.removed_edges[again.removed_edge_group == group].tolist() == [row]
    # Each group removes and grows as much, so that any part of the groups keeps the balance.
    for count in range(edit.groups + 1):
        part = edit.keep(np.arange(edit.groups) < count)
        assert apply(graph, part, event=1)[0].edges == 11


def test_complete_pairs_of_levels_and_far_edges_are_left_alone() -> None:
    graph = layered((6, 5, 3), [0.5, 1.0], stream(0, "dense head"), dtype=np.float64)
    edit = Rewire(Constant(0.4))(view_of(graph), NONE, None, Room(0))
    assert edit.removed_edges.size == 6
    assert set(graph.wiring.rank[graph.wiring.source[edit.removed_edges]].tolist()) == {0}
    skips = make(WORLDS["relu skips"])
    gone = Rewire(Constant(0.4))(view_of(skips, reach=2), NONE, None, Room(0)).removed_edges
    ahead = skips.wiring.rank[skips.wiring.target[gone]] - skips.wiring.rank[skips.wiring.source[gone]]
    assert set(ahead.tolist()) == {1, 2}


@pytest.mark.parametrize("pick", [Best(), Best(Score.FISHER), Drawn(), Linked()], ids=lambda pick: repr(pick)[:18])
@pytest.mark.parametrize("room", [0, 1, 17, 10_000])
def test_room_besides_is_filled_exactly(pick: Best | Drawn | Linked, room: int) -> None:
    graph = lenet()
    edit = Rewire(Constant(0.3), pick)(view_of(graph), NONE, None, Room(room))
    absent = 30 * 20 + 20 * 12 + 12 * 5 - graph.edges
    assert edit.net_edges(graph.wiring).sum() == min(room, absent)
    grown, _ = apply(graph, edit, event=1)
    assert grown.edges == graph.edges + min(room, absent)


def test_no_budget_no_growth_besides() -> None:
    graph = lenet()
    edit = Rewire()(view_of(graph), NONE, None, Room())
    assert edit.net_edges(graph.wiring).sum() == 0
    assert edit.removed_edges.size


def test_it_ends_when_nearly_all_that_goes_comes_back() -> None:
    graph = lenet()
    for events, settled in (
        ((), False),
        ((event(1, 20, 17),), False),
        ((event(1, 20, 18),), True),
        ((event(1, 20, 20), event(2, 20, 1)), False),
        ((event(1, 0, 0),), False),
    ):
        view = view_of(graph, history=History(events=events))
        assert proposed("cht", graph, view).edit.empty == settled
        assert not proposed("set", graph, view).edit.empty
    with pytest.raises(SettingsError, match="expected a share above 0"):
        Rewire(settled=0)


@given(st.integers(0, 20), st.sampled_from(["set", "rigl", "cht"]))
def test_equal_weights_are_told_apart_by_row(seed: int, name: str) -> None:
    graph = lenet(seed)
    equal = graph.with_weights(np.where(np.arange(graph.edges) % 2, 1.0, -1.0), graph.bias)
    first, second = proposed(name, equal).edit, proposed(name, equal).edit
    assert same_edits(first, second)
    if name == "rigl":
        for rows in np.split(np.arange(equal.edges), np.searchsorted(equal.wiring.target, [50, 62])):
            gone = np.intersect1d(first.removed_edges, rows)
            assert gone.tolist() == rows[: gone.size].tolist()


@given(st.lists(st.integers(0, 3)))
def test_turns(numbers: list[int]) -> None:
    wanted = [numbers[:at].count(number) for at, number in enumerate(numbers)]
    assert _turn(np.array(numbers, np.int64)).tolist() == wanted


def test_regrown_edges_are_counted_as_such() -> None:
    graph = layered((4, 3), 11 / 12, stream(0, "nearly full"), dtype=np.float64)
    edit = Rewire(Constant(0.5), Drawn())(view_of(graph), NONE, None, Room(0))
    grown, remap = apply(graph, edit, event=1)
    lost = graph.edges - int((remap.edge_from >= 0).sum())
    assert removed_edges(edit, graph.wiring)[0].size == 5
    assert lost <= 1
    assert (grown.wiring.role == Role.HIDDEN).sum() == 0


def rewired(graph: Graph, rewire: Rewire, marked: Array | None = None) -> Edit:
    view = view_of(graph)
    scores = np.ones(graph.neurons, np.float32) if marked is None else marked
    return rewire(view, scores, None, Room(0, 0))


def test_across_takes_the_weakest_of_the_whole_network_and_grows_the_best_of_it() -> None:
    graph = lenet()
    edit = rewired(graph, Rewire(Constant(0.3), Best(), Begin.ZERO, across=True))
    count = math.floor(0.3 * graph.edges)
    weakest_rows = np.argsort(np.abs(graph.weight), kind="stable")[:count]
    after, _ = apply(graph, edit, 1)
    assert after.edges == graph.edges
    assert set(edit.removed_edges.tolist()) <= set(weakest_rows.tolist())
    pairs = Pairs(graph.wiring, level_pairs(graph.wiring, 1))
    pruned = view_of(graph).after(
        Edit(graph.neurons, 1, removed_edges=weakest_rows.astype(np.int32), removed_edge_group=np.zeros(count, int))
    )
    best = Best()(pruned, Pairs(pruned.read().wiring, pairs.rectangles), count)
    kept = after.wiring.edge_rows(best.source, best.target)
    assert (kept >= 0).all()


def test_touching_grows_at_targets_first_and_elsewhere_only_when_they_run_out() -> None:
    graph = lenet()
    marked = np.zeros(graph.neurons, np.float32)
    marked[[31, 55]] = 1.0, -1.0
    edit = rewired(graph, Rewire(Constant(0.1), Best(), Begin.ZERO, touching=True), marked)
    touches = (marked[edit.source] != 0) | (marked[edit.target] != 0)
    by_level = {int(level): touches[graph.wiring.level[edit.target] == level] for level in (1, 2)}
    # Neuron 31 has room for more in-edges than are removed between the first two levels.
    assert by_level[1].all()
    assert by_level[2].any()
    assert apply(graph, edit, 1)[0].edges == graph.edges


def test_paths_are_not_looked_for_among_a_part_of_the_edges() -> None:
    with pytest.raises(SettingsError, match="told in whole pairs of levels"):
        Rewire(pick=Linked(), touching=True)
