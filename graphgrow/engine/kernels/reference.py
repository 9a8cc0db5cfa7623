"""The products in torch's own operations: slower, but on any device, for any floating-point dtype and without numba."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache

import numpy as np
import torch
from torch import Tensor

from graphgrow.arrays import Array
from graphgrow.engine.kernels.kernel import Kernel, Loss, Step
from graphgrow.engine.kernels.levels import levels
from graphgrow.engine.kernels.objective import composed
from graphgrow.engine.plan import Plan
from graphgrow.graph.wiring import Activation

SLOPE = 0.01
ACTIVATIONS: dict[Activation, Callable[[Tensor], Tensor]] = {
    Activation.RELU: torch.relu,
    Activation.LEAKY_RELU: lambda z: torch.nn.functional.leaky_relu(z, SLOPE),
    Activation.GELU: torch.nn.functional.gelu,
    Activation.SIGMOID: torch.sigmoid,
    Activation.TANH: torch.tanh,
}
SPARSE = frozenset({"cpu", "cuda"})  # devices with torch's sparse products, which take float32 and float64


def _slope(code: Activation, value: Tensor, before: Tensor) -> Tensor:
    """Derivative of an activation, told from its value (GELU: from its argument)."""
    if code == Activation.RELU:
        # Not "greater than": NaN must not be taken for a neuron at rest, so that a diverged run shows it.
        return (~(value <= 0)).to(value.dtype)
    if code == Activation.LEAKY_RELU:
        return torch.where(value > 0, torch.ones_like(value), torch.full_like(value, SLOPE))
    if code == Activation.GELU:
        cdf = 0.5 * (1.0 + torch.erf(before * 0.5**0.5))
        density: Tensor = torch.exp(-0.5 * before * before) * float((2.0 * torch.pi) ** -0.5)
        return cdf + before * density
    if code == Activation.SIGMOID:
        return value * (1.0 - value)
    return 1.0 - value * value


class Reference(Kernel):
    """Plain torch, level by level; sums of half-precision numbers are taken in float32.

    Attributes
    ----------
    sparse : types of devices on which torch's sparse products run; on others rows are gathered and added up.
    """

    rank = 0

    def __init__(self, sparse: frozenset[str] = SPARSE) -> None:
        self.sparse = sparse

    def able(self, values: Tensor) -> bool:
        """Every floating-point dtype on every device."""
        return values.is_floating_point()

    def forward(
        self, plan: Plan, values: Tensor, bias: Tensor, state: Tensor, before: Tensor, first: int, last: int
    ) -> None:
        """As Kernel.forward."""
        values, bias = values.detach(), bias.detach()
        for level in levels(plan, state.device)[max(first, 1) - 1 : max(last, 1) - 1]:
            total = bias[level.bias, None].expand(-1, state.shape[1]).clone()
            if level.column.numel():
                read = state[level.low : level.high]
                total += self._product(level.pointer, level.column, values[level.values], read)
            if before.shape[0]:
                before[level.slots] = total
            for code, rows in level.codes:
                if rows is None:
                    total = ACTIVATIONS[code](total)
                else:
                    total[rows] = ACTIVATIONS[code](total[rows])
            state[level.slots] = total

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
        values, first = values.detach(), max(first, 1)
        floor = 0 if earlier else int(plan.level_pointer[first])
        empty = np.flatnonzero(~seeded[floor:]) + floor
        if empty.size:
            grad[torch.from_numpy(empty).to(grad.device)] = 0
        grad_values, grad_bias = torch.zeros_like(values), values.new_zeros(plan.neurons - plan.inputs)
        for level in reversed(levels(plan, state.device)[first - 1 : max(last, 1) - 1]):
            delta = grad[level.slots]
            for code, rows in level.codes:
                at: Tensor | slice = slice(None) if rows is None else rows
                value = state[level.slots][at]
                argument = before[level.slots][at] if before.shape[0] else value
                delta[at] = delta[at] * _slope(code, value, argument)
            grad[level.slots] = delta
            grad_bias[level.bias] = delta.sum(1)
            if not level.column.numel():
                continue
            read = state[level.low : level.high]
            grad_values[level.values] = self._sampled(level.pointer, level.column, delta, read)
            if level.high > floor:
                weights = values[level.values][level.back_order]
                back = self._product(level.back_pointer, level.back_row, weights, delta)
                start = max(level.low, floor)
                grad[start : level.high] += back[start - level.low :]
        return grad_values, grad_bias

    def step(
        self, plan: Plan, values: Tensor, bias: Tensor, x: Tensor, target: Tensor, loss: Loss, gradients: bool
    ) -> Step:
        """As Kernel.step."""
        return composed(self, plan, values, bias, x, target, loss, gradients)

    def _product(self, pointer: Tensor, column: Tensor, values: Tensor, other: Tensor) -> Tensor:
        """The matrix of these rows times `other`, float (columns, batch)."""
        values, wide = _wide(values), _wide(other)
        if other.device.type in self.sparse:
            return (_matrix(pointer, column, values, other.shape[0]) @ wide).to(other.dtype)
        made = wide.new_zeros((pointer.numel() - 1, other.shape[1]))
        return made.index_add_(0, _owners(pointer), values[:, None] * wide[column]).to(other.dtype)

    def _sampled(self, pointer: Tensor, column: Tensor, delta: Tensor, other: Tensor) -> Tensor:
        """delta times the transpose of `other`, at the places of the edges alone."""
        first, second = _wide(delta), _wide(other)
        if other.device.type in self.sparse:
            places = _matrix(pointer, column, first.new_zeros(column.numel()), other.shape[0])
            made: Tensor = torch.sparse.sampled_addmm(places, first, second.T, beta=0).values()
            return made.to(other.dtype)
        return (first[_owners(pointer)] * second[column]).sum(1).to(other.dtype)


def _wide(tensor: Tensor) -> Tensor:
    """Half precision as float32, which torch's sparse products take, and whose sums lose nothing."""
    return tensor if tensor.dtype in (torch.float32, torch.float64) else tensor.float()


def _matrix(pointer: Tensor, column: Tensor, values: Tensor, columns: int) -> Tensor:
    """A sparse matrix of torch; its indices are ours, so nothing needs to be checked."""
    _hear_once()
    return torch.sparse_csr_tensor(pointer, column, values, (pointer.numel() - 1, columns), check_invariants=False)


@cache
def _hear_once() -> None:
    """Let torch say here, and not to the user, what it says once in a process: these matrices are in beta state."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        nothing = torch.zeros(0)
        torch.sparse_csr_tensor(torch.zeros(2).int(), nothing.int(), nothing, (1, 1), check_invariants=False)


def _owners(pointer: Tensor) -> Tensor:
    """The row of each edge."""
    rows = torch.arange(pointer.numel() - 1, device=pointer.device)
    return torch.repeat_interleave(rows, pointer.diff())


KERNEL = Reference()
