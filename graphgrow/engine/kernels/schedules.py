"""How the loops over slots are shared out: by columns of the batch, by rows of a level, or by members.

Every element is computed by the same instructions in the same order in all of them, so which one runs is a matter of
speed alone. Each exists for one thread, where starting threads would cost more than it gains, and for many.
"""

from __future__ import annotations

import numba as nb

from graphgrow.arrays import Array
from graphgrow.compiled import compiled, shared_out
from graphgrow.engine.kernels.fused import loss_slots
from graphgrow.engine.kernels.loops import backward_slots, forward_slots, gradient_slots, share

PARTS = 64  # runs of slots that a loop over rows is cut into


# The three products. By columns: `bounds` (parts + 1,) cuts the batch; a part goes through all levels on one thread.


@compiled
def forward_one(first, last, bounds, *rest):
    """Slots forward, on one thread."""
    forward_slots(first, last, 0, bounds[-1], *rest)


@shared_out
def forward_columns(first, last, bounds, *rest):
    """Slots forward, columns shared out."""
    for part in nb.prange(bounds.size - 1):
        forward_slots(first, last, bounds[part], bounds[part + 1], *rest)


@shared_out
def forward_rows(levels, bounds, pointer, *rest):
    """Levels forward one after another, rows of each shared out; a row's edges stay in cache between tiles."""
    for level in range(levels.size - 1):
        for part in nb.prange(PARTS):
            begin = share(pointer, levels[level], levels[level + 1], part, PARTS)
            for slot in range(begin, share(pointer, levels[level], levels[level + 1], part + 1, PARTS)):
                forward_slots(slot, slot + 1, 0, bounds[-1], pointer, *rest)


@compiled
def backward_one(first, last, bounds, *rest):
    """Slots backward, on one thread."""
    backward_slots(first, last, 0, bounds[-1], *rest)


@shared_out
def backward_columns(first, last, bounds, *rest):
    """Slots backward, columns shared out."""
    for part in nb.prange(bounds.size - 1):
        backward_slots(first, last, bounds[part], bounds[part + 1], *rest)


@shared_out
def backward_rows(levels, bounds, back_pointer, *rest):
    """Levels backward one after another, rows of each shared out."""
    for level in range(levels.size - 2, -1, -1):
        for part in nb.prange(PARTS):
            begin = share(back_pointer, levels[level], levels[level + 1], part, PARTS)
            for slot in range(begin, share(back_pointer, levels[level], levels[level + 1], part + 1, PARTS)):
                backward_slots(slot, slot + 1, 0, bounds[-1], back_pointer, *rest)


@compiled
def gradients_one(first, last, pointer, *rest):
    """Gradients of values and biases, on one thread."""
    gradient_slots(first, last, pointer, *rest)


@shared_out
def gradients_rows(first, last, pointer, *rest):
    """Gradients of values and biases, rows shared out."""
    for part in nb.prange(PARTS):
        begin, end = share(pointer, first, last, part, PARTS), share(pointer, first, last, part + 1, PARTS)
        gradient_slots(begin, end, pointer, *rest)


# A whole step: inputs, forward, loss, backward and gradients.


@compiled
def transpose(x: Array, state: Array, start: int, stop: int) -> None:
    """state[:inputs, start:stop] = x[start:stop].T, eight samples at a time, so that the lines read stay in cache."""
    first = start
    while first + 8 <= stop:
        a, b, c, d = x[first], x[first + 1], x[first + 2], x[first + 3]
        e, f, g, h = x[first + 4], x[first + 5], x[first + 6], x[first + 7]
        for i in range(x.shape[1]):
            row = state[i]
            row[first], row[first + 1], row[first + 2], row[first + 3] = a[i], b[i], c[i], d[i]
            row[first + 4], row[first + 5], row[first + 6], row[first + 7] = e[i], f[i], g[i], h[i]
        first += 8
    for i in range(x.shape[1]):
        for sample in range(first, stop):
            state[i, sample] = x[sample, i]


