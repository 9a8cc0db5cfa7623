"""Compiling a wiring into the index arrays that kernels run over."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphgrow.arrays import Array, frozen
from graphgrow.errors import GraphError
from graphgrow.graph.wiring import Role, Wiring


@dataclass(frozen=True, eq=False)
class Plan:
    """A compiled wiring; weights never change a Plan.

    A slot is a neuron's place in level-major order, so that each level is one contiguous block and inputs come first.
    Value p is the p-th edge sorted by (target slot, source slot).

    Attributes
    ----------
    row : int32 (neurons,), slot -> graph row.
    slot : int32 (neurons,), graph row -> slot.
    level_pointer : int64 (levels + 1,), slots of the k-th occupied level.
    pointer : int64 (neurons + 1,), values that end in each slot.
    column : int32 (edges,), source slot of each value.
    edge : int32 (edges,), graph edge row of each value.
    back_pointer : int64 (neurons + 1,), out-edges of each slot, by ascending target slot.
    back_row, back_value : int32 (edges,), target slot and value of each out-edge.
    activation : uint8 (neurons,), by slot.
    outputs : int64 (outputs,), slots of the outputs in row order.
    last_reader : int32 (neurons,), the last level (as an index) that reads this slot, -1 for none.
    inputs : number of inputs.
    """

    row: Array
    slot: Array
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

    @property
    def neurons(self) -> int:
        """Number of neurons."""
        return int(self.row.shape[0])

    @property
    def edges(self) -> int:
        """Number of edges."""
        return int(self.column.shape[0])

    @property
    def levels(self) -> int:
        """Number of occupied levels."""
        return int(self.level_pointer.shape[0]) - 1


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
    row = wiring.level_order
    slot = np.empty(wiring.neurons, np.int32)
    slot[row] = np.arange(wiring.neurons, dtype=np.int32)
    source, target = slot[wiring.source].astype(np.int64), slot[wiring.target].astype(np.int64)
    edge = np.argsort(target * wiring.neurons + source, kind="stable")
    column, owner = source[edge], target[edge]
    # Values are sorted by target, so a stable sort by source leaves each source's targets ascending.
    back_value = np.argsort(column, kind="stable")
    back_row = owner[back_value]
    back_pointer = _pointer(column, wiring.neurons)
    last_reader = np.full(wiring.neurons, -1, np.int32)
    has_out = np.diff(back_pointer) > 0
    last_reader[has_out] = wiring.rank[row][back_row[back_pointer[1:][has_out] - 1]]
    sizes = np.bincount(wiring.rank, minlength=wiring.levels.size)
    return Plan(
        row=row,
        slot=frozen(slot),
        level_pointer=frozen(np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)),
        pointer=frozen(_pointer(owner, wiring.neurons)),
        column=frozen(column.astype(np.int32)),
        edge=frozen(edge.astype(np.int32)),
        back_pointer=frozen(back_pointer),
        back_row=frozen(back_row.astype(np.int32)),
        back_value=frozen(back_value.astype(np.int32)),
        activation=frozen(wiring.activation[row]),
        outputs=frozen(slot[outputs].astype(np.int64)),
        last_reader=frozen(last_reader),
        inputs=inputs,
    )


def _pointer(owner: Array, size: int) -> Array:
    """int64 (size + 1,): start of each owner's run."""
    return np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=size))]).astype(np.int64)
