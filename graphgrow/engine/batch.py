"""What a fused step takes and gives."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from graphgrow.engine.kernels import choose
from graphgrow.engine.kernels.kernel import Loss
from graphgrow.engine.ops import Program, check_parameters
from graphgrow.errors import SettingsError


@dataclass(frozen=True, eq=False)
class Objective:
    """The loss of one batch.

    Attributes
    ----------
    mean : float (), or (members,) of a population; the only part that gradients flow from.
    outputs : float (outputs, batch), or (members, outputs, batch).
    losses : float (batch,), or (members, batch).
    """

    mean: Tensor
    outputs: Tensor
    losses: Tensor


def check_batch(x: Tensor, target: Tensor, loss: Loss, inputs: int, outputs: int, values: Tensor) -> None:
    """Refuse a batch that a network of these sizes cannot be trained on.

    Raises
    ------
    SettingsError
        Shapes or dtypes do not fit, a label is out of range, or x or the target requires a gradient.
    """
    if x.ndim != 2 or x.shape[0] != inputs or not x.shape[1]:
        raise SettingsError(f"expected x ({inputs}, batch) by column, got {tuple(x.shape)}: reshape x")
    if x.dtype != values.dtype:
        raise SettingsError(f"expected {values.dtype} like the parameters, got {x.dtype}: cast x or the network")
    if x.requires_grad:
        raise SettingsError("an objective gives no gradient of its inputs: use columns and a loss of torch")
    if target.requires_grad:
        raise SettingsError("an objective gives no gradient of its target: pass target.detach()")
    batch = x.shape[1]
    if loss is Loss.CROSS_ENTROPY:
        fits = target.dtype == torch.int64 and target.shape == (batch,)
        wanted = f"int64 labels ({batch},)"
    else:
        fits = target.dtype == values.dtype and target.shape == (outputs, batch)
        wanted = f"{values.dtype} targets ({outputs}, {batch})"
    if not fits:
        raise SettingsError(
            f"{loss.name}: expected {wanted}, got {target.dtype} {tuple(target.shape)}: mend the target"
        )
    if loss is Loss.CROSS_ENTROPY and values.device.type == "cpu":
        labels = target.numpy()
        if labels.min() < 0 or labels.max() >= outputs:
            raise SettingsError(
                f"labels {labels.min()}..{labels.max()} for {outputs} outputs: expected 0..{outputs - 1}"
            )


def backpropagated(
    program: Program, values: nn.Parameter, bias: nn.Parameter, x: Tensor, target: Tensor, loss: Loss
) -> Objective:
    """One fused step whose gradients are added to `.grad`; one member alone has no axis of members."""
    plan, gradients = program.plan, values.requires_grad or bias.requires_grad
    check_parameters(plan, values, bias)
    with torch.no_grad():
        made = choose(program.kernel, values).step(plan, values, bias, x, target, loss, gradients)
        for parameter, grad in ((values, made.grad_values), (bias, made.grad_bias)):
            if parameter.requires_grad and grad is not None:
                parameter.grad = grad if parameter.grad is None else parameter.grad.add_(grad)
    if plan.members > 1:
        return Objective(made.means, made.outputs, made.losses)
    return Objective(made.means[0], made.outputs, made.losses[0])
