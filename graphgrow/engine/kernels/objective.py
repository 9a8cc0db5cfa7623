"""A step for kernels that do not compute the loss themselves: their products, with torch's losses between."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from graphgrow.engine.kernels.kernel import Kernel, Loss, Step
from graphgrow.engine.plan import Plan


def sample_losses(output: Tensor, target: Tensor, loss: Loss) -> Tensor:
    """(members, outputs, batch) against one target for all -> (members, batch)."""
    members = output.shape[0]
    if loss is Loss.CROSS_ENTROPY:
        wanted = target.expand(members, -1)
        return functional.cross_entropy(output.transpose(0, 1).unsqueeze(0), wanted.unsqueeze(0), reduction="none")[0]
    return (output - target).square().mean(1)


def composed(
    kernel: Kernel, plan: Plan, values: Tensor, bias: Tensor, x: Tensor, target: Tensor, loss: Loss, gradients: bool
) -> Step:
    """A step made of the kernel's forward and backward with torch's loss between them."""
    batch = x.shape[1]
    state = torch.cat([x, x.new_empty((plan.neurons - plan.inputs, batch))])
    before = torch.empty_like(state) if plan.keeps_before else state.new_empty((0, 0))
    kernel.forward(plan, values, bias, state, before, 1, plan.levels)
    rows = torch.from_numpy(plan.outputs.copy()).to(state.device)
    with torch.set_grad_enabled(gradients):
        outputs = state[rows].requires_grad_(gradients)
        losses = sample_losses(outputs.view(plan.members, -1, batch), target, loss)
        grad_outputs = torch.autograd.grad(losses.sum() / batch, outputs)[0] if gradients else None
    if grad_outputs is None:
        return Step(losses.mean(1), outputs, losses, None, None)
    grad = torch.empty_like(state)
    grad[rows] = grad_outputs
    grads = kernel.backward(plan, values, state, before, grad, 1, plan.levels, False, plan.is_output)
    losses = losses.detach()
    return Step(losses.mean(1), outputs.detach(), losses, *grads)
