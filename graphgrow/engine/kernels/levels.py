"""The edges of each level as torch's sparse matrices want them; made once per plan and device."""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import Tensor

from graphgrow.arrays import Array
from graphgrow.engine.plan import Plan
from graphgrow.graph.order import slices
from graphgrow.graph.wiring import Activation


@dataclass(frozen=True, eq=False)
class Level:
    """One level of all members of a plan, with its in-edges by target and by source.

    Rows are the level's slots in the order of the plan; columns are the slots in [low, high), counted from `low`.

    Attributes
    ----------
    slots, bias, values : places of the level's slots, of their biases and of the values that end in them; a slice where
        they follow one another.
    low, high : the span of slots that all sources lie in.
    pointer, column : int32 (rows + 1,) and (edges,).
    back_pointer, back_row, back_order : int32 (columns + 1,), (edges,) and (edges,); the last says which of the level's
        values each of these edges has.
    codes : the activations that are not the identity, each with the rows that have it; None for all rows.
    """

    slots: slice | Tensor
    bias: slice | Tensor
    values: slice | Tensor
    low: int
    high: int
    pointer: Tensor
    column: Tensor
    back_pointer: Tensor
    back_row: Tensor
    back_order: Tensor
    codes: tuple[tuple[Activation, Tensor | None], ...]


# Weak, so that a network which has grown frees the arrays of what it was.
_known: WeakKeyDictionary[Plan, dict[torch.device, tuple[Level, ...]]] = WeakKeyDictionary()


def levels(plan: Plan, device: torch.device) -> tuple[Level, ...]:
    """All levels but that of the inputs, in order; copied to the device at the first call."""
    known = _known.setdefault(plan, {})
    if device not in known:
        known[device] = tuple(_made(plan, level, device) for level in range(1, plan.levels))
    return known[device]


def _made(plan: Plan, level: int, device: torch.device) -> Level:
    slots = plan.order[int(plan.level_pointer[level]) : int(plan.level_pointer[level + 1])].astype(np.int64)
    counts = np.diff(plan.pointer)[slots]
    values = slices(plan.pointer, slots)
    source = plan.column[values]
    low, high = (int(source.min()), int(source.max()) + 1) if source.size else (0, 0)
    column = source - low
    # Stable, so that the targets of each source ascend as the rows do.
    order = np.argsort(column, kind="stable")
    row = np.repeat(np.arange(slots.size), counts)

    def moved(array: Array) -> Tensor:
        return torch.from_numpy(array.astype(np.int32)).to(device)

    return Level(
        slots=_places(slots, device),
        bias=_places(slots - plan.inputs, device),
        values=_places(values, device),
        low=low,
        high=high,
        pointer=moved(np.concatenate([[0], np.cumsum(counts)])),
        column=moved(column),
        back_pointer=moved(np.concatenate([[0], np.cumsum(np.bincount(column))])),
        back_row=moved(row[order]),
        back_order=moved(order),
        codes=_codes(plan.activation[slots], device),
    )


def _places(index: Array, device: torch.device) -> slice | Tensor:
    """Ascending places, as a slice where they follow one another: reading through it copies nothing."""
    if not index.size:
        return slice(0, 0)
    first, last = int(index[0]), int(index[-1])
    if last - first + 1 == index.size:
        return slice(first, last + 1)
    return torch.from_numpy(index.astype(np.int64)).to(device)


def _codes(codes: Array, device: torch.device) -> tuple[tuple[Activation, Tensor | None], ...]:
    present = np.unique(codes)
    if present.size == 1:
        only = Activation(int(present[0]))
        return () if only == Activation.IDENTITY else ((only, None),)
    return tuple(
        (Activation(code), torch.from_numpy(np.flatnonzero(codes == code)).to(device))
        for code in present.tolist()
        if code != Activation.IDENTITY
    )
