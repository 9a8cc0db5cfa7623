"""numba kernels for the CPU: every loop owns the rows it writes, so results do not depend on the number of threads."""

from __future__ import annotations

import math
from typing import Any

import numba as nb
import numpy as np

from graphgrow.arrays import Array

# Values of graph.wiring.Activation, as constants that numba folds into the machine code.
RELU, LEAKY_RELU, GELU, SIGMOID, TANH = 1, 2, 3, 4, 5
SLOPE = 0.01  # of leaky_relu below zero, as in torch
SQRT_HALF = math.sqrt(0.5)
DENSITY = 1.0 / math.sqrt(2.0 * math.pi)  # of the unit normal at 0

# No "nnan" or "ninf": a diverged run must show its NaN.
_MATH = {"contract", "reassoc", "nsz"}
_compiled = nb.njit(parallel=True, cache=True, fastmath=_MATH, error_model="numpy", nogil=True)
_inlined = nb.njit(cache=True, fastmath=_MATH, error_model="numpy", nogil=True, inline="never")


@_inlined
def _accumulate(row: Array, state: Array, columns: Array, values: Array, first: int, last: int) -> None:
    """row += sum of values[p] * state[columns[p]], four edges a pass so that the row stays in registers."""
    batch = row.shape[0]
    p = first
    while p + 4 <= last:
        v0, v1, v2, v3 = values[p], values[p + 1], values[p + 2], values[p + 3]
        x0, x1 = state[columns[p]], state[columns[p + 1]]
        x2, x3 = state[columns[p + 2]], state[columns[p + 3]]
        for b in range(batch):
            row[b] += v0 * x0[b] + v1 * x1[b] + v2 * x2[b] + v3 * x3[b]
        p += 4
    while p < last:
        v0, x0 = values[p], state[columns[p]]
        for b in range(batch):
            row[b] += v0 * x0[b]
        p += 1


@_inlined
def _activate(row: Array, before: Array, code: int, keep: bool) -> None:
    """row = activation(row); GELU keeps its argument in `before`, since its slope cannot be told from its value."""
    one = row.dtype.type(1.0)
    half = row.dtype.type(0.5)
    if code == RELU:
        for b in range(row.shape[0]):
            row[b] = max(row[b], row.dtype.type(0.0))
    elif code == LEAKY_RELU:
        for b in range(row.shape[0]):
            row[b] = row[b] if row[b] > 0 else row[b] * row.dtype.type(SLOPE)
    elif code == GELU:
        for b in range(row.shape[0]):
            if keep:
                before[b] = row[b]
            row[b] = half * row[b] * (one + row.dtype.type(math.erf(row[b] * SQRT_HALF)))
    elif code == SIGMOID:
        for b in range(row.shape[0]):
            # exp of a negative number only, so that neither tail overflows.
            e = math.exp(-abs(row[b]))
            row[b] = one / (one + e) if row[b] >= 0 else e / (one + e)
    elif code == TANH:
        for b in range(row.shape[0]):
            row[b] = math.tanh(row[b])


@_inlined
def _slope(grad: Array, row: Array, before: Array, code: int) -> None:
    """grad *= derivative of the activation, told from its value (GELU: from its argument)."""
    if code == RELU:
        for b in range(grad.shape[0]):
            grad[b] = grad[b] if row[b] > 0 else grad.dtype.type(0.0)
    elif code == LEAKY_RELU:
        for b in range(grad.shape[0]):
            grad[b] = grad[b] if row[b] > 0 else grad[b] * grad.dtype.type(SLOPE)
    elif code == GELU:
        for b in range(grad.shape[0]):
            z = before[b]
            cdf = 0.5 * (1.0 + math.erf(z * SQRT_HALF))
            grad[b] *= grad.dtype.type(cdf + z * DENSITY * math.exp(-0.5 * z * z))
    elif code == SIGMOID:
        for b in range(grad.shape[0]):
            grad[b] *= row[b] * (grad.dtype.type(1.0) - row[b])
    elif code == TANH:
        for b in range(grad.shape[0]):
            grad[b] *= grad.dtype.type(1.0) - row[b] * row[b]


