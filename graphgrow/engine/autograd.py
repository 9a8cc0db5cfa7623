"""One autograd Function for a whole network, or for a run of its levels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from graphgrow.engine.kernels import Kernel
from graphgrow.engine.plan import Plan
from graphgrow.graph.wiring import Activation

# Called in the backward pass with float (neurons, batch) activations and deltas, by slot.
Watch = Callable[[Tensor, Tensor], None]


class Columns(torch.autograd.Function):
    """x (inputs, batch) -> (outputs, batch) through all levels."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, values: Tensor, bias: Tensor, plan: Plan, kernel: Kernel, watch: Watch | None
    ) -> Tensor:
        """Run the kernels and keep what the backward pass needs."""
        state = _state(plan, x)
        before = _before(plan, state)
        kernel.forward(plan, values, bias, state, before, 1, plan.levels)
        ctx.save_for_backward(values, state, before)
        ctx.plan, ctx.kernel, ctx.watch = plan, kernel, watch
        # A copy: a view would keep every neuron's row alive and could not be changed in place by what follows.
        return state[_rows(plan)].clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        """Gradients of the tensors; None for the rest."""
        values, state, before = ctx.saved_tensors
        plan, earlier = ctx.plan, ctx.needs_input_grad[0]
        grad = _zeros(state)
        grad[_rows(plan)] = grads[0]
        grad_values, grad_bias = ctx.kernel.backward(plan, values, state, before, grad, 1, plan.levels, earlier)
        if ctx.watch is not None:
            ctx.watch(state, grad)
        return (grad[: plan.inputs] if earlier else None), grad_values, grad_bias, None, None, None


class Advance(torch.autograd.Function):
    """state (neurons, batch) -> the same with levels [first, last) computed anew."""

    @staticmethod
    def forward(
        ctx: Any, state: Tensor, values: Tensor, bias: Tensor, plan: Plan, kernel: Kernel, first: int, last: int
    ) -> Tensor:
        """Run the kernels and keep what the backward pass needs."""
        made = state.clone(memory_format=torch.contiguous_format)
        before = _before(plan, made)
        kernel.forward(plan, values, bias, made, before, first, last)
        ctx.save_for_backward(values, made, before)
        ctx.plan, ctx.kernel, ctx.first, ctx.last = plan, kernel, first, last
        return made

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        """Gradients of the tensors; None for the rest."""
        values, state, before = ctx.saved_tensors
        plan, first, last = ctx.plan, max(ctx.first, 1), ctx.last
        grad = grads[0].clone(memory_format=torch.contiguous_format)
        grad_values, grad_bias = ctx.kernel.backward(plan, values, state, before, grad, first, last, True)
        # What stood in the computed levels before was overwritten, so nothing flows to it.
        grad[int(plan.level_pointer[first]) : int(plan.level_pointer[last])] = 0
        return grad, grad_values, grad_bias, None, None, None, None


def _state(plan: Plan, x: Tensor) -> Tensor:
    """Room for all activations, with the inputs in place.

    Filled by numpy on the CPU: torch would start its thread pool for it.
    """
    state = x.new_empty((plan.neurons, x.shape[1]))
    if _by_numpy(x):
        np.copyto(state.numpy()[: plan.inputs], x.detach().numpy())
    else:
        state[: plan.inputs] = x
    return state


def _zeros(state: Tensor) -> Tensor:
    """Zeros of the same shape, on the CPU without the thread pool."""
    if _by_numpy(state):
        return torch.from_numpy(np.zeros(state.shape, state.numpy().dtype))
    return torch.zeros_like(state)


def _by_numpy(tensor: Tensor) -> bool:
    """Whether numpy can fill the tensor: it knows no bfloat16."""
    return tensor.device.type == "cpu" and tensor.dtype in (torch.float32, torch.float64)


def _before(plan: Plan, state: Tensor) -> Tensor:
    """Room for pre-activations, which only GELU needs."""
    needed = bool((plan.activation == Activation.GELU).any())
    return torch.empty_like(state) if needed else state.new_empty((0, 0))


def _rows(plan: Plan) -> slice | Tensor:
    """Slots of the outputs, as a slice where they follow one another; on several levels they need not ascend."""
    first, count = int(plan.outputs[0]), plan.outputs.size
    if np.array_equal(plan.outputs, np.arange(first, first + count)):
        return slice(first, first + count)
    return torch.from_numpy(plan.outputs.copy())
