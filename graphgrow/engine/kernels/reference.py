"""The same three products in plain torch operations: slower, but on any device and without numba."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from graphgrow.arrays import Array
from graphgrow.engine.kernels.kernel import Kernel, Loss, Step
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


def _slope(code: Activation, value: Tensor, before: Tensor) -> Tensor:
    """Derivative of an activation, told from its value (GELU: from its argument)."""
    if code == Activation.RELU:
        return (value > 0).to(value.dtype)
    if code == Activation.LEAKY_RELU:
        return torch.where(value > 0, torch.ones_like(value), torch.full_like(value, SLOPE))
    if code == Activation.GELU:
        cdf = 0.5 * (1.0 + torch.erf(before * 0.5**0.5))
        density: Tensor = torch.exp(-0.5 * before * before) * float((2.0 * torch.pi) ** -0.5)
        return cdf + before * density
    if code == Activation.SIGMOID:
        return value * (1.0 - value)
    return 1.0 - value * value


def _codes(plan: Plan, start: int, stop: int, device: torch.device) -> list[tuple[Activation, Tensor]]:
    """The activations of the slots start:stop that are not the identity, with their slots."""
    codes = torch.from_numpy(plan.activation[start:stop].copy())
    present = sorted(set(codes.tolist()) - {int(Activation.IDENTITY)})
    return [(Activation(code), (torch.nonzero(codes == code).flatten() + start).to(device)) for code in present]


def _edges(plan: Plan, start: int, stop: int, device: torch.device) -> tuple[slice, Tensor, Tensor]:
    """Values that end in the slots start:stop, with their source slots and their target slots."""
    first, last = int(plan.pointer[start]), int(plan.pointer[stop])
    column = torch.from_numpy(plan.column[first:last].astype("int64")).to(device)
    owners = np.repeat(np.arange(start, stop), np.diff(plan.pointer[start : stop + 1]))
    owner = torch.from_numpy(owners).to(device)
    return slice(first, last), column, owner


class Reference(Kernel):
    """Plain torch; `earlier` changes nothing, since gradients always flow to earlier levels here."""

    rank = 0

    def able(self, values: Tensor) -> bool:
        """Every floating-point dtype on every device."""
        return values.is_floating_point()

    def forward(
        self, plan: Plan, values: Tensor, bias: Tensor, state: Tensor, before: Tensor, first: int, last: int
    ) -> None:
        """As Kernel.forward."""
        values, bias = values.detach(), bias.detach()
        for level in range(max(first, 1), last):
            start, stop = int(plan.level_pointer[level]), int(plan.level_pointer[level + 1])
            edges, column, owner = _edges(plan, start, stop, state.device)
            total = bias[start - plan.inputs : stop - plan.inputs, None].expand(-1, state.shape[1]).clone()
            total.index_add_(0, owner - start, values[edges, None] * state[column])
            state[start:stop] = total
            if before.shape[0]:
                before[start:stop] = total
            for code, slots in _codes(plan, start, stop, state.device):
                state[slots] = ACTIVATIONS[code](state[slots])

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
        values = values.detach()
        grad[torch.from_numpy(~seeded).to(grad.device)] = 0
        grad_values, grad_bias = torch.zeros_like(values), values.new_zeros(plan.neurons - plan.inputs)
        for level in range(last - 1, max(first, 1) - 1, -1):
            start, stop = int(plan.level_pointer[level]), int(plan.level_pointer[level + 1])
            for code, slots in _codes(plan, start, stop, state.device):
                argument = before[slots] if before.shape[0] else state[slots]
                grad[slots] = grad[slots] * _slope(code, state[slots], argument)
            edges, column, owner = _edges(plan, start, stop, state.device)
            grad_bias[start - plan.inputs : stop - plan.inputs] = grad[start:stop].sum(1)
            grad_values[edges] = (grad[owner] * state[column]).sum(1)
            grad.index_add_(0, column, values[edges, None] * grad[owner])
        return grad_values, grad_bias

    def step(
        self, plan: Plan, values: Tensor, bias: Tensor, x: Tensor, target: Tensor, loss: Loss, gradients: bool
    ) -> Step:
        """As Kernel.step."""
        return composed(self, plan, values, bias, x, target, loss, gradients)


KERNEL = Reference()
