"""numba loops of the CPU kernel: every loop owns the rows it writes, so thread counts do not change a bit."""

from __future__ import annotations

import math
from typing import Any

import numba as nb

from graphgrow.arrays import Array

# Values of graph.wiring.Activation, as constants that numba folds into the machine code.
RELU, LEAKY_RELU, GELU, SIGMOID, TANH = 1, 2, 3, 4, 5
SLOPE = 0.01  # of leaky_relu below zero, as in torch
SQRT_HALF = math.sqrt(0.5)
DENSITY = 1.0 / math.sqrt(2.0 * math.pi)  # of the unit normal at 0

# No "nnan" or "ninf": a diverged run must show its NaN.
_MATH = {"contract", "reassoc", "nsz"}
_OPTIONS: dict[str, Any] = {"fastmath": _MATH, "error_model": "numpy", "nogil": True}
_inlined = nb.njit(cache=True, **_OPTIONS)
_one = nb.njit(cache=True, **_OPTIONS)
_many = nb.njit(cache=True, parallel=True, **_OPTIONS)


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


@_inlined
def _pull(grad: Array, slot: int, rows: Array, edges: Array, values: Array, first: int, last: int) -> None:
    """grad[slot] += sum of values[edges[q]] * grad[rows[q]], four edges a pass."""
    row = grad[slot]
    q = first
    while q + 4 <= last:
        v0, v1, v2, v3 = values[edges[q]], values[edges[q + 1]], values[edges[q + 2]], values[edges[q + 3]]
        g0, g1, g2, g3 = grad[rows[q]], grad[rows[q + 1]], grad[rows[q + 2]], grad[rows[q + 3]]
        for b in range(row.shape[0]):
            row[b] += v0 * g0[b] + v1 * g1[b] + v2 * g2[b] + v3 * g3[b]
        q += 4
    while q < last:
        v0, g0 = values[edges[q]], grad[rows[q]]
        for b in range(row.shape[0]):
            row[b] += v0 * g0[b]
        q += 1


@_inlined
def _dot(first: Array, second: Array) -> Any:
    """Sum over the batch of the product."""
    total = first.dtype.type(0.0)
    for b in range(first.shape[0]):
        total += first[b] * second[b]
    return total


@_inlined
def _sum(row: Array) -> Any:
    """Sum over the batch."""
    total = row.dtype.type(0.0)
    for b in range(row.shape[0]):
        total += row[b]
    return total


@_inlined
def _forward_row(slot, pointer, column, code, values, bias, inputs, state, before):  # type: ignore[no-untyped-def]
    """state[slot] = activation(W state + bias)."""
    row = state[slot]
    row[:] = bias[slot - inputs]
    _accumulate(row, state, column, values, pointer[slot], pointer[slot + 1])
    keep = before.shape[0] > 0
    _activate(row, before[slot] if keep else row, code[slot], keep)


@_inlined
def _backward_row(  # type: ignore[no-untyped-def]
    slot, back_pointer, back_row, back_value, code, values, state, before, grad, floor, limit, slope
):
    """Add what comes back over out-edges to slots in [floor, limit); with `slope`, times the slope."""
    first, last = back_pointer[slot], back_pointer[slot + 1]
    while last > first and back_row[last - 1] >= limit:
        last -= 1
    while last > first and back_row[first] < floor:
        first += 1
    _pull(grad, slot, back_row, back_value, values, first, last)
    if slope:
        _slope(grad[slot], state[slot], before[slot] if before.shape[0] > 0 else state[slot], code[slot])


@_inlined
def _gradient_row(slot, pointer, column, state, grad, inputs, grad_values, grad_bias):  # type: ignore[no-untyped-def]
    """Gradients of the slot's bias and in-edges, sums over the batch."""
    grad_bias[slot - inputs] = _sum(grad[slot])
    for p in range(pointer[slot], pointer[slot + 1]):
        grad_values[p] = _dot(grad[slot], state[column[p]])


# Each loop twice: on one thread, and over all threads for levels with enough work to repay starting them. Every row has
# one owner, so both give the same bits; and the choice follows from the shape alone.


@_one
def forward_one(start, stop, *rest):  # type: ignore[no-untyped-def]
    """Levels forward, on one thread."""
    for slot in range(start, stop):
        _forward_row(slot, *rest)


@_many
def forward_many(start, stop, *rest):  # type: ignore[no-untyped-def]
    """Levels forward, over all threads."""
    for slot in nb.prange(start, stop):
        _forward_row(slot, *rest)


@_one
def backward_one(start, stop, *rest):  # type: ignore[no-untyped-def]
    """Levels backward, on one thread."""
    for slot in range(start, stop):
        _backward_row(slot, *rest)


@_many
def backward_many(start, stop, *rest):  # type: ignore[no-untyped-def]
    """Levels backward, over all threads."""
    for slot in nb.prange(start, stop):
        _backward_row(slot, *rest)


@_one
def gradients_one(start, stop, *rest):  # type: ignore[no-untyped-def]
    """Gradients of values and biases, on one thread."""
    for slot in range(start, stop):
        _gradient_row(slot, *rest)


@_many
def gradients_many(start, stop, *rest):  # type: ignore[no-untyped-def]
    """Gradients of values and biases, over all threads."""
    for slot in nb.prange(start, stop):
        _gradient_row(slot, *rest)
