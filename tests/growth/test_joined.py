"""Several structures in one event, and room that is filled with edges."""

from __future__ import annotations

import numpy as np
import pytest

from graphgrow.errors import SettingsError
from graphgrow.graph.apply import apply
from graphgrow.graph.graph import Graph
from graphgrow.graph.wiring import Activation, Role
from graphgrow.growth.clones import VerticalClone
from graphgrow.growth.parts import Room
from graphgrow.growth.routes import Steepest
from graphgrow.growth.structures import Begin, Edges, Filled, HorizontalClone, MergeTwins, ReplaceDead, Together
from graphgrow.measure.signals import from_rows
from graphgrow.rng import stream
from tests.growth.worlds import WORLDS, check_same_function, forward, make, same_edits, small, view_of


def high(graph: Graph) -> np.ndarray:
    return (graph.wiring.role == Role.HIDDEN).astype(np.float32)


def test_each_structure_gets_its_part_of_the_room() -> None:
    graph = make(WORLDS["relu layered"])
    view, scores = view_of(graph), high(graph)
    both = Together((HorizontalClone(), VerticalClone()))(view, scores, None, Room(60, 50))
    split = HorizontalClone()(view_of(graph), scores, None, Room(30, 25))
    assert split.groups
    assert both.groups > split.groups
    first = both.keep(np.arange(both.groups) < split.groups)
    assert same_edits(first, split)
    assert both.preserves_function
    check_same_function(graph, both)


def test_what_one_leaves_the_next_may_use() -> None:
    graph = make(WORLDS["relu layered"])
    # No split fits into half of so little room, so the edges may use all of it.
    both = Together((HorizontalClone(), Edges()))(
        view_of(graph), high(graph), Steepest()(view_of(graph), high(graph), Room(9)), Room(2, 50)
    )
    assert both.source.size == 2
    assert not both.new_level.size


def test_together_refuses_what_removes() -> None:
    for parts in ((), (MergeTwins(),), (HorizontalClone(), ReplaceDead())):
        with pytest.raises(SettingsError, match="expected one or more structures that only add"):
            Together(parts)


@pytest.mark.parametrize("room", [1, 5, 9, 17, 30])
def test_splits_are_filled_up_with_the_steepest_edges(room: int) -> None:
    graph = make(WORLDS["relu layered"])
    scores = high(graph)
    edit = Filled()(view_of(graph), scores, None, Room(room, 50))
    split = HorizontalClone()(view_of(graph), scores, None, Room(room, 50))
    assert int(edit.net_edges(graph.wiring).sum()) == room
    missing = room - int(split.net_edges(graph.wiring).sum())
    steepest = Steepest()(view_of(graph), scores, Room(missing))
    assert edit.groups == split.groups + missing
    assert edit.source[edit.edge_group >= split.groups].tolist() == steepest.source.tolist()
    assert edit.preserves_function
    check_same_function(graph, edit)


def test_what_a_merger_frees_grows_elsewhere() -> None:
    # Rows 2 and 3 say the same; both speak to 5, and 3 alone to 6.
    graph = small(
        (2, 3, 2), [(0, 2, 1.0), (0, 3, 1.0), (1, 4, 1.0), (2, 5, 1.0), (3, 5, 0.5), (3, 6, 2.0)], Activation.RELU
    )
    inputs = stream(0, "inputs").random((2, 30)) + 0.1
    activation = forward(graph, inputs)
    delta = stream(0, "deltas").standard_normal(activation.shape)
    view = view_of(graph, from_rows(activation, delta, np.ones(30)), reach=2)
    edit = Filled(MergeTwins())(view, np.ones(graph.neurons, np.float32), None, Room(2))
    grown, _ = apply(graph, edit, event=1)
    assert edit.removed_neurons.tolist() == [3]
    assert grown.edges == graph.edges + 2
    assert not set(edit.removed_neurons.tolist()) & {*edit.source.tolist(), *edit.target.tolist()}
    pairs = list(zip(edit.source.tolist(), edit.target.tolist(), strict=True))
    assert len(set(pairs)) == len(pairs)
    assert (2, 6) in pairs


def test_starts_of_the_filling() -> None:
    graph = make(WORLDS["relu layered"])
    edit = Filled(begin=Begin.XAVIER)(view_of(graph), high(graph), None, Room(1))
    assert (edit.weight != 0).all()
    assert not edit.preserves_function


def test_wrappers_promise_what_is_inside() -> None:
    assert (Filled().whole, Filled().only_adds, Filled().adds_neurons) == (True, True, True)
    merging = Filled(MergeTwins())
    assert (merging.whole, merging.only_adds, merging.adds_neurons) == (False, False, False)
    assert not Together((VerticalClone(),)).whole
