"""What tests of fused steps share: targets, torch's own losses, and gradients."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from graphgrow.engine import Loss, Network, Population
from graphgrow.engine.kernels import load
from graphgrow.rng import stream
from tests.engine.dense import normal

KERNELS = pytest.mark.parametrize("kernel", [load("cpu"), load("reference")], ids=["cpu", "reference"])
LOSSES = pytest.mark.parametrize("loss", list(Loss), ids=[loss.name for loss in Loss])


def target_of(network: Network | Population, loss: Loss, size: int) -> Tensor:
    if loss is Loss.CROSS_ENTROPY:
        return torch.from_numpy(stream(size, "labels").integers(0, network.outputs, size))
    return normal(1, network.outputs, size, dtype=network.values.dtype)


def torch_loss(output: Tensor, target: Tensor, loss: Loss) -> Tensor:
    """Losses of all samples, output (outputs, batch)."""
    if loss is Loss.CROSS_ENTROPY:
        return functional.cross_entropy(output.T, target, reduction="none")
    return functional.mse_loss(output, target, reduction="none").mean(0)


def gradients(network: Network | Population, mean: Tensor) -> list[Tensor]:
    return list(torch.autograd.grad(mean.sum(), [network.values, network.bias]))


def close(made: Tensor, wanted: Tensor) -> None:
    """Equal up to rounding, measured by the largest entry."""
    tolerance = 1e-12 if wanted.dtype == torch.float64 else 2e-5
    scale = max(1.0, float(wanted.abs().max()) if wanted.numel() else 1.0)
    torch.testing.assert_close(made, wanted, rtol=0, atol=tolerance * scale)
