"""The CPU kernel: numba loops over the slots of a plan, for float32 and float64."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from weakref import WeakKeyDictionary

import numba
import numpy as np
import torch
from torch import Tensor

from graphgrow.arrays import Array, frozen
from graphgrow.engine.kernels import schedules
from graphgrow.engine.kernels.kernel import Kernel, Loss, Step
from graphgrow.engine.plan import Plan

Room = tuple[Tensor, Tensor, Tensor]
LANES = 64  # columns that a part should have a multiple of, if there are enough


@dataclass(frozen=True)
class Sharing:
    """From how much work on it is shared out to threads; all schedules give the same bits, so only speed is at stake.

    Attributes
    ----------
    product, step : edges times batch, for one product and for a whole step.
    rows : edges from which rows are shared out and not columns: values that no longer stay in a core's cache would be
        read once per thread.
    members : members per thread from which a thread takes whole members.
    """

    product: int = 1 << 22
    step: int = 1 << 21
    rows: int = 1 << 21
    members: int = 4


class Cpu(Kernel):
    """numba on the CPU; bit-equal from run to run and for any number of threads."""

    rank = 1

    def __init__(self, sharing: Sharing | None = None) -> None:
        self.sharing = sharing or Sharing()
        # Activations and deltas of a step, kept for the next one: fresh memory costs a page fault every 4 KiB. A list
        # per plan, so that a step on another thread takes its own.
        self._scratch: WeakKeyDictionary[Plan, list[Room]] = WeakKeyDictionary()

    def __reduce__(self) -> tuple[type[Cpu], tuple[Sharing]]:
        # A copy has no memory yet.
        return Cpu, (self.sharing,)

    def able(self, values: Tensor) -> bool:
        """float32 and float64 on the CPU."""
        return values.device.type == "cpu" and values.dtype in (torch.float32, torch.float64)

    def forward(
        self, plan: Plan, values: Tensor, bias: Tensor, state: Tensor, before: Tensor, first: int, last: int
    ) -> None:
        """As Kernel.forward."""
        start, stop, levels = _span(plan, first, last)
        edges = int(plan.pointer[stop] - plan.pointer[start])
        run, bounds = self._parts(edges, state.shape[1], self.sharing.product)
        rest = (plan.column, plan.activation, _flat(values), _flat(bias), plan.inputs, _array(state), _array(before))
        if run == "rows" and plan.members == 1:
            schedules.forward_rows(levels, bounds, plan.pointer, *rest)
        else:
            loop = schedules.forward_one if run == "one" else schedules.forward_columns
            loop(start, stop, bounds, plan.pointer, *rest)

    def backward(
        self,
        plan: Plan,
        values: Tensor,
        state: Tensor,
        before: Tensor,
        grad: Tensor,
        first: int,
        last: int,
        earlier: bool,
        seeded: Array,
    ) -> tuple[Tensor, Tensor]:
        """As Kernel.backward."""
        start, stop, levels = _span(plan, first, last)
        edges, batch = int(plan.pointer[stop] - plan.pointer[start]), state.shape[1]
        run, bounds = self._parts(edges, batch, self.sharing.product)
        arrays = (_flat(values), _array(state), _array(before), _array(grad))
        back = (plan.back_row, plan.back_value, plan.activation, seeded, *arrays, start, stop)
        for spans, slope in ((levels, True), (frozen(np.array([0, start])), False))[: 1 + earlier]:
            if run == "rows" and plan.members == 1:
                schedules.backward_rows(spans, bounds, plan.back_pointer, *back, slope)
            else:
                loop = schedules.backward_one if run == "one" else schedules.backward_columns
                loop(spans[0], spans[-1], bounds, plan.back_pointer, *back, slope)
        whole = edges == plan.edges and stop - start == plan.neurons - plan.inputs
        made = np.empty if whole else np.zeros
        grad_values = made(plan.edges, arrays[0].dtype)
        grad_bias = made(plan.neurons - plan.inputs, arrays[0].dtype)
        sum_up = schedules.gradients_one if run == "one" else schedules.gradients_rows
        sum_up(start, stop, plan.pointer, plan.column, arrays[1], arrays[3], plan.inputs, grad_values, grad_bias)
        return torch.from_numpy(grad_values), torch.from_numpy(grad_bias)

    def step(
        self, plan: Plan, values: Tensor, bias: Tensor, x: Tensor, target: Tensor, loss: Loss, gradients: bool
    ) -> Step:
        """As Kernel.step."""
        batch, inputs = x.shape[1], plan.inputs
        run, bounds = self._parts(plan.edges, batch, self.sharing.step)
        kept = self._scratch.setdefault(plan, [])
        state, grad, before = _taken(kept, plan, values, batch)
        # Results are torch's own memory: its start is aligned to cache lines.
        outputs, losses = values.new_empty((plan.outputs.size, batch)), values.new_empty((plan.members, batch))
        means, grad_values, grad_bias = losses.new_empty(plan.members), torch.empty_like(values), torch.empty_like(bias)
        truth, weights = np.ascontiguousarray(target.numpy()), _flat(values)
        labels = loss is Loss.CROSS_ENTROPY
        arguments = (
            bounds, _rows(x, state), state.numpy(), grad.numpy(), before.numpy(), gradients,
            grad_values.numpy(force=True), grad_bias.numpy(force=True), weights, _flat(bias), inputs,
            truth if labels else np.zeros(0, np.int64), np.zeros((0, 0), weights.dtype) if labels else truth, int(loss),
            losses.numpy(), means.numpy(), outputs.numpy(), plan.member, plan.pointer, plan.column, plan.back_pointer,
            plan.back_row, plan.back_value, plan.activation, plan.is_output, plan.outputs,
        )  # fmt: skip
        if run == "rows" and plan.members == 1:
            schedules.step_rows(plan.level_pointer[1:], *arguments)
        else:
            whole = plan.members >= self.sharing.members * numba.get_num_threads()
            many = schedules.step_members if whole else schedules.step_columns
            (schedules.step_one if run == "one" else many)(*arguments)
        kept.append((state, grad, before))
        grads = (grad_values, grad_bias) if gradients else (None, None)
        return Step(means, outputs, losses, *grads)

    def _parts(self, edges: int, batch: int, many_from: int) -> tuple[str, Array]:
        """How to share out a product of these sizes, and the columns where its parts begin."""
        _start_threads()
        threads = numba.get_num_threads()
        if threads == 1 or not batch or edges * batch < many_from:
            return "one", np.array([0, batch])
        lanes = LANES if batch >= LANES * threads else LANES // 4
        pieces = -(-batch // lanes)
        parts = min(threads, pieces)
        bounds = np.minimum(np.arange(parts + 1) * pieces // parts * lanes, batch)
        return ("rows" if edges >= self.sharing.rows or parts < threads else "columns"), bounds


def _taken(kept: list[Room], plan: Plan, values: Tensor, batch: int) -> Room:
    """Room that was kept, if it fits, or new: activations, deltas and pre-activations, float (neurons, batch)."""
    try:
        # Not "if kept": another thread may take the last one in between.
        state, grad, before = kept.pop()
        if state.shape[1] == batch and state.dtype == values.dtype:
            return state, grad, before
    except IndexError:
        pass
    state = values.new_empty((plan.neurons, batch), requires_grad=False)
    before = torch.empty_like(state) if plan.keeps_before else state.new_empty((0, 0))
    return state, torch.empty_like(state), before


def _rows(x: Tensor, state: Tensor) -> Array:
    """Inputs (batch, inputs) for the kernel to transpose; none where they were copied to the state already."""
    rows: Array = x.numpy(force=True).T
    if rows.flags.c_contiguous:
        return rows
    np.copyto(state.numpy()[: x.shape[0]], rows.T)
    return np.zeros((x.shape[1], 0), rows.dtype)


def _span(plan: Plan, first: int, last: int) -> tuple[int, int, Array]:
    """Slots from level `first` to before level `last`, and where each of these levels begins.

    The slots of several members follow each other, each in level order: in ascending order all of them can be run.
    """
    if plan.members > 1:
        return plan.inputs, plan.neurons, plan.member
    levels = plan.level_pointer[max(first, 1) : max(last, first, 1) + 1]
    return int(levels[0]), int(levels[-1]), levels


@cache
def _start_threads() -> None:
    """Start numba's threads, which resets the number of torch's where both use one OpenMP, and put that right again."""
    before = torch.get_num_threads()
    numba.get_num_threads()
    if torch.get_num_threads() != before:
        torch.set_num_threads(before)


def _flat(parameters: Tensor) -> Array:
    """Values or biases; the loops take no strides, and parameters that another module computes may have some."""
    return np.ascontiguousarray(_array(parameters))


def _array(tensor: Tensor) -> Array:
    """The tensor's memory as a numpy array, without a copy."""
    array: Array = tensor.numpy(force=True)
    return array


KERNEL = Cpu()
