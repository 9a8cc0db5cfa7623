"""More neurons: splits, variants, opened levels, promotions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from graphgrow.arrays import Array
from graphgrow.errors import SettingsError
from graphgrow.graph.apply import apply
from graphgrow.graph.builders import from_edges
from graphgrow.graph.edit import Edit
from graphgrow.graph.graph import Graph
from graphgrow.graph.wiring import Activation, Role
from graphgrow.growth.limits import trim
from graphgrow.growth.parts import Room, Structure
from graphgrow.growth.structures import HorizontalClone, NewLevel, ParallelVariants, Promote, bottlenecks
from graphgrow.growth.structures.levels import activated, last_saturated
from graphgrow.measure.signals import from_rows
from tests.growth.test_clones import PLENTY, marked, tall
from tests.growth.worlds import WORLDS, World, check_same_function, forward, make, small, view_of

every_world = pytest.mark.parametrize("world", WORLDS.values(), ids=list(WORLDS))


def built(graph: Graph, structure: Structure, room: Room = PLENTY, **severity: float) -> Edit:
    return structure(view_of(graph), marked(graph, **severity), None, room)


@every_world
@pytest.mark.parametrize(
    "structure",
    [HorizontalClone(), HorizontalClone(0.25), Promote(), ParallelVariants(everywhere=True), NewLevel(many=0.01)],
    ids=lambda part: f"{type(part).__name__}{sorted(vars(part).values(), key=str)}",
)
def test_outputs_stay_the_same_in_any_room(structure: Structure, world: World) -> None:
    graph = make(world)
    scores = np.where(graph.wiring.role == Role.HIDDEN, np.linspace(0.5, 1, graph.neurons), 0).astype(np.float32)
    for room in (PLENTY, *(Room(edges, 100) for edges in (1, 2, 5, 6, 7, 11, 23)), Room(100, 1)):
        edit = structure(view_of(graph), scores, None, room)
        assert edit.preserves_function
        cut = trim(edit, graph.wiring, room)
        check_same_function(graph, cut)
        assert cut.net_edges(graph.wiring).sum() <= room.edges
        assert cut.new_level.size <= room.neurons
        assert edit.new_level.size or not graph.edges or room is not PLENTY


def test_a_split_shares_out_weights() -> None:
    graph = tall()
    edit = built(graph, HorizontalClone(0.7), r4=0.9)
    grown, remap = apply(graph, edit, event=1)
    assert (edit.new_level.tolist(), edit.new_opens.tolist(), edit.new_parent.tolist()) == ([2], [False], [4])
    twin = grown.neurons - 1
    for target, weight in ((6, 1.0), (7, -2.0), (8, 0.5)):
        rows = grown.edge_rows(np.array([4, twin]), np.array([target] * 2))
        np.testing.assert_allclose(grown.weight[rows], [0.7 * weight, 0.3 * weight])
    for source, weight in ((2, 3.0), (3, -2.0), (0, 0.25)):
        rows = grown.edge_rows(np.array([source] * 2), np.array([4, twin]))
        assert grown.weight[rows].tolist() == [weight, weight]
        # Both halves of the optimizer's state come from the edge that was split.
        assert remap.copy_state[rows[1]] == graph.edge_rows(np.array([source]), np.array([4]))[0]


def test_a_split_with_little_room_shares_the_strongest_out_edges() -> None:
    graph = tall()
    assert built(graph, HorizontalClone(), Room(3, 9), r4=0.9).empty
    for edges, targets in ((4, [7]), (5, [6, 7]), (6, [6, 7, 8]), (60, [6, 7, 8])):
        edit = built(graph, HorizontalClone(), Room(edges, 9), r4=0.9)
        assert sorted(edit.target[edit.source == graph.neurons].tolist()) == targets
        assert int((edit.target == graph.neurons).sum()) == 3
    # The most severe does not fit; the next one does.
    smaller = built(graph, HorizontalClone(), Room(3, 9), r4=0.9, r5=0.5)
    assert smaller.new_parent.tolist() == [5]


def test_split_settings() -> None:
    for keeps in (0, 1, -0.5):
        with pytest.raises(SettingsError, match="share between 0 and 1"):
            HorizontalClone(keeps)


def test_bottlenecks_are_the_narrowest_hidden_levels() -> None:
    level = np.repeat([0, 1, 2, 3, 4], [3, 4, 2, 2, 1])
    made = from_edges(level, [0], [3], [1.0])
    assert np.flatnonzero(bottlenecks(made.wiring)).tolist() == [7, 8, 9, 10]
    assert not bottlenecks(from_edges([0, 1], [0], [1], [1.0]).wiring).any()


def test_variants_of_three_sensitivities() -> None:
    graph = small((2, 3, 1, 1), [(0, 2, 1.0), (1, 2, -2.0), (2, 5, 0.5), (5, 6, 3.0)], Activation.TANH)
    bias = np.array([0, 0, 0, 0, 0, 0.5, 0])
    graph = graph.with_weights(graph.weight, bias)
    edit = built(graph, ParallelVariants(), r2=1.0, r5=0.8)
    # Row 2 stands on a level of three; the bottleneck is that of row 5.
    assert edit.new_parent.tolist() == [5, 5, 5]
    assert edit.new_bias.tolist() == [0.25, 0.375, 0.5]
    assert edit.weight.tolist() == [0.25, 0.0, 0.375, 0.0, 0.5, 0.0]
    everywhere = built(graph, ParallelVariants((2.0,), everywhere=True), r2=1.0, r5=0.8)
    assert everywhere.new_parent.tolist() == [2, 5]
    assert built(graph, ParallelVariants(), Room(3, 9), r5=0.8).new_level.size == 2
    for settings in ((), (0.5, 0.0)):
        with pytest.raises(SettingsError, match="expected some above 0"):
            ParallelVariants(settings)


def test_levels_after_which_all_is_saturated() -> None:
    level = np.repeat([0, 1, 2, 3, 4], [2, 2, 2, 2, 1])
    graph = from_edges(level, [0], [2], [1.0])

    def full(*rows: int) -> list[int]:
        scores = np.zeros(9, np.float32)
        scores[list(rows)] = 1
        return np.flatnonzero(last_saturated(graph.wiring, scores, 0.5)).tolist()

    assert full(6) == [6, 7]
    assert full(2, 4, 6) == [2, 3, 4, 5, 6, 7]
    assert full(2, 6) == [6, 7]
    assert full(2, 4) == []


def test_a_new_level_reads_the_extremum_and_its_strongest_siblings() -> None:
    graph = tall()
    rng = np.random.default_rng(0)
    activation, delta = rng.standard_normal((2, 9, 20)).astype(np.float32)
    activation[6] *= 0.01
    delta[[0, 1]] = 0
    view = view_of(graph, from_rows(activation, delta, np.zeros(20)))
    scores = marked(graph, r6=0.9, r7=0.3)
    edit = NewLevel(severe=0.5, partners=2)(view, scores, None, PLENTY)
    assert (edit.new_level.tolist(), edit.new_opens.tolist(), edit.new_parent.tolist()) == ([4], [True], [6])
    assert edit.source[edit.target == 9].tolist() == [6, 7]
    assert edit.target[edit.source == 9].tolist() == [8]
    assert not edit.weight[edit.source == 9].any()
    grown, _ = apply(graph, edit, event=1)
    assert grown.wiring.level.tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 5, 4]
    both = NewLevel(severe=0.1)(view, scores, None, PLENTY)
    assert both.new_parent.tolist() == [6, 7]
    assert NewLevel(severe=0.1)(view, marked(graph, r4=0.9), None, PLENTY).empty
    for settings in ({"many": 0}, {"siblings": -1}, {"partners": 0}):
        with pytest.raises(SettingsError, match="expected many in"):
            NewLevel(**settings)  # type: ignore[arg-type]


def test_new_neurons_speak_to_the_steepest_targets() -> None:
    graph = from_edges(np.repeat([0, 1, 2], [2, 3, 6]), [0, 1, 2], [2, 3, 5], np.ones(3), activation=Activation.TANH)
    rng = np.random.default_rng(1)
    activation, delta = rng.standard_normal((2, 11, 30)).astype(np.float32)
    view = view_of(graph, from_rows(activation, delta, np.zeros(30)))
    scores = np.array([0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0], np.float32)
    edit = NewLevel(partners=3)(view, scores, None, PLENTY)
    weight = edit.weight[edit.target == 11]
    said = np.tanh(weight @ activation[edit.source[edit.target == 11]])
    slope = np.abs(delta[5:] @ said)
    assert edit.target[edit.source == 11].tolist() == (5 + np.argsort(-slope)[:3]).tolist()


@pytest.mark.parametrize("kind", [kind for kind in Activation if kind is not Activation.GELU])
def test_activations_are_those_of_the_forward_pass(kind: Activation) -> None:
    graph = small((1, 1, 1), [(0, 1, 1.0), (1, 2, 1.0)], kind)
    z = np.linspace(-3, 3, 13)[None]
    np.testing.assert_allclose(activated(z[0], kind), forward(graph, z)[1], atol=1e-12)


def test_gelu_is_the_exact_one() -> None:
    np.testing.assert_allclose(activated(np.array([1.0, -2.0]), Activation.GELU), [0.8413447461, -0.0455002639])


@pytest.mark.parametrize(
    ("kind", "copied"),
    [
        (Activation.RELU, Activation.RELU),
        (Activation.TANH, Activation.IDENTITY),
        (Activation.GELU, Activation.IDENTITY),
    ],
)
def test_a_promoted_neuron_hands_over_its_out_edges(kind: Activation, copied: Activation) -> None:
    graph = replace_activation(tall(), kind)
    edit = built(graph, Promote(), r4=0.9, r5=0.5)
    assert edit.new_activation.tolist() == [copied, copied]
    assert edit.net_edges(graph.wiring).tolist() == [1, 1]
    grown, remap = apply(graph, edit, event=1)
    assert grown.wiring.level.tolist() == [0, 0, 1, 1, 2, 2, 4, 4, 5, 3, 3]
    assert grown.wiring.target[grown.wiring.source == 4].tolist() == [9]
    for target, weight in ((6, 1.0), (7, -2.0), (8, 0.5)):
        row = grown.edge_rows(np.array([9]), np.array([target]))[0]
        assert grown.weight[row] == weight
        assert remap.copy_state[row] == graph.edge_rows(np.array([4]), np.array([target]))[0]
    assert built(graph, Promote(), Room(1, 9), r4=0.9, r5=0.5).new_parent.tolist() == [4]
    assert built(graph, Promote(), Room(9, 1), r4=0.9, r5=0.5).new_parent.tolist() == [4]


def replace_activation(graph: Graph, kind: Activation) -> Graph:
    codes: Array = np.where(graph.wiring.role == Role.HIDDEN, kind, Activation.IDENTITY)
    return replace(graph, wiring=replace(graph.wiring, activation=codes))