@compiled
def _pass(m, start, stop, member, pointer, column, back_pointer, back_row, back_value, code, is_output, outputs,
          values, bias, inputs, state, before, grad, labels, targets, kind, gradients, losses, made):  # fmt: skip
    """Forward, loss and backward of member m for the columns [start, stop)."""
    first, last, count = member[m], member[m + 1], outputs.size // (member.size - 1)
    forward_slots(first, last, start, stop, pointer, column, code, values, bias, inputs, state, before)
    slots = outputs[m * count : (m + 1) * count]
    loss_slots(slots, start, stop, state, grad, labels, targets, kind, gradients, losses[m], made, m * count)
    if gradients:
        backward_slots(first, last, start, stop, back_pointer, back_row, back_value, code, is_output, values, state,
                       before, grad, inputs, state.shape[0], True)  # fmt: skip


@compiled
def _average(losses: Array, means: Array) -> None:
    """Mean of each row, summed from the first to the last."""
    for m in range(losses.shape[0]):
        total = 0.0
        for b in range(losses.shape[1]):
            total += losses[m, b]
        means[m] = total / losses.shape[1]


@compiled
def step_one(bounds, x, state, grad, before, gradients, grad_values, grad_bias, values, bias, inputs, labels, targets,
             kind, losses, means, made, member, pointer, column, *rest):  # fmt: skip
    """A step of all members, on one thread."""
    transpose(x, state, 0, bounds[-1])
    for m in range(member.size - 1):
        _pass(m, 0, bounds[-1], member, pointer, column, *rest, values, bias, inputs, state, before, grad, labels,
              targets, kind, gradients, losses, made)  # fmt: skip
        if gradients:
            gradient_slots(member[m], member[m + 1], pointer, column, state, grad, inputs, grad_values, grad_bias)
    _average(losses, means)


@shared_out
def step_members(bounds, x, state, grad, before, gradients, grad_values, grad_bias, values, bias, inputs, labels,
                 targets, kind, losses, means, made, member, pointer, column, *rest):  # fmt: skip
    """A step of all members, each on one thread from its inputs to its gradients."""
    for part in nb.prange(bounds.size - 1):
        transpose(x, state, bounds[part], bounds[part + 1])
    for m in nb.prange(member.size - 1):
        _pass(m, 0, bounds[-1], member, pointer, column, *rest, values, bias, inputs, state, before, grad, labels,
              targets, kind, gradients, losses, made)  # fmt: skip
        if gradients:
            gradient_slots(member[m], member[m + 1], pointer, column, state, grad, inputs, grad_values, grad_bias)
    _average(losses, means)


@shared_out
def step_columns(bounds, x, state, grad, before, gradients, grad_values, grad_bias, values, bias, inputs, labels,
                 targets, kind, losses, means, made, member, pointer, column, *rest):  # fmt: skip
    """A step of all members, columns of the batch shared out; then the gradients, rows shared out."""
    for part in nb.prange(bounds.size - 1):
        transpose(x, state, bounds[part], bounds[part + 1])
        for m in range(member.size - 1):
            _pass(m, bounds[part], bounds[part + 1], member, pointer, column, *rest, values, bias, inputs, state,
                  before, grad, labels, targets, kind, gradients, losses, made)  # fmt: skip
    if gradients:
        for part in nb.prange(PARTS):
            begin = share(pointer, inputs, member[-1], part, PARTS)
            end = share(pointer, inputs, member[-1], part + 1, PARTS)
            gradient_slots(begin, end, pointer, column, state, grad, inputs, grad_values, grad_bias)
    _average(losses, means)


@shared_out
def step_rows(levels, bounds, x, state, grad, before, gradients, grad_values, grad_bias, values, bias, inputs, labels,
              targets, kind, losses, means, made, member, pointer, column, back_pointer, back_row, back_value, code,
              is_output, outputs):  # fmt: skip
    """A step of one network, level after level, rows of each shared out."""
    for part in nb.prange(bounds.size - 1):
        transpose(x, state, bounds[part], bounds[part + 1])
    forward_rows(levels, bounds, pointer, column, code, values, bias, inputs, state, before)
    loss_slots(outputs, 0, bounds[-1], state, grad, labels, targets, kind, gradients, losses[0], made, 0)
    if gradients:
        backward_rows(levels, bounds, back_pointer, back_row, back_value, code, is_output, values, state, before, grad,
                      inputs, state.shape[0], True)  # fmt: skip
        gradients_rows(inputs, state.shape[0], pointer, column, state, grad, inputs, grad_values, grad_bias)
    _average(losses, means)
