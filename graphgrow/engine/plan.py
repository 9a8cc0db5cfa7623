"""Compiling wirings into the index arrays that kernels run over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from graphgrow.arrays import Array, frozen
from graphgrow.errors import GraphError
from graphgrow.graph.blocks import blocks, taken
from graphgrow.graph.wiring import Activation, Role, Wiring


@dataclass(frozen=True, eq=False)
class Plan:
    """Compiled wirings; weights never change a Plan.

    A slot is a neuron's place: the inputs first, then member after member, each in level-major order. Most plans have
    one member; a population has many, which share the inputs and nothing else. Value p is the p-th edge sorted by
    (target slot, source slot), so that the values of a member stand together too.

    Attributes
    ----------
    row : int32 (neurons,), slot -> row in the member's graph.
    slot : int32 (neurons,), graph row -> slot; for plans of one member.
    member : int64 (members + 1,), first slot of each member after the inputs.
    order : int32 (neurons,), slots by level; with one member slots are in this order already.
    level_pointer : int64 (levels + 1,), where in `order` the k-th occupied level begins.
    pointer : int64 (neurons + 1,), values that end in each slot.
    column : int32 (edges,), source slot of each value.
    edge : int32 (edges,), edge row of each value in the member's graph.
    back_pointer : int64 (neurons + 1,), out-edges of each slot, by ascending target slot.
    back_row, back_value : int32 (edges,), target slot and value of each out-edge.
    activation : uint8 (neurons,), by slot.
    outputs : int64 (outputs,), slots of the outputs, member after member, in row order.
    last_reader : int32 (neurons,), the last level (as an index) that reads this slot, -1 for none.
    inputs : number of inputs.
    """

    row: Array
    slot: Array
    member: Array
    order: Array
    level_pointer: Array
    pointer: Array
    column: Array
    edge: Array
    back_pointer: Array
    back_row: Array
    back_value: Array
    activation: Array
    outputs: Array
    last_reader: Array
    inputs: int

    def __deepcopy__(self, memo: dict[int, Any]) -> Plan:
        # Nothing in it changes, so copies of a network share it.
        return self

    def __setstate__(self, state: dict[str, Any]) -> None:
        # Arrays come back writable; loops compiled for read-only ones would be compiled once more.
        held = {name: frozen(value) if isinstance(value, np.ndarray) else value for name, value in state.items()}
        self.__dict__.update(held)

    @property
    def neurons(self) -> int:
        """Number of neurons, shared inputs counted once."""
        return int(self.activation.shape[0])

    @property
    def edges(self) -> int:
        """Number of edges."""
        return int(self.column.shape[0])

    @property
    def levels(self) -> int:
        """Number of occupied levels."""
        return int(self.level_pointer.shape[0]) - 1

    @property
    def members(self) -> int:
        """Number of networks in this plan."""
        return int(self.member.shape[0]) - 1

    @cached_property
    def values_of(self) -> Array:
        """int64 (members + 1,): first value of each member."""
        return frozen(self.pointer[self.member])

    @cached_property
    def is_output(self) -> Array:
        """bool (neurons,), by slot."""
        made = np.zeros(self.neurons, bool)
        made[self.outputs] = True
        return frozen(made)

    @cached_property
    def keeps_before(self) -> bool:
        """Whether the backward pass needs pre-activations: only GELU's slope cannot be told from its value."""
        return bool((self.activation == Activation.GELU).any())


def compile(wiring: Wiring) -> Plan:
    """The Plan of a wiring.

    Raises
    ------
    GraphError
        The wiring has no input or no output, so there is nothing to run.
    """
    outputs = wiring.rows(Role.OUTPUT)
    inputs = int(wiring.rows(Role.INPUT).size)
    if not inputs or not outputs.size:
        raise GraphError(f"{inputs} inputs and {outputs.size} outputs: a network needs at least one of each")
    row, neurons = wiring.level_order, wiring.neurons
    slot = np.empty(neurons, np.int32)
    slot[row] = np.arange(neurons, dtype=np.int32)
    if bool((row[1:] > row[:-1]).all()):
        # Slots are rows, and edges stand in the order of values.
        pointer, column, edge = wiring.pointer, wiring.source, np.arange(wiring.edges, dtype=np.int32)
        back_pointer, back_row, back_value = _transposed(pointer, column, edge)
    else:
        # In-edges slot after slot, but each slot's sources by row: two counting sorts leave slots ascending everywhere.
        pointer = _pointer(wiring.fan_in[row])
        edge = np.repeat((wiring.pointer[row] - pointer[:-1]).astype(np.int32), wiring.fan_in[row])
        edge += np.arange(edge.size, dtype=np.int32)
        back_pointer, back_row, edge = _transposed(pointer, taken(slot, taken(wiring.source, edge)), edge)
        _, column, place = _transposed(back_pointer, back_row, np.arange(edge.size, dtype=np.int32))
        edge, back_value = taken(edge, place), np.empty(edge.size, np.int32)
        for part in blocks(edge.size):
            back_value[place[part]] = np.arange(part.start, part.stop, dtype=np.int32)
    last_reader = np.full(neurons, -1, np.int32)
    has_out = np.diff(back_pointer) > 0
    last_reader[has_out] = wiring.rank[row][back_row[back_pointer[1:][has_out] - 1]]
    sizes = np.bincount(wiring.rank, minlength=wiring.levels.size)
    return Plan(
        row=row,
        slot=frozen(slot),
        member=frozen(np.array([inputs, neurons], np.int64)),
        order=frozen(np.arange(neurons, dtype=np.int32)),
        level_pointer=frozen(_pointer(sizes)),
        pointer=frozen(pointer),
        column=frozen(column),
        edge=frozen(edge),
        back_pointer=frozen(back_pointer),
        back_row=frozen(back_row),
        back_value=frozen(back_value),
        activation=frozen(wiring.activation[row]),
        outputs=frozen(slot[outputs].astype(np.int64)),
        last_reader=frozen(last_reader),
        inputs=inputs,
    )


