"""Dead neurons make way, twins become one, edges slide."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphgrow.arrays import Array
from graphgrow.errors import SettingsError
from graphgrow.graph.apply import apply
from graphgrow.graph.builders import from_edges
from graphgrow.graph.graph import Graph
from graphgrow.graph.wiring import Activation, Role
from graphgrow.growth.amounts import Everything
from graphgrow.growth.limits import net_neurons, over, trim
from graphgrow.growth.parts import Move, Room
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import HorizontalClone, MergeTwins, ReplaceDead, Slide
from graphgrow.growth.targets import Extremes
from graphgrow.growth.triggers import Every
from graphgrow.measure.signals import Signals, from_rows
from tests.growth.test_clones import PLENTY, marked, tall
from tests.growth.worlds import WORLDS, forward, make, small, view_of


def seen(graph: Graph, inputs: Array) -> Signals:
    """What a probe of these inputs sees; deltas are noise."""
    activation = forward(graph, inputs)
    delta = np.random.default_rng(0).standard_normal(activation.shape)
    delta[graph.wiring.role == Role.INPUT] = 0
    return from_rows(activation, delta, np.zeros(inputs.shape[1]))


def with_dead() -> tuple[Graph, Signals]:
    """Rows 4 and 6 of three hidden levels are dead; 3, 5 and 7 are not."""
    edges = [(0, 3, 1.0), (1, 4, 1.0), (3, 5, 1.0), (3, 6, -1.0), (4, 5, 1.0), (5, 7, 1.0), (6, 7, 1.0), (7, 8, 1.0)]
    graph = small((3, 2, 2, 1, 1), edges, Activation.RELU)
    bias = np.array([0, 0, 0, 5, -99, 5, -99, 5, 0.0])
    graph = graph.with_weights(graph.weight, bias)
    return graph, seen(graph, np.random.default_rng(0).standard_normal((3, 20)))


def test_a_new_neuron_takes_the_place_of_a_dead_one() -> None:
    graph, signals = with_dead()
    scores = marked(graph, r5=0.9)
    plain = ReplaceDead(HorizontalClone())(view_of(graph, signals), scores, None, Room(0, 0))
    # The twin of 5 needs an in-edge from 3 and the out-edge to 7: row 4 with its two edges goes for it.
    assert plain.removed_neurons.tolist() == [4]
    assert net_neurons(plain).tolist() == [0]
    assert not plain.preserves_function
    grown, _ = apply(graph, plain, event=1)
    assert (grown.neurons, grown.edges) == (graph.neurons, graph.edges)
    assert over(plain, graph.wiring, Room(0, 0)).tolist() == [0, 0]


def test_new_edges_at_dead_neurons_are_left_out() -> None:
    graph, signals = with_dead()
    edit = ReplaceDead()(view_of(graph, signals), marked(graph, r5=0.9, r7=0.5), None, PLENTY)
    assert not set(edit.source.tolist()) & {4, 6}
    assert not set(edit.target.tolist()) & {4, 6}
    grown, remap = apply(graph, edit, event=1)
    fresh = np.flatnonzero(remap.neuron_from < 0)
    assert fresh.size
    assert (grown.wiring.fan_in[fresh] > 0).all()
    assert (grown.wiring.fan_out[fresh] > 0).all()
    assert edit.removed_neurons.tolist() == [4, 6][: edit.new_level.size]


def test_without_dead_neurons_it_only_adds() -> None:
    graph = tall()
    inputs = np.random.default_rng(1).standard_normal((2, 30))
    view, scores = view_of(graph, seen(graph, inputs)), marked(graph, r4=0.9)
    edit = ReplaceDead(HorizontalClone())(view, scores, None, PLENTY)
    assert edit.preserves_function
    assert not edit.removed_neurons.size
    assert edit.new_level.size == 1
    assert ReplaceDead(HorizontalClone())(view, scores, None, Room(0, 5)).empty


def test_rules_with_replacement_stay_within_their_room() -> None:
    graph, signals = with_dead()
    rule = Rule(Every(1), (Move(Extremes(), None, ReplaceDead()),), Everything())
    for room in (Room(0, 0), Room(1, 0), Room(3, 1), Room(50, 0), PLENTY):
        edit = rule.propose(view_of(graph, signals), {}, room).edit
        grown, _ = apply(graph, edit, event=1)
        assert over(edit, graph.wiring, room).tolist() == [0, 0]
        assert grown.neurons - graph.neurons <= room.neurons


def test_a_split_is_undone_by_merging() -> None:
    graph = tall()
    split, _ = apply(graph, HorizontalClone(0.7)(view_of(graph), marked(graph, r4=0.9), None, PLENTY), event=1)
    inputs = np.random.default_rng(2).standard_normal((2, 40))
    view = view_of(split, seen(split, inputs))
    edit = MergeTwins(0.9999)(view, np.zeros(split.neurons, np.float32), None, Room(0, 0))
    assert edit.removed_neurons.tolist() == [split.neurons - 1]
    merged, _ = apply(split, edit, event=2)
    assert merged.wiring.source.tolist() == graph.wiring.source.tolist()
    assert merged.wiring.target.tolist() == graph.wiring.target.tolist()
    np.testing.assert_allclose(merged.weight, graph.weight, rtol=1e-6)


def test_a_multiple_merges_exactly() -> None:
    edges = [(0, 2, 1.0), (1, 2, -2.0), (0, 3, 3.0), (1, 3, -6.0), (0, 4, 1.0), (2, 5, 1.0), (3, 5, 0.5), (3, 6, 2.0)]
    graph = small((2, 3, 2), [*edges, (4, 6, 1.0)], Activation.RELU)
    inputs = np.random.default_rng(3).standard_normal((2, 50))
    edit = MergeTwins()(view_of(graph, seen(graph, inputs)), np.ones(7, np.float32), None, PLENTY)
    merged, remap = apply(graph, edit, event=1)
    assert merged.neurons == 6
    # Row 3 is three times row 2: its out-weights count three times.
    assert merged.edge_rows(np.array([2, 2]), np.array([4, 5])).min() >= 0
    np.testing.assert_allclose(forward(merged, inputs)[-2:], forward(graph, inputs)[-2:], rtol=1e-6)
    fresh = int(np.flatnonzero(remap.edge_from < 0)[0])
    assert remap.copy_state[fresh] == graph.edge_rows(np.array([3]), np.array([6]))[0]


def test_only_neurons_of_one_level_and_kind_are_twins() -> None:
    edges = [(0, 1, 1.0), (0, 2, 1.0), (0, 3, 1.0), (1, 4, 1.0), (2, 5, 1.0), (3, 5, 1.0), (4, 5, 1.0)]
    graph = small((1, 3, 1, 1), edges, Activation.RELU)
    codes = graph.wiring.activation.copy()
    codes[2] = Activation.LEAKY_RELU
    mixed = replace(graph, wiring=replace(graph.wiring, activation=codes))
    view = view_of(mixed, seen(mixed, np.abs(np.random.default_rng(4).standard_normal((1, 30)))))
    # All of 1 to 4 say the same; only 1 and 3 stand on one level and are of one kind.
    assert MergeTwins()(view, np.ones(6, np.float32), None, PLENTY).removed_neurons.tolist() == [3]


def test_mergers_of_one_event_do_not_meddle() -> None:
    # 1, 2 on one level and 3, 4 on the next are twins; 3 and 4 are fed by what is merged.
    edges = [(0, 1, 1.0), (0, 2, 1.0), (1, 3, 1.0), (2, 3, 1.0), (1, 4, 1.0), (2, 4, 1.0), (3, 5, 1.0), (4, 5, 1.0)]
    graph = small((1, 2, 2, 1), edges, Activation.RELU)
    inputs = np.abs(np.random.default_rng(5).standard_normal((1, 30)))
    before = forward(graph, inputs)[-1]
    for merged in (1, 2):
        edit = MergeTwins()(view_of(graph, seen(graph, inputs)), np.ones(graph.neurons, np.float32), None, PLENTY)
        assert edit.removed_neurons.size == 1
        graph, _ = apply(graph, edit, event=merged)
    np.testing.assert_allclose(forward(graph, inputs)[-1], before, rtol=1e-6)
    assert graph.neurons == 4


@pytest.mark.parametrize("cosine", [0, 1, 1.5])
def test_merge_settings(cosine: float) -> None:
    with pytest.raises(SettingsError, match="between 0 and 1"):
        MergeTwins(cosine)


def slide_world(seed: int = 0) -> tuple[Graph, Signals]:
    graph = make(WORLDS["tanh skips"], seed)
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((2, graph.neurons, 16))
    return graph, from_rows(rows[0], rows[1], np.zeros(16))


def slopes(signals: Signals) -> Array:
    """dL/dw of every pair."""
    made: Array = signals.activation.astype(float) @ signals.delta.astype(float).T / signals.activation.shape[1]
    return made


@given(st.integers(0, 30), st.integers(1, 2))
def test_edges_slide_where_the_loss_falls(seed: int, radius: int) -> None:
    graph, signals = slide_world(seed)
    wiring = graph.wiring
    marks = np.random.default_rng(seed).choice([0, 1], graph.neurons).astype(np.float32)
    edit = Slide(1.0, radius)(view_of(graph, signals, reach=3), marks, None, Room(0, 0))
    grown, remap = apply(graph, edit, event=1)
    assert grown.edges == graph.edges
    slope, gone = slopes(signals), edit.removed_edges
    assert len(set(gone.tolist())) == gone.size
    fall = graph.weight[gone] * (slope[wiring.source[gone], wiring.target[gone]] - slope[edit.source, edit.target])
    assert (fall > 0).all()
    assert (np.diff(fall) <= 1e-6).all()
    np.testing.assert_array_equal(edit.weight, graph.weight[gone])
    np.testing.assert_array_equal(edit.copy_state, gone)
    assert (marks[wiring.source[gone]] + marks[wiring.target[gone]] > 0).all()
    for row, source, target in zip(gone.tolist(), edit.source.tolist(), edit.target.tolist(), strict=True):
        moved = [(int(wiring.source[row]), source), (int(wiring.target[row]), target)]
        steps = [abs(a - b) for a, b in moved]
        assert sorted(steps)[0] == 0
        assert 1 <= sorted(steps)[1] <= radius
        assert all(wiring.level[a] == wiring.level[b] for a, b in moved)
    assert (remap.edge_from >= 0).sum() == graph.edges - gone.size


def test_the_best_neighbour_wins_and_a_place_is_taken_once() -> None:
    graph = from_edges(np.repeat([0, 1], [1, 4]), [0, 0], [2, 4], [1.0, 1.0], dtype=np.float64)
    delta = np.array([[0], [-3], [5], [-1], [2]], float)
    signals = from_rows(np.ones((5, 1)), delta, np.zeros(1))
    # From 2 to 1 the loss falls by 8, to 3 by 6; from 4 to 3 by 3.
    edit = Slide(1.0)(view_of(graph, signals), np.ones(5, np.float32), None, PLENTY)
    assert list(zip(edit.removed_edges.tolist(), edit.target.tolist(), strict=True)) == [(0, 1), (1, 3)]
    one = Slide(0.5)(view_of(graph, signals), np.ones(5, np.float32), None, PLENTY)
    assert one.target.tolist() == [1]
    marks = np.array([0, 0, 0, 0, 1], np.float32)
    assert Slide(1.0)(view_of(graph, signals), marks, None, PLENTY).target.tolist() == [3]


@pytest.mark.parametrize("settings", [{"share": 0}, {"share": 1.1}, {"radius": 0}])
def test_slide_settings(settings: dict[str, float]) -> None:
    with pytest.raises(SettingsError, match="a radius of 1 or more"):
        Slide(**settings)  # type: ignore[arg-type]


def test_a_group_that_removes_is_never_cut() -> None:
    graph = tall()
    edit = HorizontalClone()(view_of(graph), marked(graph, r4=0.9), None, PLENTY)
    assert trim(edit, graph.wiring, Room(5, 9)).empty
    assert not trim(edit, graph.wiring, Room(6, 9)).empty
