"""Compiled wirings against what brute force says."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given

from graphgrow import Graph, Role
from graphgrow.arrays import Array
from graphgrow.engine import Plan, compile
from graphgrow.errors import GraphError
from graphgrow.graph.builders import chain, wiring
from tests.engine.dense import runs
from tests.strategies import graphs

networks = graphs().filter(runs)


def pairs_by_target(plan: Plan) -> list[tuple[int, int]]:
    """(target slot, source slot) of every value, in value order."""
    owner = np.repeat(np.arange(plan.neurons), np.diff(plan.pointer))
    return list(zip(owner.tolist(), plan.column.tolist(), strict=True))


def pairs_by_source(plan: Plan) -> list[tuple[int, int]]:
    """(source slot, target slot) of every out-edge."""
    owner = np.repeat(np.arange(plan.neurons), np.diff(plan.back_pointer))
    return list(zip(owner.tolist(), plan.back_row.tolist(), strict=True))


@given(networks)
def test_slots_and_rows_are_inverse_and_level_major(graph: Graph) -> None:
    made, structure = compile(graph.wiring), graph.wiring
    assert made.row[made.slot].tolist() == list(range(graph.neurons))
    assert made.slot[made.row].tolist() == list(range(graph.neurons))
    expected = sorted(range(graph.neurons), key=lambda row: (structure.level[row], row))
    assert made.row.tolist() == expected
    assert made.activation.tolist() == structure.activation[expected].tolist()


@given(networks)
def test_inputs_come_first_and_outputs_in_row_order(graph: Graph) -> None:
    made, structure = compile(graph.wiring), graph.wiring
    assert made.row[: made.inputs].tolist() == structure.rows(Role.INPUT).tolist()
    assert made.row[made.outputs].tolist() == structure.rows(Role.OUTPUT).tolist()


@given(networks)
def test_level_pointer_cuts_at_every_occupied_level(graph: Graph) -> None:
    made, structure = compile(graph.wiring), graph.wiring
    occupied = sorted(set(structure.level.tolist()))
    assert made.levels == len(occupied)
    for at, level in enumerate(occupied):
        block = made.row[made.level_pointer[at] : made.level_pointer[at + 1]]
        assert block.tolist() == np.flatnonzero(structure.level == level).tolist()
    assert made.level_pointer[-1] == graph.neurons


@given(networks)
def test_both_orientations_hold_exactly_the_edges(graph: Graph) -> None:
    made, structure = compile(graph.wiring), graph.wiring
    ends = zip(made.slot[structure.target].tolist(), made.slot[structure.source].tolist(), strict=True)
    forward = pairs_by_target(made)
    assert forward == sorted(ends)
    assert sorted(made.edge.tolist()) == list(range(graph.edges))
    for p, (target, source) in enumerate(forward):
        edge = made.edge[p]
        assert (made.row[target], made.row[source]) == (structure.target[edge], structure.source[edge])
    backward = pairs_by_source(made)
    assert backward == sorted((source, target) for target, source in forward)
    assert [forward[p] for p in made.back_value.tolist()] == [(target, source) for source, target in backward]


@given(networks)
def test_last_reader_is_the_last_level_that_reads(graph: Graph) -> None:
    made, structure = compile(graph.wiring), graph.wiring
    occupied = sorted(set(structure.level.tolist()))
    for slot, row in enumerate(made.row.tolist()):
        readers = [
            occupied.index(level) for level in structure.level[structure.target[structure.source == row]].tolist()
        ]
        assert made.last_reader[slot] == max(readers, default=-1)


@given(networks)
def test_arrays_are_typed_and_read_only(graph: Graph) -> None:
    made = compile(graph.wiring)
    arrays: dict[str, Array] = {item.name: getattr(made, item.name) for item in fields(made) if item.name != "inputs"}
    wide = {name for name, array in arrays.items() if array.dtype == np.int64}
    assert wide == {"member", "level_pointer", "pointer", "back_pointer", "outputs"}
    assert {name for name, array in arrays.items() if array.dtype == np.int32} == arrays.keys() - wide - {"activation"}
    assert not any(array.flags.writeable for array in arrays.values())
    assert (made.neurons, made.edges) == (graph.neurons, graph.edges)


def test_gaps_between_levels_take_no_level() -> None:
    made = compile(wiring([0, 7, 3, 7], [0, 2, 0], [2, 1, 3]))
    assert made.levels == 3
    assert made.level_pointer.tolist() == [0, 1, 2, 4]
    assert made.row.tolist() == [0, 2, 1, 3]
    assert made.last_reader.tolist() == [2, 2, -1, -1]


def test_outputs_on_several_levels() -> None:
    role = [Role.INPUT, Role.OUTPUT, Role.OUTPUT, Role.OUTPUT]
    made = compile(wiring([0, 3, 1, 2], [0, 2, 3], [2, 3, 1], role=role))
    assert made.outputs.tolist() == [3, 1, 2]


@pytest.mark.parametrize("role", [[Role.INPUT, Role.HIDDEN], [Role.INPUT, Role.INPUT]])
def test_no_outputs(role: list[Role]) -> None:
    level = [int(item != Role.INPUT) for item in role]
    with pytest.raises(GraphError, match="0 outputs: a network needs at least one of each"):
        compile(wiring(level, [], [], role=role))


def test_no_inputs() -> None:
    with pytest.raises(GraphError, match="0 inputs and 1 outputs: a network needs"):
        compile(wiring([1], [], [], role=[Role.OUTPUT]))


def test_no_edges() -> None:
    made = compile(wiring([0, 1], [], []))
    assert (made.edges, made.pointer.tolist(), made.back_pointer.tolist()) == (0, [0, 0, 0], [0, 0, 0])
    assert made.last_reader.tolist() == [-1, -1]


def test_a_plan_knows_nothing_of_weights() -> None:
    graph = chain(2)
    other = graph.with_weights(graph.weight * 2, graph.bias)
    first, second = compile(graph.wiring), compile(other.wiring)
    assert all(np.array_equal(getattr(first, item.name), getattr(second, item.name)) for item in fields(first))
