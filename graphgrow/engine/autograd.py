"""Gradients of the operators: one autograd Function for a whole network, for some levels, for a step with its loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from graphgrow.engine.ops import LIBRARY, program
from graphgrow.errors import SettingsError

_ops = torch.ops.graphgrow
_below = torch._C._AutoDispatchBelowAutograd

Backward = Callable[..., tuple[Tensor | None, ...]]


def _once(backward: Backward) -> Backward:
    """A backward pass without a second derivative, which is refused.

    torch's own `once_differentiable` overlooks it where the gradient that arrives is a constant, as that of a sum is:
    a penalty on gradients would then be a constant too, without a word.
    """
    refusing = once_differentiable(backward)

    def checked(ctx: Any, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        if torch.is_grad_enabled():
            grads = tuple(grad if grad is None else grad.detach().requires_grad_() for grad in grads)
        made: tuple[Tensor | None, ...] = refusing(ctx, *grads)
        return made

    return checked


class _Run(torch.autograd.Function):
    """x (inputs, batch) -> (outputs, batch) through all levels."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, values: Tensor, bias: Tensor, number: int) -> tuple[Tensor, Tensor, Tensor]:
        """Run the kernels and keep what the backward pass needs."""
        with _below():
            made: tuple[Tensor, Tensor, Tensor] = _ops.run.default(x, values, bias, number)
        ctx.save_for_backward(values, *made[1:])
        ctx.number, ctx.program = number, program(number)
        ctx.watch = ctx.program.watch
        ctx.mark_non_differentiable(*made[1:])
        ctx.set_materialize_grads(False)
        return made

    @staticmethod
    @_once
    def backward(ctx: Any, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        """Gradients of the tensors; None for the rest."""
        if grads[0] is None:
            return None, None, None, None
        values, state, before = ctx.saved_tensors
        earlier = ctx.needs_input_grad[0]
        deltas, grad_values, grad_bias = _ops.run_backward.default(grads[0], values, state, before, ctx.number, earlier)
        if ctx.watch is not None:
            ctx.watch(state, deltas)
        return (deltas[: ctx.program.plan.inputs] if earlier else None), grad_values, grad_bias, None


class _Advance(torch.autograd.Function):
    """state (neurons, batch) -> the same with levels [first, last) computed anew."""

    @staticmethod
    def forward(
        ctx: Any, state: Tensor, values: Tensor, bias: Tensor, number: int, first: int, last: int
    ) -> tuple[Tensor, Tensor]:
        """Run the kernels and keep what the backward pass needs."""
        with _below():
            made: tuple[Tensor, Tensor] = _ops.advance.default(state, values, bias, number, first, last)
        ctx.save_for_backward(values, *made)
        ctx.program, ctx.span = program(number), (number, first, last)
        ctx.mark_non_differentiable(made[1])
        ctx.set_materialize_grads(False)
        return made

    @staticmethod
    @_once
    def backward(ctx: Any, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        """Gradients of the tensors; None for the rest."""
        if grads[0] is None:
            return (None,) * 6
        made = _ops.advance_backward.default(grads[0], *ctx.saved_tensors, *ctx.span)
        return *made, None, None, None


class _Step(torch.autograd.Function):
    """Mean loss per member, with outputs and losses beside it, all in one pass."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, target: Tensor, values: Tensor, bias: Tensor, number: int, loss: int, gradients: bool
    ) -> tuple[Tensor, ...]:
        """Run the fused step, gradients included: they are ready before the backward pass asks for them."""
        with _below():
            made: tuple[Tensor, ...] = _ops.step.default(x, target, values, bias, number, loss, gradients)
        # Plain attributes, since they are results of this Function and must not be versioned as its inputs.
        ctx.program, ctx.grads = program(number), made[3:]
        ctx.mark_non_differentiable(*made[1:])
        ctx.set_materialize_grads(False)
        return made

    @staticmethod
    @_once
    def backward(ctx: Any, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        """Gradients of the values and biases; x and target get none."""
        if grads[0] is None:
            return (None,) * 7
        if ctx.grads is None:
            raise SettingsError(
                "the first backward pass freed the gradients of this objective: use retain_graph=True or call it again"
            )
        (grad_values, grad_bias), plan = ctx.grads, ctx.program.plan
        if torch._C._autograd._get_current_graph_task_keep_graph():
            grad_values, grad_bias = grad_values.clone(), grad_bias.clone()
        else:
            # Given away, so that torch takes them for `.grad` as they are.
            ctx.grads = None
        # A tensor that torch traces holds no number to look at, and a look at a device waits for all it has to do.
        looks = type(grads[0]) is Tensor and grads[0].device.type == "cpu"
        if not looks or bool((grads[0] != 1).any()):
            grad_values = grad_values * _spread(grads[0], plan.values_of)
            grad_bias = grad_bias * _spread(grads[0], plan.member)
        return None, None, grad_values, grad_bias, None, None, None


def _spread(factors: Tensor, bounds: Any) -> Tensor:
    """One factor per member -> one per parameter."""
    if factors.numel() == 1:
        return factors
    counts = torch.from_numpy(bounds[1:] - bounds[:-1]).to(factors.device)
    return torch.repeat_interleave(factors, counts, output_size=int(bounds[-1] - bounds[0]))


def _advance(*arguments: Any) -> tuple[Tensor, Tensor]:
    made: tuple[Tensor, Tensor] = _Advance.apply(*arguments)  # type: ignore[no-untyped-call]
    return made


def _run(*arguments: Any) -> tuple[Tensor, Tensor, Tensor]:
    made: tuple[Tensor, Tensor, Tensor] = _Run.apply(*arguments)  # type: ignore[no-untyped-call]
    return made


def _step(*arguments: Any) -> tuple[Tensor, ...]:
    made: tuple[Tensor, ...] = _Step.apply(*arguments)  # type: ignore[no-untyped-call]
    return made


for _name in ("run_backward", "advance_backward"):
    # Their own derivatives are refused by `_once`.
    LIBRARY.impl(_name, torch.library.fallthrough_kernel, "Autograd")  # type: ignore[no-untyped-call]
for _name, _body in (("run", _run), ("advance", _advance), ("step", _step)):
    LIBRARY.impl(_name, _body, "Autograd")  # type: ignore[no-untyped-call]
