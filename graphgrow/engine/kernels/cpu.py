"""The CPU kernel: numba loops over the levels of a plan, for float32 and float64."""

from __future__ import annotations

from functools import cache

import numba
import numpy as np
import torch
from torch import Tensor

from graphgrow.arrays import Array
from graphgrow.engine.kernels import loops
from graphgrow.engine.kernels.kernel import Kernel
from graphgrow.engine.plan import Plan

# Multiply-adds of a level from which its loop runs on all threads. Both give the same bits; the choice follows from the
# shape alone, so that a resume makes it again.
MANY_FROM = 1 << 22


class Cpu(Kernel):
    """numba on the CPU; bit-equal from run to run and for any number of threads."""

    rank = 1

    def able(self, values: Tensor) -> bool:
        """float32 and float64 on the CPU."""
        return values.device.type == "cpu" and values.dtype in (torch.float32, torch.float64)

    def forward(
        self, plan: Plan, values: Tensor, bias: Tensor, state: Tensor, before: Tensor, first: int, last: int
    ) -> None:
        """As Kernel.forward."""
        _start_threads()
        levels, batch = plan.level_pointer, state.shape[1]
        arrays = (_array(values), _array(bias), plan.inputs, _array(state), _array(before))
        for level in range(max(first, 1), last):
            start, stop = levels[level], levels[level + 1]
            run = loops.forward_many if _wide(plan.pointer, start, stop, batch) else loops.forward_one
            run(start, stop, plan.pointer, plan.column, plan.activation, *arrays)

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
    ) -> tuple[Tensor, Tensor]:
        """As Kernel.backward."""
        _start_threads()
        levels, batch = plan.level_pointer, state.shape[1]
        first = max(first, 1)
        floor, limit = levels[first], levels[last]
        arrays = (_array(values), _array(state), _array(before), _array(grad))
        back = (plan.back_pointer, plan.back_row, plan.back_value, plan.activation, *arrays, floor, limit)
        spans = [(levels[level], levels[level + 1], True) for level in range(last - 1, first - 1, -1)]
        for start, stop, slope in spans + [(0, floor, False)] * earlier:
            run = loops.backward_many if _wide(plan.back_pointer, start, stop, batch) else loops.backward_one
            run(start, stop, *back, slope)
        grad_values = np.zeros(plan.edges, arrays[0].dtype)
        grad_bias = np.zeros(plan.neurons - plan.inputs, arrays[0].dtype)
        run = loops.gradients_many if _wide(plan.pointer, floor, limit, batch) else loops.gradients_one
        run(floor, limit, plan.pointer, plan.column, arrays[1], arrays[3], plan.inputs, grad_values, grad_bias)
        return torch.from_numpy(grad_values), torch.from_numpy(grad_bias)


def _wide(pointer: Array, start: int, stop: int, batch: int) -> bool:
    """Whether the edges of these slots are work enough for all threads."""
    return bool((pointer[stop] - pointer[start]) * batch >= MANY_FROM)


@cache
def _start_threads() -> None:
    """Start numba's threads, which resets the number of torch's where both use one OpenMP, and put that right again."""
    before = torch.get_num_threads()
    numba.get_num_threads()
    if torch.get_num_threads() != before:
        torch.set_num_threads(before)


def _array(tensor: Tensor) -> Array:
    """The tensor's memory as a numpy array, without a copy."""
    array: Array = tensor.detach().numpy()
    return array


KERNEL = Cpu()
