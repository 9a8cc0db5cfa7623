"""A training step beside the sum of its parts, each timed alone: what is lost between them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba as nb
import numpy as np
import torch

from benchmarks.networks import Batches
from benchmarks.peers.ours import Ours
from benchmarks.report import Case
from benchmarks.timing import Side, Spread, alternate
from graphgrow.arrays import Array
from graphgrow.engine import Loss
from graphgrow.engine.kernels import choose
from graphgrow.engine.kernels.fused import loss_slots
from graphgrow.graph.graph import Graph


def case(name: str, graph: Graph, batches: Batches, rounds: int) -> Case:
    """Milliseconds of a step and of its parts, and the step over their sum."""
    ours = Ours(graph, batches)
    ours.step()
    sides = parts(ours)
    timings = alternate({"step": ours.step, **sides}, rounds)
    together = [sum(values) for values in zip(*(timings.seconds[side] for side in sides), strict=True)]
    ratio = Spread.of([step / whole for step, whole in zip(timings.seconds["step"], together, strict=True)])
    times = {side: timings.spread(side).scaled(1e3) for side in timings.seconds}
    facts = {"edges": graph.edges, "batch": len(batches.rows[0])}
    return Case(name, facts, times, "the sum of the parts", {"step": ratio}, {"step": "at most 1.3"})


def parts(ours: Ours) -> dict[str, Side]:
    """Gather, forward products with activations, loss, backward products, optimizer; none waits for another."""
    network, batches = ours.network, ours.batches
    plan, kernel = network.plan, choose(network.kernel, network.values)
    rows = batches.rows[0]
    x, y = batches.take(rows)
    state = torch.empty((plan.neurons, len(rows)))
    state[: plan.inputs] = x.T
    before = torch.empty_like(state) if plan.keeps_before else state.new_empty((0, 0))
    grad = torch.randn_like(state)
    loss = _loss_of(state.numpy(), grad.numpy(), y.numpy(), plan.outputs)

    def gather() -> object:
        return batches.take(rows)

    def forward() -> object:
        return kernel.forward(plan, network.values, network.bias, state, before, 1, plan.levels)

    def backward() -> object:
        return kernel.backward(plan, network.values, state, before, grad, 1, plan.levels, False, plan.is_output)

    network.values.grad, network.bias.grad = torch.randn_like(network.values), torch.randn_like(network.bias)
    return {
        "gather": gather,
        "forward": forward,
        "loss": loss,
        "backward": backward,
        "optimizer": ours.optimizer.step,
    }


def _loss_of(state: Array, grad: Array, labels: Array, slots: Array) -> Callable[[], object]:
    """The library's own loss loop on the rows of the outputs."""
    batch = state.shape[1]
    losses, outputs = np.empty(batch, state.dtype), np.empty((slots.size, batch), state.dtype)
    targets = np.zeros((0, 0), state.dtype)
    arguments = (slots, 0, batch, state, grad, labels, targets, int(Loss.CROSS_ENTROPY), True, losses, outputs, 0)
    return lambda: _loss(*arguments)


@nb.njit(nogil=True)
def _loss(*arguments: Any) -> None:
    loss_slots(*arguments)
