"""A plan's index arrays on a device, in the order in which programs are launched; made once per plan and device."""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import Tensor

from graphgrow.arrays import Array
from graphgrow.engine.plan import Plan

LONG = 128  # edges from which a row gets more threads; a fact of the row alone, so company changes no bit
PIECE = 16  # edges of one row whose gradients one program sums


@dataclass(frozen=True, eq=False)
class Rows:
    """The slots of all levels, the longest of each level first, so that no long row starts when all others are done.

    Attributes
    ----------
    slots : int32 (neurons,), on the device.
    bounds : where each level begins in `slots`, one more at the end.
    long : where in each level the rows shorter than LONG begin.
    """

    slots: Tensor
    bounds: tuple[int, ...]
    long: tuple[int, ...]

    def spans(self, level: int) -> tuple[tuple[int, int], tuple[int, int]]:
        """First slot and number of slots of a level's long rows and of its others."""
        begin, middle, end = self.bounds[level], self.long[level], self.bounds[level + 1]
        return (begin, middle - begin), (middle, end - middle)


@dataclass(frozen=True, eq=False)
class Indices:
    """All that the programs read beside parameters and states.

    Attributes
    ----------
    forward, backward : rows by number of in-edges and of out-edges.
    pointer, column, back_pointer, back_row, back_value, activation : those of the plan.
    is_output : uint8 (neurons,), 1 where the plan's is true.
    outputs : int64 (outputs,), those of the plan.
    level : int32 (neurons,), index of the level of each slot.
    piece_row, piece_begin : int32 and int64 (pieces,), up to PIECE edges of one row each; levels in ascending order.
    piece_bounds : where the pieces of each level begin, one more at the end.
    """

    forward: Rows
    backward: Rows
    pointer: Tensor
    column: Tensor
    back_pointer: Tensor
    back_row: Tensor
    back_value: Tensor
    activation: Tensor
    is_output: Tensor
    outputs: Tensor
    level: Tensor
    piece_row: Tensor
    piece_begin: Tensor
    piece_bounds: tuple[int, ...]


# Weak, so that a network which has grown frees the arrays of what it was.
_known: WeakKeyDictionary[Plan, dict[torch.device, Indices]] = WeakKeyDictionary()
_outputs: WeakKeyDictionary[Plan, dict[torch.device, Tensor]] = WeakKeyDictionary()


def indices(plan: Plan, device: torch.device) -> Indices:
    """The plan's indices on a device, copied there at the first call."""
    known = _known.setdefault(plan, {})
    if device not in known:
        known[device] = _made(plan, device)
    return known[device]


def output_slots(plan: Plan, device: torch.device) -> Tensor:
    """int64 (outputs,): the slots of the outputs on a device, copied there at the first call."""
    known = _outputs.setdefault(plan, {})
    if device not in known:
        known[device] = torch.from_numpy(plan.outputs.copy()).to(device)
    return known[device]


def _made(plan: Plan, device: torch.device) -> Indices:
    level = np.empty(plan.neurons, np.int32)
    level[plan.order] = np.repeat(np.arange(plan.levels, dtype=np.int32), np.diff(plan.level_pointer))
    piece_row, piece_begin, piece_bounds = _pieces(plan)

    def moved(array: Array) -> Tensor:
        # Copied, since torch would warn of memory that must not be written.
        return torch.from_numpy(array.copy()).to(device)

    return Indices(
        forward=_rows(plan, np.diff(plan.pointer), level, device),
        backward=_rows(plan, np.diff(plan.back_pointer), level, device),
        pointer=moved(plan.pointer),
        column=moved(plan.column),
        back_pointer=moved(plan.back_pointer),
        back_row=moved(plan.back_row),
        back_value=moved(plan.back_value),
        activation=moved(plan.activation),
        is_output=moved(plan.is_output.view(np.uint8)),
        outputs=output_slots(plan, device),
        level=moved(level),
        piece_row=moved(piece_row),
        piece_begin=moved(piece_begin),
        piece_bounds=piece_bounds,
    )


def _rows(plan: Plan, lengths: Array, level: Array, device: torch.device) -> Rows:
    """Slots by level, and by falling length within one."""
    slots = plan.order[np.lexsort((-lengths[plan.order], level[plan.order]))]
    many = np.bincount(level[lengths >= LONG], minlength=plan.levels)
    bounds = plan.level_pointer
    return Rows(torch.from_numpy(slots).to(device), tuple(bounds.tolist()), tuple((bounds[:-1] + many).tolist()))


def _pieces(plan: Plan) -> tuple[Array, Array, tuple[int, ...]]:
    """Row and first edge of each piece, and where the pieces of each level begin; an empty row has one empty piece."""
    own = np.maximum(1, -(-np.diff(plan.pointer) // PIECE))
    own[: plan.inputs] = 0
    row = np.repeat(plan.order, own[plan.order])
    ends = np.concatenate([[0], np.cumsum(own[plan.order])])
    number = np.arange(row.size) - np.repeat(ends[:-1], own[plan.order])
    return row, plan.pointer[row] + PIECE * number, tuple(ends[plan.level_pointer].tolist())
