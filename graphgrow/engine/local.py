"""Levels that learn on their own: activities read at one length, and gradients that stay within their level."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from graphgrow.arrays import Array, frozen
from graphgrow.engine.kernels import choose
from graphgrow.engine.network import Network
from graphgrow.engine.plan import Plan
from graphgrow.errors import SettingsError

LEAST = 1e-8  # added to a mean square, so that a level at rest stays at 0


@dataclass(frozen=True, eq=False)
class Passed:
    """What a forward pass left, by slot.

    Attributes
    ----------
    raw : float (neurons, batch), activities as their own level made them.
    read : float (neurons, batch), the same as other levels read them: every level at one length.
    before : pre-activations where the network holds GELU, else empty.
    """

    raw: Tensor
    read: Tensor
    before: Tensor


@torch.no_grad()
def passed(network: Network, x: Tensor) -> Passed:
    """Run x (inputs, batch) level by level, each reading the levels before it at a mean square of 1 per neuron.

    The length of a level, which is how much it was active, is thereby hidden from every later level (Hinton 2022,
    section 3). A level is scaled as a whole, whoever reads it, so that a new edge of weight 0 changes nothing. Outputs
    keep their length.

    Raises
    ------
    SettingsError
        x has another number of inputs or another dtype than the network.
    """
    plan, values, bias = network.plan, network.values, network.bias
    if x.ndim != 2 or x.shape[0] != plan.inputs or x.dtype != values.dtype:
        raise SettingsError(
            f"expected x ({plan.inputs}, batch) of {values.dtype}, got {tuple(x.shape)} of {x.dtype}: reshape or cast x"
        )
    read = x.new_zeros((plan.neurons, x.shape[1]))
    read[: plan.inputs] = x
    raw, before = read.clone(), torch.zeros_like(read) if plan.keeps_before else read.new_empty((0, 0))
    kernel = choose(network.kernel, values)
    _scale(plan, read, 0)
    for level in range(1, plan.levels):
        kernel.forward(plan, values, bias, read, before, level, level + 1)
        at = span(plan, level)
        raw[at] = read[at]
        _scale(plan, read, level)
    return Passed(raw, read, before)


@torch.no_grad()
def local_gradients(network: Network, made: Passed, grad: Tensor) -> tuple[Tensor, Tensor]:
    """Gradients of values (edges,) and bias (neurons - inputs,), where nothing flows from a level to its sources.

    Parameters
    ----------
    grad : float (neurons, batch), dL/d(raw) by slot, where the loss of a neuron counts for its own level alone; turned
        into deltas, dL/d(pre-activation), in place.
    """
    plan = network.plan
    values, bias = torch.zeros_like(network.values), torch.zeros_like(network.bias)
    kernel, every = choose(network.kernel, network.values), frozen(np.ones(plan.neurons, bool))
    state = made.read.clone()
    for level in range(1, plan.levels):
        at = span(plan, level)
        # Slopes are told from what the level made, gradients of weights from what it read.
        state[at] = made.raw[at]
        found = kernel.backward(plan, network.values, state, made.before, grad, level, level + 1, False, every)
        ends = slice(int(plan.pointer[at.start]), int(plan.pointer[at.stop]))
        values[ends] = found[0][ends]
        own = slice(at.start - plan.inputs, at.stop - plan.inputs)
        bias[own] = found[1][own]
        state[at] = made.read[at]
    return values, bias


def span(plan: Plan, level: int) -> slice:
    """The slots of an occupied level."""
    return slice(int(plan.level_pointer[level]), int(plan.level_pointer[level + 1]))


def hidden_slots(plan: Plan, level: int) -> Array:
    """int64 (k,): the slots of a level that are no outputs."""
    at = span(plan, level)
    found: Array = np.flatnonzero(~plan.is_output[at]) + at.start
    return found


def _scale(plan: Plan, read: Tensor, level: int) -> None:
    """Bring the neurons of a level that are no outputs to a mean square of 1."""
    slots = hidden_slots(plan, level)
    if not slots.size:
        return
    at = span(plan, level)
    places: slice | Tensor = at if slots.size == at.stop - at.start else torch.from_numpy(slots).to(read.device)
    rows = read[places]
    read[places] = rows / (rows.square().mean(0) + LEAST).sqrt()
