"""Invariants of a wiring and what it derives."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from graphgrow import Activation, Graph, Role, Wiring
from graphgrow.errors import GraphError
from tests.strategies import graphs


def small(**changes: Any) -> Wiring:
    """Ids 10, 20, 30, 40 on levels 0, 0, 1, 2 with edges 10->30, 20->30, 30->40."""
    parts: dict[str, Any] = {
        "id": [10, 20, 30, 40],
        "level": [0, 0, 1, 2],
        "role": [0, 0, 1, 2],
        "activation": [0, 0, 1, 0],
        "neuron_born": [0] * 4,
        "parent": [-1] * 4,
        "source": [0, 1, 2],
        "target": [2, 2, 3],
        "edge_born": [0] * 3,
    }
    return Wiring(**{**parts, **changes})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"id": [10, 30, 20, 40]}, "id 20 .*not above"),
        ({"id": [-1, 20, 30, 40]}, "row 0: id -1"),
        ({"id": [10, 10, 30, 40]}, "row 1: id 10"),
        ({"level": [0, 0, -1, 2]}, "neuron 30: level -1"),
        ({"level": [0, 0, 0, 2]}, "neuron 30: role hidden at level 0"),
        ({"level": [0, 1, 2, 3]}, "neuron 20: role input at level 1"),
        ({"role": [0, 0, 3, 2]}, "neuron 30: unknown role 3"),
        ({"activation": [0, 0, 6, 0]}, "neuron 30: unknown activation 6.*5 tanh"),
        ({"activation": [0, 1, 1, 0]}, "neuron 20: an input must"),
        ({"source": [0, 1, 4]}, "edge row 2: rows 4 -> 3 do not exist"),
        ({"target": [2, 2, -1]}, "edge row 2: rows 2 -> -1"),
        ({"level": [0, 0, 2, 1]}, "edge 30 -> 40: level 2 to level 1"),
        ({"level": [0, 0, 2, 2]}, "edge 30 -> 40: level 2 to level 2"),
        ({"source": [0, 0, 2]}, "edge 10 -> 30: given twice"),
        ({"source": [1, 0, 2]}, "edge 10 -> 30: out of order"),
        ({"source": [2, 0, 1], "target": [3, 2, 2]}, "edge 10 -> 30: out of order"),
        ({"source": [0, 1]}, "Wiring.target: expected 2 entries, got 3"),
        ({"level": [0, 0, 1]}, "Wiring.level: expected 4 entries, got 3"),
        ({"level": [0, 0, 1.5, 2]}, "Wiring.level: expected whole numbers"),
        ({"next_id": 40}, "next_id 40 was issued already"),
    ],
)
def test_a_broken_invariant_is_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(GraphError, match=message):
        small(**changes)


def test_a_cycle_cannot_be_given_levels() -> None:
    with pytest.raises(GraphError, match="edge 40 -> 30: level 2 to level 1"):
        small(source=[0, 3, 2], target=[2, 2, 3])


def test_what_is_derived() -> None:
    made = small()
    assert made.neurons == 4
    assert made.edges == 3
    assert made.pointer.tolist() == [0, 0, 0, 2, 3]
    assert made.fan_in.tolist() == [0, 0, 2, 1]
    assert made.fan_out.tolist() == [1, 1, 1, 0]
    assert made.depth.tolist() == [0, 0, 1, 2]
    assert made.next_id == 41
    assert made.rows(Role.INPUT).tolist() == [0, 1]
    assert made.edge_rows(np.array([1, 2, 3, 0]), np.array([2, 3, 2, 3])).tolist() == [1, 2, -1, -1]


def test_edge_rows_of_rows_that_do_not_exist() -> None:
    made = small()
    # Row numbers past the end must not be mistaken for another pair: 2 * 4 + 1 = 1 * 4 + 5.
    assert made.edge_rows(np.array([5, -3]), np.array([1, 3])).tolist() == [-1, -1]


def test_nothing_at_all_is_a_wiring() -> None:
    empty = Wiring(*([[]] * 6), source=[], target=[], edge_born=[])  # type: ignore[arg-type]
    assert (empty.neurons, empty.edges, empty.next_id) == (0, 0, 0)
    assert empty.depth.size == empty.levels.size == 0
    assert empty.pointer.tolist() == [0]


@given(graphs())
def test_arrays_are_read_only_and_apart_from_what_was_given(graph: Graph) -> None:
    level = graph.wiring.level.copy()
    made = replace(graph.wiring, level=level)
    level[:] = 99
    assert made.same(graph.wiring)
    for name in ("id", "level", "source", "target", "pointer", "out_order", "depth", "level_order", "levels", "rank"):
        assert not getattr(made, name).flags.writeable, name


@given(graphs())
def test_derived_arrays_agree_with_the_edges_one_by_one(graph: Graph) -> None:
    wiring = graph.wiring
    pairs = list(zip(wiring.source.tolist(), wiring.target.tolist(), strict=True))
    for row in range(wiring.neurons):
        into = [at for at, (_, target) in enumerate(pairs) if target == row]
        assert into == list(range(wiring.pointer[row], wiring.pointer[row + 1]))
        assert wiring.fan_out[row] == sum(source == row for source, _ in pairs)
        assert wiring.rank[row] == len({level for level in wiring.level.tolist() if level < wiring.level[row]})
    assert [pairs[at] for at in wiring.out_order] == sorted(pairs)
    assert wiring.edge_rows(wiring.source, wiring.target).tolist() == list(range(wiring.edges))
    assert wiring.level_order.tolist() == sorted(range(wiring.neurons), key=lambda row: (wiring.level[row], row))
    assert (wiring.depth <= wiring.rank).all()


@given(graphs())
def test_same_sees_every_field(graph: Graph) -> None:
    wiring = graph.wiring
    assert wiring.same(replace(wiring))
    assert not wiring.same(replace(wiring, next_id=wiring.next_id + 1))
    assert not wiring.same(replace(wiring, parent=wiring.parent + 1))
    assert not wiring.same(replace(wiring, neuron_born=wiring.neuron_born + 1))
    if wiring.edges:
        assert not wiring.same(replace(wiring, edge_born=wiring.edge_born + 1))


def test_activations_have_settled_numbers() -> None:
    assert [item.name.lower() for item in Activation] == ["identity", "relu", "leaky_relu", "gelu", "sigmoid", "tanh"]