@_compiled
def _forward(
    pointer: Array, column: Array, code: Array, values: Array, bias: Array, inputs: int,
    state: Array, before: Array, start: int, stop: int,
) -> None:  # fmt: skip
    """state[start:stop] = activation(W state + bias) for the slots of one level."""
    keep = before.shape[0] > 0
    for slot in nb.prange(start, stop):
        row = state[slot]
        row[:] = bias[slot - inputs]
        _accumulate(row, state, column, values, pointer[slot], pointer[slot + 1])
        _activate(row, before[slot] if keep else row, code[slot], keep)


@_compiled
def _backward(
    back_pointer: Array, back_row: Array, back_value: Array, code: Array, values: Array,
    state: Array, before: Array, grad: Array, start: int, stop: int, limit: int, slope: bool,
) -> None:  # fmt: skip
    """Add what comes back over out-edges to slots below `limit`; with `slope`, times the activation's derivative."""
    keep = before.shape[0] > 0
    for slot in nb.prange(start, stop):
        row = grad[slot]
        q, last = back_pointer[slot], back_pointer[slot + 1]
        while last > q and back_row[last - 1] >= limit:
            last -= 1
        while q + 4 <= last:
            v0, v1 = values[back_value[q]], values[back_value[q + 1]]
            v2, v3 = values[back_value[q + 2]], values[back_value[q + 3]]
            g0, g1 = grad[back_row[q]], grad[back_row[q + 1]]
            g2, g3 = grad[back_row[q + 2]], grad[back_row[q + 3]]
            for b in range(row.shape[0]):
                row[b] += v0 * g0[b] + v1 * g1[b] + v2 * g2[b] + v3 * g3[b]
            q += 4
        while q < last:
            v0, g0 = values[back_value[q]], grad[back_row[q]]
            for b in range(row.shape[0]):
                row[b] += v0 * g0[b]
            q += 1
        if slope:
            _slope(row, state[slot], before[slot] if keep else row, code[slot])


@_compiled
def _gradients(
    pointer: Array, column: Array, state: Array, grad: Array, inputs: int,
    grad_values: Array, grad_bias: Array, start: int, stop: int,
) -> None:  # fmt: skip
    """Gradients of the values and biases of the slots start:stop, sums over the batch."""
    for slot in nb.prange(start, stop):
        row = grad[slot]
        total = row.dtype.type(0.0)
        for b in range(row.shape[0]):
            total += row[b]
        grad_bias[slot - inputs] = total
        for p in range(pointer[slot], pointer[slot + 1]):
            source = state[column[p]]
            dot = row.dtype.type(0.0)
            for b in range(row.shape[0]):
                dot += row[b] * source[b]
            grad_values[p] = dot


def forward(plan: Any, values: Array, bias: Array, state: Array, before: Array, first: int, last: int) -> None:
    """Compute levels [first, last) of `state`, float (neurons, batch), in place."""
    levels = plan.level_pointer
    for level in range(max(first, 1), last):
        _forward(
            plan.pointer, plan.column, plan.activation, values, bias, plan.inputs,
            state, before, levels[level], levels[level + 1],
        )  # fmt: skip


def backward(
    plan: Any, values: Array, state: Array, before: Array, grad: Array, first: int, last: int, earlier: bool
) -> tuple[Array, Array]:
    """Turn gradients of the state into deltas in place, and return the gradients of values and bias.

    Parameters
    ----------
    grad : float (neurons, batch); holds dL/d(state) on entry; on return dL/dz for the levels [first, last) and, with
        `earlier`, the full dL/d(state) of the levels before.
    """
    levels = plan.level_pointer
    first = max(first, 1)
    limit = levels[last]
    for level in range(last - 1, first - 1, -1):
        _backward(
            plan.back_pointer, plan.back_row, plan.back_value, plan.activation, values,
            state, before, grad, levels[level], levels[level + 1], limit, True,
        )  # fmt: skip
    if earlier:
        _backward(
            plan.back_pointer, plan.back_row, plan.back_value, plan.activation, values,
            state, before, grad, 0, levels[first], limit, False,
        )  # fmt: skip
    grad_values = np.zeros(values.shape[0], values.dtype)
    grad_bias = np.zeros(plan.neurons - plan.inputs, values.dtype)
    _gradients(
        plan.pointer, plan.column, state, grad, plan.inputs, grad_values, grad_bias, levels[first], limit
    )  # fmt: skip
    return grad_values, grad_bias
