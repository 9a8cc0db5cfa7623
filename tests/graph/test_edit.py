"""Edits: defaults, groups, selection, counting and joining."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphgrow import Edit, Graph, apply
from graphgrow.errors import EditError
from graphgrow.graph import join
from graphgrow.graph.builders import braess_diamond, wiring
from tests.strategies import Model, graphs, model_apply, random_edit

seeds = st.integers(0, 2**32 - 1)
WIDE = wiring([0, 0, 1, 1, 2], [0, 1, 2, 3], [2, 3, 4, 4])


def test_what_is_left_out_is_filled() -> None:
    edit = Edit(4, 1, source=[0], target=[3], new_level=[2, 2])
    assert edit.copy_state.tolist() == [-1]
    assert edit.weight.tolist() == [0.0]
    assert edit.edge_group.tolist() == [0]
    assert edit.new_parent.tolist() == [-1, -1]
    assert edit.new_opens.tolist() == [False, False]
    assert not edit.empty
    assert Edit(4, 0).empty


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"source": [0], "target": [1, 2]}, "Edit.target: expected 1 entries, got 2"),
        ({"source": [0, 1], "target": [2, 3], "weight": [0.5]}, "Edit.weight: expected 2"),
        ({"set_edges": [0], "set_weight": [1.0, 2.0]}, "Edit.set_weight"),
        ({"source": [0], "target": [3], "edge_group": [1]}, "Edit.edge_group: expected groups from 0 to 0, got 1"),
        ({"removed_edges": [0], "removed_edge_group": [-1]}, "Edit.removed_edge_group"),
        ({"removed_edges": [0.5]}, "Edit.removed_edges: expected whole numbers"),
        ({"new_level": [[1]]}, "Edit.new_level: expected a 1-D array"),
    ],
)
def test_what_does_not_fit_together_is_refused(parts: dict[str, Any], message: str) -> None:
    with pytest.raises(EditError, match=message):
        Edit(4, 1, **parts)


def test_keep_drops_what_hangs_on_dropped_neurons() -> None:
    edit = Edit(
        5, 2, new_level=[1, 1], new_group=[0, 1],
        source=[0, 5, 0, 6, 0], target=[5, 4, 6, 4, 6], weight=[1, 2, 3, 4, 5], edge_group=[0, 0, 1, 1, 1],
    )  # fmt: skip
    second = edit.keep(np.array([False, True]))
    assert second.groups == 1
    assert (second.source.tolist(), second.target.tolist()) == ([0, 5, 0], [5, 4, 5])
    assert second.edge_group.tolist() == [0, 0, 0]
    crossing = Edit(5, 2, new_level=[1], new_group=[1], source=[5, 0], target=[4, 3], edge_group=[0, 0])
    assert crossing.keep(np.array([True, False])).source.tolist() == [0]


def test_masks_must_fit() -> None:
    edit = Edit(5, 2, source=[0, 1, 0], target=[3, 2, 4])
    with pytest.raises(EditError, match="mask of 2 groups, got shape"):
        edit.keep(np.ones(3, bool))
    with pytest.raises(EditError):
        edit.without_edges(np.array([True]))
    with pytest.raises(EditError):
        edit.without_edges(np.array([True, False]))


def test_net_edges_counts_no_edge_twice() -> None:
    both = Edit(5, 3, removed_neurons=[2], removed_neuron_group=[1], removed_edges=[0, 0], removed_edge_group=[2, 0])
    # Edge 0 -> 2 goes with group 0, edge 2 -> 4 with neuron 2 in group 1.
    assert both.net_edges(WIDE).tolist() == [-1, -1, 0]


def test_an_addition_counts_for_the_first_group_in_whatever_order_it_stands() -> None:
    twice = Edit(5, 2, source=[0, 0], target=[3, 3], edge_group=[0, 1])
    assert twice.net_edges(WIDE).tolist() == [1, 0]
    turned = Edit(5, 2, source=[0, 0], target=[3, 3], edge_group=[1, 0])
    assert turned.net_edges(WIDE).tolist() == [1, 0]


def test_a_row_that_does_not_exist_is_named_when_counting() -> None:
    with pytest.raises(EditError, match="removed_edges"):
        Edit(5, 1, removed_edges=[99]).net_edges(WIDE)


@given(graphs(), seeds)
def test_any_first_groups_change_the_edge_count_as_they_say(graph: Graph, seed: int) -> None:
    edit = random_edit(graph, np.random.default_rng(seed), groups=4)
    total = np.cumsum(edit.net_edges(graph.wiring))
    for count in range(5):
        kept = edit.keep(np.arange(4) < count)
        made = apply(graph, kept, 1)[0]
        assert made.edges - graph.edges == (total[count - 1] if count else 0)
        assert kept.net_edges(graph.wiring).tolist() == edit.net_edges(graph.wiring)[:count].tolist()


@given(graphs(), seeds)
def test_without_edges_leaves_the_rest(graph: Graph, seed: int) -> None:
    rng = np.random.default_rng(seed)
    edit = random_edit(graph, rng)
    dropped = rng.random(edit.source.size) < 0.5
    less = edit.without_edges(dropped)
    assert less.source.tolist() == edit.source[~dropped].tolist()
    assert less.weight.tolist() == edit.weight[~dropped].tolist()
    assert less.new_level.tolist() == edit.new_level.tolist()
    assert less.removed_edges.tolist() == edit.removed_edges.tolist()
    assert Model.of(apply(graph, less, 1)[0]) == model_apply(graph, less, 1)


@given(graphs(), seeds)
def test_the_groups_of_an_edit_joined_again_do_the_same(graph: Graph, seed: int) -> None:
    edit = random_edit(graph, np.random.default_rng(seed), groups=2)
    # Both halves stand alone only if no edge of one ends at a new neuron of the other.
    fresh = edit.new_level.size
    inner = np.zeros(edit.source.size, bool)
    for ends in (edit.source, edit.target):
        new = ends >= edit.neurons
        inner[new] |= edit.new_group[ends[new] - edit.neurons] != edit.edge_group[new]
    edit = edit.without_edges(inner)
    halves = [edit.keep(np.array([True, False])), edit.keep(np.array([False, True]))]
    joined = join(halves, graph.wiring)
    assert joined.groups == 2
    assert joined.new_level.size == fresh
    assert joined.net_edges(graph.wiring).tolist() == edit.net_edges(graph.wiring).tolist()
    first, second = apply(graph, joined, 1)[0], apply(graph, edit, 1)[0]
    assert first.wiring.neurons == second.wiring.neurons
    assert first.edges == second.edges
    assert sorted(first.wiring.level.tolist()) == sorted(second.wiring.level.tolist())
    assert np.allclose(np.sort(first.weight), np.sort(second.weight))


def test_joined_edits_share_an_opened_level() -> None:
    opens = Edit(4, 1, new_level=[2], new_opens=[True], source=[0, 4], target=[4, 3])
    made = apply(braess_diamond(), join([opens, opens], braess_diamond().wiring), 1)[0]
    assert made.wiring.level.tolist() == [0, 1, 3, 4, 2, 2]
    assert made.edges == 9


def test_join_of_nothing_and_of_strangers() -> None:
    graph = braess_diamond()
    assert join([], graph.wiring).empty
    with pytest.raises(EditError, match="edit for 5 neurons joined on 4"):
        join([Edit(5, 0)], graph.wiring)


def test_join_claims_function_preservation_only_if_all_do() -> None:
    graph = braess_diamond()
    safe, unsafe = Edit(4, 0, preserves_function=True), Edit(4, 0)
    assert join([safe, safe], graph.wiring).preserves_function
    assert not join([safe, unsafe], graph.wiring).preserves_function
