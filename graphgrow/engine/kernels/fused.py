"""The loss inside the loops: from the output rows of a network to the gradient in the same rows."""

from __future__ import annotations

import math

import numpy as np

from graphgrow.compiled import compiled
from graphgrow.engine.kernels.elementary import exp_negative

CROSS_ENTROPY = 0  # values of objective.Loss


@compiled
def loss_slots(slots, start, stop, state, grad, labels, targets, kind, gradients, losses, outputs, at):
    """Losses of the samples [start, stop), and the gradient of their mean over the whole batch in the rows of grad.

    `slots` are the member's outputs, `at` is its first row in `outputs`, which gets a copy of them.
    """
    for k in range(slots.shape[0]):
        outputs[at + k, start:stop] = state[slots[k], start:stop]
    if kind == CROSS_ENTROPY:
        _cross_entropy(slots, start, stop, state, grad, labels[start:stop], gradients, losses[start:stop])
    else:
        _squared_error(slots, start, stop, state, grad, targets, gradients, losses[start:stop])


@compiled
def _cross_entropy(slots, start, stop, state, grad, labels, gradients, losses):
    """-log softmax at the label; the largest output is taken off first, so that no exponential overflows."""
    share = state.dtype.type(1.0) / state.dtype.type(state.shape[1])
    top, total = state[slots[0], start:stop].copy(), np.zeros(stop - start, state.dtype)
    for slot in slots[1:]:
        row = state[slot, start:stop]
        for b in range(row.size):
            top[b] = row[b] if row[b] > top[b] else top[b]
    for slot in slots:
        row, part = state[slot, start:stop], grad[slot, start:stop]
        for b in range(row.size):
            part[b] = exp_negative(row[b] - top[b])
            total[b] += part[b]
    for b in range(losses.size):
        losses[b] = math.log(total[b]) + top[b] - state[slots[labels[b]], start + b]
    if gradients:
        for b in range(total.size):
            total[b] = share / total[b]
        for slot in slots:
            part = grad[slot, start:stop]
            for b in range(part.size):
                part[b] *= total[b]
        for b in range(losses.size):
            grad[slots[labels[b]], start + b] -= share


@compiled
def _squared_error(slots, start, stop, state, grad, targets, gradients, losses):
    """Mean over the outputs of squared differences."""
    part = state.dtype.type(1.0) / state.dtype.type(slots.shape[0])
    slope = state.dtype.type(2.0) * part / state.dtype.type(state.shape[1])
    losses[:] = 0
    for k in range(slots.shape[0]):
        row, wanted, slopes = state[slots[k], start:stop], targets[k, start:stop], grad[slots[k], start:stop]
        for b in range(row.size):
            difference = row[b] - wanted[b]
            losses[b] += difference * difference * part
            if gradients:
                slopes[b] = difference * slope
