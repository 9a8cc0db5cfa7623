"""numba loops over dense levels: forward, gradients, and what goes back to sources; panels own the rows they write."""

from __future__ import annotations

import numba as nb
import numpy as np

from graphgrow.compiled import compiled, shared_out
from graphgrow.engine.kernels import products
from graphgrow.engine.kernels.fused import loss_slots
from graphgrow.engine.kernels.loops import RELU, _activate, _part, _slope, place
from graphgrow.engine.kernels.panels import ROWS, multiply, run, strip
from graphgrow.engine.kernels.products import NARROW, WIDE
from graphgrow.engine.kernels.schedules import PARTS, _average, transpose


@compiled
def forward_part(part, parts, first, last, low, high, pointer, column, code, values, bias, inputs, state, before):
    """state[first:last] = activation(W state + bias), for slots whose sources all lie in [low, high)."""
    begin, end = run(first, last, part, parts)
    batch = state.shape[1]
    width = strip(high - low, batch, state.itemsize)
    weights, made = np.empty((high - low, ROWS), state.dtype), np.zeros((ROWS, width), state.dtype)
    zero = state.dtype.type(0.0)
    for start in range(0, batch, width):
        stop = min(start + width, batch)
        for row in range(begin, end, ROWS):
            weights[:] = 0
            count = min(ROWS, end - row)
            for r in range(count):
                for p in range(pointer[row + r], pointer[row + r + 1]):
                    weights[column[p] - low, r] = values[p]
                made[r] = bias[row + r - inputs]
            multiply(made, stop - start, weights, state, low, start)
            for r in range(count):
                own, kind = state[row + r, start:stop], code[row + r]
                for b in range(own.size):
                    # Not "greater than": NaN must stay NaN, so that a diverged run shows it.
                    own[b] = zero if kind == RELU and made[r, b] < zero else made[r, b]
                if kind > RELU:
                    _activate(own, _part(before, row + r, start, stop), kind)


@compiled
def gradient_part(part, parts, first, last, low, high, pointer, column, code, state, before, grad, turned, inputs,
                  grad_values, grad_bias):  # fmt: skip
    """grad[first:last] from dL/d(state) to deltas, and the gradients of their biases and in-edges.

    `turned` is state[low:high] transposed, float (batch, high - low).
    """
    begin, end = run(first, last, part, parts)
    batch, span = state.shape[1], high - low
    width = strip(batch, span, state.itemsize)
    zero = state.dtype.type(0.0)
    for slot in range(begin, end):
        row, kind = grad[slot], code[slot]
        for b in range(batch):
            row[b] = zero if kind == RELU and state[slot, b] <= zero else row[b]
        if kind > RELU:
            _slope(row, state[slot], _part(before, slot, 0, batch), kind)
        products.total(grad_bias, slot - inputs, grad, slot)  # type: ignore[call-arg]
    weights, made = np.zeros((batch, ROWS), state.dtype), np.zeros((ROWS, width), state.dtype)
    for start in range(0, span, width):
        stop = min(start + width, span)
        for row in range(begin, end, ROWS):
            count = min(ROWS, end - row)
            for r in range(count):
                for b in range(batch):
                    weights[b, r] = grad[row + r, b]
            made[:] = 0
            multiply(made, stop - start, weights, turned, 0, start)
            for r in range(count):
                origin, p, q = low + start, pointer[row + r], pointer[row + r + 1]
                for k in range(place(column, p, q, origin), place(column, p, q, low + stop)):
                    grad_values[k] = made[r, column[k] - origin]


