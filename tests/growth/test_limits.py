"""Cutting an edit to the room: exact, never reordered, against a specification worked out group by group."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from graphgrow.arrays import Array
from graphgrow.errors import SettingsError
from graphgrow.graph.apply import apply
from graphgrow.graph.builders import from_edges
from graphgrow.graph.edit import Edit
from graphgrow.graph.graph import Graph
from graphgrow.growth.limits import Budget, over, trim
from graphgrow.growth.parts import UNLIMITED, Room
from tests.growth.worlds import WORLDS, edit_of, make, same_edits, view_of

seeds = st.integers(0, 2**32 - 1)
rooms = st.builds(Room, st.integers(0, 30), st.sampled_from([0, 1, 2, 9, 9, 9]))


def bare() -> Graph:
    """Levels of 6, 6 and 6 neurons, without edges."""
    return from_edges(np.repeat([0, 1, 2], 6), [], [], [])


def clones_and_edges(rng: np.random.Generator, groups: int, shuffled: bool = False) -> Edit:
    """Groups in rank order, each a single edge or a new neuron on level 1 with in- and out-edges."""
    n, born = 18, rng.random(groups) < 0.6
    numbers = np.flatnonzero(born)
    if shuffled:
        numbers = rng.permutation(numbers)
    row = {int(group): n + at for at, group in enumerate(numbers)}
    singles = iter(rng.permutation(36)[:groups].tolist())
    source, target, group = list[int](), list[int](), list[int]()
    for at in range(groups):
        if not born[at]:
            pair = next(singles)
            source, target, group = [*source, pair // 6], [*target, 12 + pair % 6], [*group, at]
            continue
        before, after = rng.permutation(6)[: rng.integers(1, 7)], 12 + rng.permutation(6)[: rng.integers(1, 7)]
        source += [*before.tolist(), *[row[at]] * after.size]
        target += [*[row[at]] * before.size, *after.tolist()]
        group += [at] * (before.size + after.size)
    weight = rng.standard_normal(len(source))
    weight[np.array(source, int) >= n] = 0
    return edit_of(
        n,
        groups,
        new_level=np.ones(numbers.size, int),
        new_group=numbers,
        source=np.array(source, int),
        target=np.array(target, int),
        weight=weight,
        edge_group=np.array(group, int),
    )


def by_hand(edit: Edit, room: Room) -> list[int]:
    """Kept edges of each group: whole groups while they fit, then what is left for a last new neuron."""
    sizes = np.bincount(edit.edge_group, minlength=edit.groups)
    born = np.bincount(edit.new_group, minlength=edit.groups)
    kept: list[int] = []
    neurons = 0
    for group in range(edit.groups):
        neurons += int(born[group])
        left = room.edges - sum(kept)
        if neurons > room.neurons:
            break
        if sizes[group] > left:
            if born[group] and left >= 2:
                kept.append(left)
            elif born[group] and left == 1 and group and born[group - 1] and sizes[group - 1] >= 3:
                # The neuron before gives up one of its edges, so that the last one has the two it needs.
                kept[-1] -= 1
                kept.append(2)
            break
        kept.append(int(sizes[group]))
    return kept


def edges_of(edit: Edit, wanted: Array) -> list[tuple[int, int, float]]:
    """Edges marked in `wanted` by source, target and weight, in their order; new neurons named by their group."""
    names = np.concatenate([np.arange(edit.neurons), 1000 + edit.new_group])
    ends = names[edit.source[wanted]].tolist(), names[edit.target[wanted]].tolist()
    return list(zip(*ends, edit.weight[wanted].tolist(), strict=True))


@settings(max_examples=300)
@given(seeds, st.integers(0, 7), rooms, st.booleans())
def test_trim_is_exact_and_keeps_the_order(seed: int, groups: int, room: Room, shuffled: bool) -> None:
    graph, edit = bare(), clones_and_edges(np.random.default_rng(seed), groups, shuffled)
    cut, wanted = trim(edit, graph.wiring, room), by_hand(edit, room)
    assert np.bincount(cut.edge_group, minlength=cut.groups).tolist() == wanted
    assert over(cut, graph.wiring, room).tolist() == [0, 0]
    grown, _ = apply(graph, cut, event=1)
    assert grown.edges == sum(wanted)
    for group in range(len(wanted)):
        before, after = edges_of(edit, edit.edge_group == group), edges_of(cut, cut.edge_group == group)
        assert [edge for edge in before if edge in after] == after
        lost = len(before) - len(after)
        assert group == len(wanted) - 1 or lost == 0 or (lost == 1 and group == len(wanted) - 2)


@given(seeds, st.integers(1, 4), st.integers(2, 30), st.booleans())
def test_a_cut_neuron_loses_weak_in_edges_then_late_out_edges(seed: int, groups: int, edges: int, mixed: bool) -> None:
    graph, edit = bare(), clones_and_edges(np.random.default_rng(seed), groups, mixed)
    cut = trim(edit, graph.wiring, Room(edges, 100))
    last = cut.groups - 1
    assume(cut.groups and (cut.new_group == last).any())
    row = 1000 + last
    full = edges_of(edit, edit.edge_group == last)
    kept = edges_of(cut, cut.edge_group == last)
    incoming, outgoing = [e for e in full if e[1] == row], [e for e in full if e[0] == row]
    kept_in, kept_out = [e for e in kept if e[1] == row], [e for e in kept if e[0] == row]
    assert kept_in
    assert kept_out
    strongest = sorted(incoming, key=lambda edge: -abs(edge[2]))
    assert sorted(kept_in, key=lambda edge: -abs(edge[2])) == strongest[: len(kept_in)]
    assert kept_out == outgoing[: len(kept_out)]
    # Out-edges go only when a single in-edge is left.
    assert len(kept_out) == len(outgoing) or len(kept_in) == 1


def test_the_neuron_that_is_cut_is_the_one_of_the_last_group() -> None:
    graph = bare()
    # The second group's neuron comes first in the arrays.
    edit = edit_of(
        18,
        2,
        new_level=[1, 1],
        new_group=[1, 0],
        source=[0, 1, 2, 3, 18, 0, 19],
        target=[18, 18, 18, 18, 12, 19, 12],
        weight=[4, 1, 3, 2, 0, 1, 0],
        edge_group=[1, 1, 1, 1, 1, 0, 0],
    )
    cut = trim(edit, graph.wiring, Room(5, 2))
    assert apply(graph, cut, event=1)[0].edges == 5
    assert edges_of(cut, cut.edge_group == 1) == [(0, 1001, 4.0), (2, 1001, 3.0), (1001, 12, 0.0)]


@given(seeds, st.integers(0, 7))
def test_an_edit_that_fits_stays_as_it_is(seed: int, groups: int) -> None:
    graph, edit = bare(), clones_and_edges(np.random.default_rng(seed), groups)
    assert same_edits(trim(edit, graph.wiring, Room()), edit)


def test_a_smaller_group_behind_one_that_does_not_fit_is_not_taken() -> None:
    graph = bare()
    edit = edit_of(18, 3, source=[0, 1, 2, 3], target=[6, 7, 8, 9], edge_group=[0, 1, 1, 2])
    assert trim(edit, graph.wiring, Room(2)).source.tolist() == [0]
    assert trim(edit, graph.wiring, Room(3)).source.tolist() == [0, 1, 2]


def test_removed_edges_make_room() -> None:
    graph = from_edges([0, 0, 1, 1], [0, 1], [2, 3], [1.0, 1.0])
    edit = edit_of(4, 2, removed_edges=[0], removed_edge_group=[0], source=[1, 0], target=[2, 3], edge_group=[1, 1])
    assert trim(edit, graph.wiring, Room(1)).source.size == 2
    assert trim(edit, graph.wiring, Room(0)).source.size == 0


def test_an_edge_given_twice_to_a_cut_neuron_counts_once() -> None:
    graph = bare()
    edit = edit_of(
        18,
        1,
        new_level=[1],
        source=[0, 0, 1, 2, 18, 18],
        target=[18, 18, 18, 18, 12, 13],
        weight=[0.1, 0.1, 1, 2, 0, 0],
        edge_group=[0] * 6,
    )
    for edges in (2, 3, 4):
        cut = trim(edit, graph.wiring, Room(edges, 1))
        assert apply(graph, cut, event=1)[0].edges == edges


def test_over_counts_both_kinds() -> None:
    graph = bare()
    edit = clones_and_edges(np.random.default_rng(1), 6)
    edges, neurons = edit.source.size, edit.new_level.size
    assert over(edit, graph.wiring, Room(edges, neurons)).tolist() == [0, 0]
    assert over(edit, graph.wiring, Room(edges - 3, neurons - 1)).tolist() == [3, 1]
    assert over(edit, graph.wiring, Room()).tolist() == [0, 0]
    assert over(Edit(18, 0), graph.wiring, Room(0, 0)).tolist() == [0, 0]


def test_budget_is_what_is_left() -> None:
    graph = make(WORLDS["relu layered"])
    view = view_of(graph)
    assert Budget().room(view) == Room(UNLIMITED, UNLIMITED)
    assert Budget(graph.edges + 5, graph.neurons + 2).room(view) == Room(5, 2)
    assert Budget(1, 1).room(view) == Room(0, 0, surplus=graph.edges - 1)


@pytest.mark.parametrize("settings", [{"edges": 0}, {"neurons": 0}, {"edges": -4}])
def test_budgets_below_one_are_refused(settings: dict[str, int]) -> None:
    with pytest.raises(SettingsError, match="expected 1 or more, got"):
        Budget(**settings)
