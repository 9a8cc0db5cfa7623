"""Applying edits, against a slow model, and any sequence of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from graphgrow import Edit, Graph, Remap, Role, Wiring, apply, difference, patch
from graphgrow.arrays import Array
from graphgrow.errors import EditError, GraphError
from graphgrow.graph import blocks, identity_remap, join
from graphgrow.graph.builders import braess_diamond, chain
from tests.strategies import Model, graphs, model_apply, random_edit, random_graph

seeds = st.integers(0, 2**32 - 1)


def moved(remap: Remap, state: Array) -> Array:
    """State per edge carried over: survivors keep theirs, new edges inherit or start at 0."""
    rows = np.where(remap.edge_from >= 0, remap.edge_from, remap.copy_state)
    return np.array([state[row] if row >= 0 else 0 for row in rows])


def check_remap(old: Graph, new: Graph, remap: Remap) -> None:
    """The map names the same neurons and edges on both sides, and unchanged weights are bit-equal."""
    ids = dict(zip(old.wiring.id.tolist(), range(old.neurons), strict=True))
    assert remap.neuron_from.tolist() == [ids.get(identity, -1) for identity in new.wiring.id.tolist()]
    alive = remap.edge_from >= 0
    rows = remap.edge_from[alive]
    for end in ("source", "target"):
        before, after = getattr(old.wiring, end)[rows], getattr(new.wiring, end)[alive]
        assert old.wiring.id[before].tolist() == new.wiring.id[after].tolist()
    kept = alive & ~remap.changed
    assert new.weight[kept].tobytes() == old.weight[remap.edge_from[kept]].tobytes()
    assert not remap.changed[~alive].any()
    assert (remap.copy_state[alive] == -1).all()
    assert [remap.neuron_from.dtype, remap.edge_from.dtype, remap.copy_state.dtype] == [np.int32] * 3


@given(graphs(), seeds)
def test_apply_is_what_the_model_says(graph: Graph, seed: int) -> None:
    edit = random_edit(graph, np.random.default_rng(seed))
    before = Model.of(graph)
    made, remap = apply(graph, edit, 7)
    assert Model.of(made) == model_apply(graph, edit, 7)
    check_remap(graph, made, remap)
    assert Model.of(graph) == before


@given(graphs(), seeds)
def test_an_empty_edit_changes_nothing(graph: Graph, seed: int) -> None:
    made, remap = apply(graph, Edit(graph.neurons, 0), seed % 5)
    assert made.same(graph)
    same = identity_remap(graph.wiring)
    for name in ("neuron_from", "edge_from", "copy_state", "changed"):
        assert np.array_equal(getattr(remap, name), getattr(same, name)), name


@given(graphs(), seeds)
def test_two_remaps_in_a_row_are_one(graph: Graph, seed: int) -> None:
    rng = np.random.default_rng(seed)
    middle, first = apply(graph, random_edit(graph, rng), 1)
    last, second = apply(middle, random_edit(middle, rng), 2)
    both = first.then(second)
    check_remap(graph, last, both)
    state = np.arange(1, graph.edges + 1)
    assert moved(both, state).tolist() == moved(second, moved(first, state)).tolist()
    for added in (identity_remap(graph.wiring).then(both), both.then(identity_remap(last.wiring))):
        for name in ("neuron_from", "edge_from", "copy_state", "changed"):
            assert np.array_equal(getattr(added, name), getattr(both, name)), name


def test_then_after_all_edges_are_gone() -> None:
    graph = chain(1)
    bare, first = apply(graph, Edit(2, 1, removed_edges=[0]), 1)
    again, second = apply(bare, Edit(2, 1, source=[0], target=[1]), 2)
    both = first.then(second)
    assert both.edge_from.tolist() == both.copy_state.tolist() == [-1]
    assert both.changed.tolist() == [False]
    assert again.edges == 1


def test_a_pair_removed_and_added_survives_untouched() -> None:
    graph = braess_diamond()
    made, remap = apply(graph, Edit(4, 1, removed_edges=[1], source=[0], target=[2], weight=[9.0]), 3)
    assert made.same(graph)
    assert remap.edge_from.tolist() == [0, 1, 2, 3, 4]
    assert not remap.changed.any()


def test_additions_of_one_pair_are_summed() -> None:
    made, _ = apply(braess_diamond(), Edit(4, 1, source=[0, 0], target=[3, 3], weight=[0.25, 0.5]), 1)
    assert made.weight[made.edge_rows(np.array([0]), np.array([3]))].tolist() == [0.75]


def test_a_sum_is_taken_in_the_order_given_and_starts_at_zero() -> None:
    graph = braess_diamond()
    wide = graph.with_weights(graph.weight.astype(np.float64), graph.bias.astype(np.float64))
    for weight, wanted in (([1e16, 1.0, -1e16], 0.0), ([1e16, -1e16, 1.0], 1.0), ([-0.0, -0.0, -0.0], 0.0)):
        made, _ = apply(wide, Edit(4, 1, source=[0, 0, 0], target=[3, 3, 3], weight=weight), 1)
        found = made.weight[made.edge_rows(np.array([0]), np.array([3]))]
        assert found.tobytes() == np.float64(wanted).tobytes()
    alone, _ = apply(wide, Edit(4, 1, source=[0], target=[3], weight=[-0.0]), 1)
    assert alone.weight[alone.edge_rows(np.array([0]), np.array([3]))].tobytes() == np.float64(0.0).tobytes()


def test_the_first_of_several_additions_says_what_state_is_inherited() -> None:
    edit = Edit(4, 1, source=[0, 0], target=[3, 3], weight=[1.0, 1.0], copy_state=[2, 4])
    _, remap = apply(braess_diamond(), edit, 1)
    assert remap.copy_state[remap.edge_from < 0].tolist() == [2]


@given(graphs(), seeds, st.integers(1, 4))
def test_short_blocks_change_nothing(graph: Graph, seed: int, block: int) -> None:
    edit = random_edit(graph, np.random.default_rng(seed))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "BLOCK", block)
        made, remap = apply(graph, edit, 7)
    assert Model.of(made) == model_apply(graph, edit, 7)
    check_remap(graph, made, remap)


def test_an_opened_level_moves_later_levels_and_no_row() -> None:
    made, _ = apply(braess_diamond(), Edit(4, 1, new_level=[1, 1, 4], new_opens=[True, False, True]), 1)
    assert made.wiring.level.tolist() == [0, 2, 3, 4, 1, 2, 5]
    assert made.wiring.id.tolist() == [0, 1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("parts", "error", "message"),
    [
        ({"source": [0], "target": [1]}, EditError, "edge 0 -> 1 is there already"),
        ({"source": [3], "target": [1]}, GraphError, "edge 3 -> 1: level 3 to level 1"),
        ({"source": [1], "target": [1]}, GraphError, "edge 1 -> 1"),
        ({"source": [0], "target": [4]}, EditError, r"Edit.target: row 4..4 is outside 0..3"),
        ({"removed_edges": [5]}, EditError, "Edit.removed_edges: row 5"),
        ({"set_edges": [-1]}, EditError, "Edit.set_edges: row -1"),
        ({"copy_state": [5], "source": [0], "target": [3]}, EditError, "Edit.copy_state"),
        ({"removed_neurons": [3]}, EditError, "neuron 3 is an output"),
        ({"removed_neurons": [0]}, EditError, "neuron 0 is an input"),
        ({"removed_neurons": [1], "source": [1], "target": [3]}, EditError, "1 -> 3 .*removed neuron"),
        ({"new_level": [0]}, EditError, "new neuron at level 0"),
        ({"source": [0], "target": [3], "weight": [np.nan]}, GraphError, "edge 0 -> 3: weight nan"),
        ({"set_edges": [2], "set_weight": [np.inf]}, GraphError, "edge 1 -> 2: weight inf"),
        ({"set_neurons": [0], "set_bias": [1.0]}, GraphError, "neuron 0: bias"),
        ({"new_level": [1], "new_activation": [6]}, GraphError, "neuron 4: unknown activation 6"),
    ],
)
def test_an_edit_that_does_not_fit(parts: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        apply(braess_diamond(), Edit(4, 1, **parts), 1)


@pytest.mark.filterwarnings("error")
def test_a_weight_too_large_for_the_dtype_names_its_edge() -> None:
    with pytest.raises(GraphError, match="edge 0 -> 3: weight inf"):
        apply(braess_diamond(), Edit(4, 1, source=[0], target=[3], weight=[1e300]), 1)


def test_an_edit_for_another_graph() -> None:
    with pytest.raises(EditError, match="made for 5 neurons applied to 4"):
        apply(braess_diamond(), Edit(5, 0), 1)


class Growing(RuleBasedStateMachine):
    """A run: random edits, trials that are rolled back, and everything checked after each."""

    @initialize(seed=seeds, share=st.sampled_from([0.0, 0.3, 1.0]))
    def start(self, seed: int, share: float) -> None:
        rng = np.random.default_rng(seed)
        sizes = rng.integers(1, 5, rng.integers(2, 5)).tolist()
        self.first = self.graph = random_graph(sizes, share, rng, [np.float32, np.float64][seed % 2])
        self.remap = identity_remap(self.graph.wiring)
        self.state = np.arange(1, self.graph.edges + 1)
        self.carried = self.state
        self.retired: set[int] = set()
        self.event = 10

    def step(self, edit: Edit) -> None:
        """Apply, check and move on."""
        self.event += 1
        old = self.graph
        new, remap = apply(old, edit, self.event)
        assert Model.of(new) == model_apply(old, edit, self.event)
        check_remap(old, new, remap)
        assert int(edit.net_edges(old.wiring).sum()) == new.edges - old.edges
        change = difference(old, new)
        assert patch(old, change).same(new)
        assert patch(new, change.inverse).same(old)
        assert not self.retired & set(new.wiring.id.tolist())
        self.retired |= set(old.wiring.id.tolist()) - set(new.wiring.id.tolist())
        self.remap, self.carried = self.remap.then(remap), moved(remap, self.carried)
        self.graph = new

    @rule(seed=seeds)
    def edit(self, seed: int) -> None:
        self.step(random_edit(self.graph, np.random.default_rng(seed)))

    @rule(seed=seeds, count=st.integers(0, 3))
    def first_groups(self, seed: int, count: int) -> None:
        self.step(random_edit(self.graph, np.random.default_rng(seed)).keep(np.arange(3) < count))

    @rule(seed=seeds)
    def cut(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        edit = random_edit(self.graph, rng)
        self.step(edit.without_edges(rng.random(edit.source.size) < 0.5))

    @rule(seed=seeds)
    def joined(self, seed: int) -> None:
        wiring = self.graph.wiring
        opens = Edit(wiring.neurons, 1, new_level=[1, 1], new_opens=[True, False])
        self.step(join([random_edit(self.graph, np.random.default_rng(seed)), opens], wiring))

    @rule()
    def all_edges_go(self) -> None:
        self.step(Edit(self.graph.neurons, 1, removed_edges=np.arange(self.graph.edges)))

    @invariant()
    def holds(self) -> None:
        wiring = self.graph.wiring
        assert (wiring.level[wiring.source] < wiring.level[wiring.target]).all()
        pairs = list(zip(wiring.target.tolist(), wiring.source.tolist(), strict=True))
        assert pairs == sorted(set(pairs))
        assert (np.diff(wiring.id) > 0).all()
        assert ((wiring.role == Role.INPUT) == (wiring.level == 0)).all()
        assert not wiring.source.flags.writeable
        assert Wiring(**{name: getattr(wiring, name) for name in Wiring.__dataclass_fields__}).same(wiring)

    @invariant()
    def whole_way_is_one_step(self) -> None:
        check_remap(self.first, self.graph, self.remap)
        assert moved(self.remap, self.state).tolist() == self.carried.tolist()
        change = difference(self.first, self.graph)
        assert patch(self.first, change).same(self.graph)
        assert patch(self.graph, change.inverse).same(self.first)


TestGrowing = Growing.TestCase
TestGrowing.settings = settings(max_examples=40, stateful_step_count=8, deadline=None)