@compiled
def back_part(part, parts, first, last, low, high, back_pointer, back_row, back_value, values, grad):
    """grad[low:high] += what comes back over their edges to the slots [first, last), whose rows hold deltas."""
    begin, end = run(low, high, part, parts)
    batch = grad.shape[1]
    width = strip(last - first, batch, grad.itemsize)
    weights, made = np.empty((last - first, ROWS), grad.dtype), np.zeros((ROWS, width), grad.dtype)
    for start in range(0, batch, width):
        stop = min(start + width, batch)
        for row in range(begin, end, ROWS):
            weights[:] = 0
            count = min(ROWS, end - row)
            for r in range(count):
                p, q = back_pointer[row + r], back_pointer[row + r + 1]
                for k in range(place(back_row, p, q, first), place(back_row, p, q, last)):
                    weights[back_row[k] - first, r] = values[back_value[k]]
                made[r, : stop - start] = grad[row + r, start:stop]
            multiply(made, stop - start, weights, grad, first, start)
            for r in range(count):
                grad[row + r, start:stop] = made[r, : stop - start]


@compiled
def pull_part(part, parts, first, last, low, high, back_pointer, back_row, back_value, values, grad):
    """The same for the few edges of sparse levels: one row at a time."""
    batch, wide, narrow = grad.shape[1], WIDE // grad.itemsize, NARROW // grad.itemsize
    for slot in range(low + (high - low) * part // parts, low + (high - low) * (part + 1) // parts):
        p, q = back_pointer[slot], back_pointer[slot + 1]
        p = place(back_row, p, q, first)
        q = place(back_row, p, q, last)
        offset = 0 if p < q else batch
        while offset < batch:
            rest = batch - offset
            width = wide if rest >= wide else min(rest, narrow)
            if width == wide:
                products.pull_wide(grad, slot, offset, width, back_row, back_value, values, p, q, True, grad, False)
            elif width == narrow:
                products.pull_narrow(grad, slot, offset, width, back_row, back_value, values, p, q, True, grad, False)
            else:
                products.pull_masked(grad, slot, offset, width, back_row, back_value, values, p, q, True, grad, False)
            offset += width


@compiled
def sum_up(slots, state, grad, labels, targets, kind, gradients, losses, means, outputs):
    """Outputs, losses and, where asked for, gradients of one network; means over the batch."""
    loss_slots(slots, 0, state.shape[1], state, grad, labels, targets, kind, gradients, losses[0], outputs, 0)
    _average(losses, means)


# Each for one thread and for many.


@compiled
def forward_one(*rest):
    """A level forward, on one thread."""
    forward_part(0, 1, *rest)


@shared_out
def forward_many(*rest):
    """A level forward, panels shared out."""
    for part in nb.prange(PARTS):
        forward_part(part, PARTS, *rest)


@compiled
def gradient_one(first, last, low, high, pointer, column, code, state, before, grad, turned, *rest):
    """Deltas and gradients of a level, on one thread."""
    transpose(state[low:high], turned, 0, high - low)
    gradient_part(0, 1, first, last, low, high, pointer, column, code, state, before, grad, turned, *rest)


@shared_out
def gradient_many(first, last, low, high, pointer, column, code, state, before, grad, turned, *rest):
    """Deltas and gradients of a level, panels shared out."""
    for part in nb.prange(PARTS):
        transpose(state[low:high], turned, (high - low) * part // PARTS, (high - low) * (part + 1) // PARTS)
    for part in nb.prange(PARTS):
        gradient_part(part, PARTS, first, last, low, high, pointer, column, code, state, before, grad, turned, *rest)


@compiled
def back_one(*rest):
    """What a level sends back to its sources, on one thread."""
    back_part(0, 1, *rest)


@shared_out
def back_many(*rest):
    """What a level sends back to its sources, panels of sources shared out."""
    for part in nb.prange(PARTS):
        back_part(part, PARTS, *rest)


@compiled
def pull_one(*rest):
    """What sparse levels send back, on one thread."""
    pull_part(0, 1, *rest)


@shared_out
def pull_many(*rest):
    """What sparse levels send back, rows shared out."""
    for part in nb.prange(PARTS):
        pull_part(part, PARTS, *rest)
