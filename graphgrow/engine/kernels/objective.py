"""A step for kernels that do not compute the loss themselves: their products, with a loss in torch between."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from graphgrow.engine.kernels.device.indices import output_slots
from graphgrow.engine.kernels.kernel import Kernel, Loss, Step
from graphgrow.engine.plan import Plan


def sample_losses(output: Tensor, target: Tensor, loss: Loss, gradients: bool) -> tuple[Tensor, Tensor | None]:
    """Losses (members, batch) of outputs (members, outputs, batch) against one target for all, and their gradient.

    The gradient is that of the mean over the batch. It is written out, since operators run below autograd.
    """
    count, batch = output.shape[1:]
    if loss is Loss.SQUARED_ERROR:
        difference = output - target
        return difference.square().mean(1), difference * (2.0 / (count * batch)) if gradients else None
    logarithm = functional.log_softmax(output, 1)
    right = (torch.arange(count, device=output.device)[:, None] == target).to(output.dtype)
    losses = -torch.gather(logarithm, 1, target.expand(output.shape[0], 1, batch))[:, 0]
    return losses, (logarithm.exp() - right) / batch if gradients else None


def composed(
    kernel: Kernel, plan: Plan, values: Tensor, bias: Tensor, x: Tensor, target: Tensor, loss: Loss, gradients: bool
) -> Step:
    """A step made of the kernel's forward and backward with the loss between them."""
    batch = x.shape[1]
    with torch.no_grad():
        state = torch.cat([x, x.new_empty((plan.neurons - plan.inputs, batch))])
        before = torch.empty_like(state) if plan.keeps_before else state.new_empty((0, 0))
        kernel.forward(plan, values, bias, state, before, 1, plan.levels)
        rows = output_slots(plan, state.device)
        outputs = state[rows]
        losses, slopes = sample_losses(outputs.view(plan.members, -1, batch), target, loss, gradients)
        if slopes is None:
            return Step(losses.mean(1), outputs, losses, None, None)
        grad = torch.empty_like(state)
        grad[rows] = slopes.view(-1, batch)
        grads = kernel.backward(plan, values, state, before, grad, 1, plan.levels, False, plan.is_output)
        return Step(losses.mean(1), outputs, losses, *grads)
