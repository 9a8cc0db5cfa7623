"""Vertical clones on networks small enough to work out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from graphgrow.arrays import Array
from graphgrow.errors import SettingsError
from graphgrow.graph.apply import apply
from graphgrow.graph.builders import from_edges, layered
from graphgrow.graph.edit import Edit
from graphgrow.graph.graph import Graph
from graphgrow.graph.wiring import Activation, Role
from graphgrow.growth.clones import VerticalClone
from graphgrow.growth.parts import Room
from graphgrow.rng import stream
from tests.growth.worlds import WORLDS, World, forward, make, small, view_of

PLAIN = VerticalClone(factor=1.0, noise=0.0, preserving=False)
PLENTY = Room(100_000, 100_000)
Ends = list[tuple[int, float]]


def tall() -> Graph:
    """Levels {0, 1}, {2, 3}, {4, 5}, {6, 7}, {8}; neuron 4 has skips from 0 and to 8."""
    edges = [(0, 2, 2.0), (1, 2, -1.0), (1, 3, 0.5), (2, 4, 3.0), (3, 4, -2.0), (0, 4, 0.25), (3, 5, 1.0)]
    edges += [(4, 6, 1.0), (4, 7, -2.0), (4, 8, 0.5), (6, 8, 4.0), (7, 8, 1.5), (5, 7, 1.0)]
    return small((2, 2, 2, 2, 1), edges, Activation.TANH)


def marked(graph: Graph, **severity: float) -> Array:
    """Scores from row=severity, e.g. r4=0.9."""
    scores = np.zeros(graph.neurons, np.float32)
    for row, value in severity.items():
        scores[int(row[1:])] = value
    return scores


def cloned(graph: Graph, structure: VerticalClone = PLAIN, room: Room = PLENTY, **severity: float) -> Edit:
    return structure(view_of(graph), marked(graph, **severity), None, room)


def ends(edit: Edit, at: int) -> tuple[Ends, Ends]:
    """In-edges as (source, weight) and out-edges as (target, weight) of the at-th clone, in their order."""
    row = edit.neurons + at
    into, out_of = edit.target == row, edit.source == row
    assert (edit.edge_group[into | out_of] == at).all()
    return (
        list(zip(edit.source[into].tolist(), edit.weight[into].tolist(), strict=True)),
        list(zip(edit.target[out_of].tolist(), edit.weight[out_of].tolist(), strict=True)),
    )


def test_lower_and_upper_clone() -> None:
    edit = cloned(tall(), r4=0.9)
    assert edit.new_level.tolist() == [1, 3]
    assert edit.new_opens.tolist() == [False, False]
    assert edit.groups == 2
    # Lower: 0.25 + 2 * 3 from 0, -1 * 3 + 0.5 * -2 from 1; to the targets of 4.
    assert ends(edit, 0) == ([(0, 6.25), (1, -4.0)], [(7, -2.0), (6, 1.0), (8, 0.5)])
    # Upper: the sources of 4; 0.5 + 1 * 4 - 2 * 1.5 to 8.
    assert ends(edit, 1) == ([(2, 3.0), (3, -2.0), (0, 0.25)], [(8, 1.5)])


def test_only_as_many_of_the_strongest_as_the_neuron_has() -> None:
    edges = [(0, 4, 1.0), (1, 4, 2.0), (2, 4, -3.0), (3, 5, 4.0), (1, 5, 0.5), (4, 6, 2.0), (5, 6, -1.0), (6, 7, 1.0)]
    graph = small((4, 2, 1, 1), edges, Activation.RELU)
    edit = cloned(graph, r6=1.0)
    # Products 2, 4 - 0.5, -6 and -4; neuron 6 has two in-edges, and no hidden level above.
    assert edit.new_level.tolist() == [1]
    assert ends(edit, 0) == ([(2, -6.0), (3, -4.0)], [(7, 1.0)])


def test_upper_clone_keeps_as_many_out_edges_as_the_neuron_has() -> None:
    edges = [(0, 1, 1.0), (1, 2, 2.0), (1, 3, -1.0), (2, 4, 3.0), (2, 5, 1.0), (3, 5, 4.0), (3, 6, 5.0)]
    graph = small((1, 1, 2, 3), edges, Activation.RELU)
    edit = cloned(graph, r1=1.0)
    # Products 6 to 4, 2 - 4 to 5, -5 to 6; neuron 1 has two out-edges, and the level below holds inputs.
    assert edit.new_level.tolist() == [2]
    assert ends(edit, 0) == ([(0, 1.0)], [(4, 6.0), (6, -5.0)])


def test_one_level_is_opened_for_all_where_no_neighbour_is_hidden() -> None:
    edges = [(0, 3, 1.0), (1, 3, -2.0), (2, 4, 3.0), (3, 5, 0.5), (3, 6, -1.0), (4, 6, 2.0)]
    graph = small((3, 2, 2), edges, Activation.SIGMOID)
    edit = cloned(graph, r3=0.8, r4=0.9)
    assert edit.new_parent.tolist() == [4, 3]
    assert edit.new_level.tolist() == [2, 2]
    assert edit.new_opens.all()
    assert ends(edit, 0) == ([(2, 3.0)], [(6, 2.0)])
    assert ends(edit, 1) == ([(1, -2.0), (0, 1.0)], [(6, -1.0), (5, 0.5)])
    grown, _ = apply(graph, edit, event=1)
    assert grown.wiring.level.tolist() == [0, 0, 0, 1, 1, 3, 3, 2, 2]


def test_level_numbers_with_gaps() -> None:
    level = np.array([0, 2, 5, 9])
    graph = from_edges(level, [0, 1, 2], [1, 2, 3], [2.0, 3.0, 5.0], dtype=np.float64)
    edit = cloned(graph, r1=0.5, r2=0.9)
    # The clone of 2 on level 2, that of 1 on level 5: each has one end beside the other's level.
    assert edit.new_level.tolist() == [2, 5]
    assert ends(edit, 0) == ([(0, 6.0)], [(3, 5.0)])
    assert ends(edit, 1) == ([(0, 2.0)], [(3, 15.0)])
    opened = cloned(from_edges(np.array([0, 2, 7]), [0, 1], [1, 2], [2.0, 3.0], dtype=np.float64), r1=1.0)
    assert (opened.new_level.tolist(), opened.new_opens.tolist()) == ([3], [True])


def test_clones_take_after_their_parent() -> None:
    graph = tall()
    graph = graph.with_weights(graph.weight, np.where(graph.wiring.role == Role.HIDDEN, np.arange(9.0), 0))
    edit = cloned(graph, r5=0.2, r4=0.9)
    parents = edit.new_parent.tolist()
    assert parents[:2] == [4, 4]
    assert set(parents[2:]) == {5}
    np.testing.assert_array_equal(edit.new_bias, parents)
    assert (edit.new_activation == Activation.TANH).all()


def test_equal_severity_goes_by_row_and_only_high_hidden_neurons_count() -> None:
    edit = cloned(tall(), r5=0.9, r4=0.9, r2=-1.0, r0=1.0, r8=1.0)
    assert edit.new_parent.tolist() == [4, 4, 5, 5]
    assert cloned(tall(), r2=-1.0, r0=1.0, r8=1.0).empty
    assert cloned(tall()).empty


def test_neurons_without_in_or_out_edges_are_not_cloned() -> None:
    graph = small((1, 2, 2, 1), [(0, 1, 1.0), (1, 3, 1.0), (4, 5, 1.0), (3, 5, 1.0)], Activation.RELU)
    # Row 2 has no edges, row 4 no in-edge.
    assert cloned(graph, r2=1.0, r4=1.0).empty
    assert cloned(graph, r3=1.0).new_level.tolist() == [1]


def test_enough_clones_to_fill_the_room_and_no_more() -> None:
    graph = tall()
    full = cloned(graph, r4=0.9, r5=0.2)
    sizes = np.cumsum(np.bincount(full.edge_group)).tolist()
    for edges in range(1, sizes[-1] + 3):
        count = cloned(graph, room=Room(edges, 99), r4=0.9, r5=0.2).new_level.size
        assert count == 1 + sum(size < edges for size in sizes[:-1])
    for neurons in range(6):
        made = cloned(graph, room=Room(99, neurons), r4=0.9, r5=0.2)
        assert made.new_level.size == min(neurons, len(sizes))


def test_copies_by_score_each_with_noise_of_its_own() -> None:
    scores = marked(tall(), r4=1.6, r5=0.3)
    for base, copies in ((1.0, [2, 1]), (2.0, [3, 1]), (0.1, [1, 1]), (None, [1, 1])):
        edit = VerticalClone(base=base)(view_of(tall()), scores, None, PLENTY)
        parents = edit.new_parent.tolist()
        assert [parents.count(row) // 2 for row in (4, 5)] == copies
    twice = VerticalClone(base=1.0)(view_of(tall()), scores, None, PLENTY)
    assert ends(twice, 0)[0] != ends(twice, 2)[0]
    assert [row for row, _ in ends(twice, 0)[0]] == [row for row, _ in ends(twice, 2)[0]]
    with pytest.raises(SettingsError, match="expected more than 0, or None"):
        VerticalClone(base=0)


def test_factor_and_noise() -> None:
    exact = cloned(tall(), replace(PLAIN, factor=0.7), r4=0.9)
    np.testing.assert_allclose([w for _, w in ends(exact, 0)[0]], [0.7 * 6.25, -2.8])
    np.testing.assert_allclose([w for _, w in ends(exact, 1)[1]], [0.7 * 1.5])
    rng, structure = stream(4, "noise"), VerticalClone(preserving=False)
    ratios = np.array(
        [
            structure(replace(view_of(tall()), rng=rng), marked(tall(), r4=0.9), None, PLENTY).weight / exact.weight
            for _ in range(500)
        ]
    )
    assert abs(ratios.mean() - 1) < 0.01
    assert abs(ratios.std() - 0.1) < 0.01


@pytest.mark.parametrize("world", WORLDS.values(), ids=list(WORLDS))
def test_out_edges_of_0_preserve_the_function(world: World) -> None:
    graph = make(world)
    scores = np.where(graph.wiring.role == Role.HIDDEN, 1, 0).astype(np.float32)
    edit = VerticalClone()(view_of(graph), scores, None, PLENTY)
    assert edit.preserves_function
    assert (edit.new_level.size > 0) == bool(graph.edges)
    grown, remap = apply(graph, edit, event=1)
    inputs = stream(2, "inputs").standard_normal((int((graph.wiring.role == Role.INPUT).sum()), 20))
    before, after = forward(graph, inputs), forward(grown, inputs)
    old = np.flatnonzero(remap.neuron_from >= 0)
    np.testing.assert_allclose(after[old], before[remap.neuron_from[old]], atol=1e-9)
    loud = VerticalClone(preserving=False)(view_of(graph), scores, None, PLENTY)
    assert not loud.preserves_function
    changed = forward(apply(graph, loud, event=1)[0], inputs)
    outputs = graph.wiring.rows(Role.OUTPUT)
    assert not graph.edges or np.abs(changed[outputs] - before[outputs]).max() > 1e-3


def test_a_layered_lenet_start_grows() -> None:
    graph = layered([784, 300, 100, 10], [0.02, 0.05, 0.5], stream(0, "lenet"), Activation.SIGMOID, dtype=np.float64)
    scores = np.zeros(graph.neurons, np.float32)
    scores[784:1184:20] = 0.8
    edit = VerticalClone()(view_of(graph), scores, None, PLENTY)
    # Neurons of the first hidden level get an upper clone, those of the second a lower one.
    assert set(zip((edit.new_parent < 1084).tolist(), edit.new_level.tolist(), strict=True)) == {(True, 2), (False, 1)}
    grown, _ = apply(graph, edit, event=1)
    inputs = stream(1, "inputs").standard_normal((784, 5))
    assert grown.neurons > graph.neurons + 10
    assert grown.edges > graph.edges + 100
    assert grown.wiring.levels.tolist() == [0, 1, 2, 3]
    np.testing.assert_allclose(forward(grown, inputs)[1184:1194], forward(graph, inputs)[1184:1194], atol=1e-9)
