"""The fused step where numbers are extreme or are none at all: a diverged run must show it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from graphgrow import Activation
from graphgrow.engine import Kernel, Loss, Network
from graphgrow.graph.builders import from_edges
from tests.engine.dense import example, normal, same
from tests.engine.objectives import KERNELS, LOSSES, gradients, target_of, torch_loss


@KERNELS
@LOSSES
@pytest.mark.parametrize("code", list(Activation))
@pytest.mark.parametrize("parameter", ["values", "bias"])
def test_a_diverged_run_shows_it(kernel: Kernel, loss: Loss, code: Activation, parameter: str) -> None:
    network = Network(from_edges([0, 1, 2, 2], [0, 1, 1], [1, 2, 3], [1.0] * 3, activation=[0, code, 0, 0]), kernel)
    with torch.no_grad():
        getattr(network, parameter)[0] = float("nan")
    x, target = torch.ones(1, 3), target_of(network, loss, 3)
    made = network.objective(x, target, loss)
    assert torch.isnan(made.mean)
    assert torch.isnan(made.losses).all()
    assert all(torch.isnan(grad).all() for grad in gradients(network, made.mean))


@KERNELS
def test_one_sample_of_nan_does_not_touch_the_losses_of_others(kernel: Kernel) -> None:
    network, x = Network(example(), kernel), normal(0, 4, 20)
    target = target_of(network, Loss.CROSS_ENTROPY, 20)
    wanted = network.objective(x, target, Loss.CROSS_ENTROPY).losses
    x[0, 7] = float("nan")
    made = network.objective(x, target, Loss.CROSS_ENTROPY)
    assert torch.isnan(made.losses).nonzero().flatten().tolist() == [7]
    assert same(made.losses[8:], wanted[8:])
    assert torch.isnan(made.mean)


@KERNELS
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_extreme_logits(kernel: Kernel, dtype: torch.dtype) -> None:
    graph = from_edges([0, 1, 1, 1], [0, 0], [1, 2], [1.0, -1.0], activation=Activation.IDENTITY)
    network = Network(graph, kernel).to(dtype)
    x = torch.tensor([[1e4, -1e4, 1e4, 1e4, -50.0, 20.0, 0.0, 1e30]], dtype=dtype)
    target = torch.tensor([0, 0, 1, 2, 1, 1, 2, 1])
    made = network.objective(x, target, Loss.CROSS_ENTROPY)
    wanted = torch_loss(network.columns(x), target, Loss.CROSS_ENTROPY)
    assert bool(torch.isfinite(made.losses).all())
    torch.testing.assert_close(made.losses, wanted.detach(), rtol=1e-6, atol=1e-7)
    x, target = x[:, :-1], target[:-1]
    made_grads = gradients(network, network.objective(x, target, Loss.CROSS_ENTROPY).mean)
    for one, other in zip(
        made_grads, gradients(network, torch_loss(network.columns(x), target, Loss.CROSS_ENTROPY).mean()), strict=True
    ):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)


@KERNELS
def test_unlikely_classes_keep_their_small_gradients(kernel: Kernel) -> None:
    # exp(-40) is far below the rounding of 1, and still what the gradient of that class is.
    network = Network(from_edges([0, 1, 1], [0, 0], [1, 2], [0.0, -40.0], activation=Activation.IDENTITY), kernel)
    made = network.objective(torch.ones(1, 1), torch.tensor([0]), Loss.CROSS_ENTROPY)
    bias = gradients(network, made.mean)[1]
    torch.testing.assert_close(float(bias[1]), float(np.exp(-40.0)), rtol=1e-5, atol=0)