def join(plans: Sequence[Plan]) -> Plan:
    """One plan of many, which share their inputs; a single one stays as it is.

    Raises
    ------
    GraphError
        There is none, or the numbers of inputs differ.
    """
    if not plans or len({plan.inputs for plan in plans}) > 1:
        raise GraphError(f"inputs {sorted({plan.inputs for plan in plans})}: a population shares one set of inputs")
    if len(plans) == 1:
        return plans[0]
    inputs = plans[0].inputs
    # Inputs keep their slots, whatever the member; all other slots move behind those of the members before.
    shifts = np.cumsum([0, *(plan.neurons - inputs for plan in plans)])
    firsts = np.cumsum([0, *(plan.edges for plan in plans)])
    neurons, edges = inputs + int(shifts[-1]), int(firsts[-1])
    if edges >= 1 << 31 or neurons >= 1 << 31:
        raise GraphError(f"{edges} edges in one population: fewer than 2^31 fit, so make two populations")
    column = _joined([_moved(plan.column, inputs, shift) for plan, shift in zip(plans, shifts, strict=False)], np.int32)
    fan_in = np.concatenate([np.zeros(inputs, np.int64), *(np.diff(plan.pointer)[inputs:] for plan in plans)])
    pointer = _pointer(fan_in)
    back = csr_array((np.arange(edges, dtype=np.int32), column, pointer), shape=(neurons, neurons)).tocsc()
    level = np.concatenate([_levels(plans[0])[:inputs], *(_levels(plan)[inputs:] for plan in plans)])
    parts = (plans[0].row[:inputs], *(plan.row[inputs:] for plan in plans))
    return Plan(
        row=_joined(parts, np.int32),
        slot=frozen(np.zeros(0, np.int32)),
        member=frozen((inputs + shifts).astype(np.int64)),
        order=frozen(np.argsort(level, kind="stable").astype(np.int32)),
        level_pointer=frozen(_pointer(np.bincount(level))),
        pointer=frozen(pointer),
        column=column,
        edge=_joined([plan.edge for plan in plans], np.int32),
        back_pointer=frozen(back.indptr.astype(np.int64)),
        back_row=frozen(back.indices.astype(np.int32)),
        back_value=frozen(back.data),
        activation=_joined((plans[0].activation[:inputs], *(plan.activation[inputs:] for plan in plans)), np.uint8),
        outputs=_joined(
            [_moved(plan.outputs, inputs, shift) for plan, shift in zip(plans, shifts, strict=False)], np.int64
        ),
        last_reader=_joined(
            (
                np.max([plan.last_reader[:inputs] for plan in plans], axis=0),
                *(plan.last_reader[inputs:] for plan in plans),
            ),
            np.int32,
        ),
        inputs=inputs,
    )


def _levels(plan: Plan) -> Array:
    """int64 (neurons,): index of the level of each slot of a plan with one member."""
    return np.repeat(np.arange(plan.levels), np.diff(plan.level_pointer))


def _moved(slots: Array, inputs: int, shift: int) -> Array:
    """Slots of a member in the joined plan."""
    return np.where(slots < inputs, slots, slots + shift)


def _joined(parts: Sequence[Array], dtype: type) -> Array:
    return frozen(np.concatenate(parts).astype(dtype))


def _transposed(pointer: Array, column: Array, data: Array) -> tuple[Array, Array, Array]:
    """Pointer, row and data of a square CSR matrix by column, rows ascending: a counting sort."""
    size = pointer.size - 1
    made = csr_array((data, column, pointer), shape=(size, size)).tocsc()
    return made.indptr.astype(np.int64), made.indices.astype(np.int32, copy=False), made.data


def _pointer(counts: Array) -> Array:
    """int64 (size + 1,): start of each run."""
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
