"""numba loops over the slots of a plan: every loop owns the rows it writes, so schedules and threads change no bit."""

from __future__ import annotations

import math

from graphgrow.arrays import Array
from graphgrow.compiled import compiled
from graphgrow.engine.kernels import products
from graphgrow.engine.kernels.elementary import exp_negative, expm1_negative

# Values of graph.wiring.Activation, as constants that numba folds into the machine code.
RELU, LEAKY_RELU, GELU, SIGMOID, TANH = 1, 2, 3, 4, 5
SLOPE = 0.01  # of leaky_relu below zero, as in torch
SQRT_HALF = math.sqrt(0.5)
DENSITY = 1.0 / math.sqrt(2.0 * math.pi)  # of the unit normal at 0


@compiled
def _activate(row: Array, before: Array, code: int) -> None:
    """row = activation of itself; GELU keeps its argument in `before`, where that has room."""
    one, half = row.dtype.type(1.0), row.dtype.type(0.5)
    if code == LEAKY_RELU:
        for b in range(row.size):
            row[b] = row[b] * row.dtype.type(SLOPE) if row[b] < 0 else row[b]
    elif code == GELU:
        for b in range(before.size):
            before[b] = row[b]
        for b in range(row.size):
            row[b] = half * row[b] * (one + row.dtype.type(math.erf(row[b] * SQRT_HALF)))
    elif code == SIGMOID:
        for b in range(row.size):
            # exp of a negative number only, so that neither tail overflows.
            e = exp_negative(-abs(row[b]))
            row[b] = (e if row[b] < 0 else one) / (one + e)
    elif code == TANH:
        for b in range(row.size):
            e = expm1_negative(-abs(row[b] + row[b]))
            row[b] = math.copysign(-e / (e + one + one), row[b])


@compiled
def _slope(grad: Array, row: Array, before: Array, code: int) -> None:
    """grad *= derivative of the activation, told from its value (GELU: from its argument)."""
    one = grad.dtype.type(1.0)
    if code == LEAKY_RELU:
        for b in range(grad.size):
            grad[b] = grad[b] if row[b] > 0 else grad[b] * grad.dtype.type(SLOPE)
    elif code == GELU:
        for b in range(grad.size):
            z = before[b]
            cdf = 0.5 * (1.0 + math.erf(z * SQRT_HALF))
            grad[b] *= grad.dtype.type(cdf + z * DENSITY * math.exp(-0.5 * z * z))
    elif code == SIGMOID:
        for b in range(grad.size):
            grad[b] *= row[b] * (one - row[b])
    elif code == TANH:
        for b in range(grad.size):
            grad[b] *= one - row[b] * row[b]


@compiled
def _part(rows: Array, slot: int, start: int, stop: int) -> Array:
    """rows[slot, start:stop], empty where there are no rows; counted from 0, a loop over it can be made of vectors."""
    return rows[slot, start:stop] if rows.shape[0] > 0 else rows.ravel()


@compiled
def forward_slots(first, last, start, stop, pointer, column, code, values, bias, inputs, state, before):
    """state[first:last, start:stop] = activation(W state + bias), slots in ascending order, tile after tile."""
    wide, narrow = products.WIDE // state.itemsize, products.NARROW // state.itemsize
    offset = start
    while offset < stop:
        rest = stop - offset
        width = wide if rest >= wide else min(rest, narrow)
        for slot in range(first, last):
            p, q, kind = pointer[slot], pointer[slot + 1], code[slot]
            origin, relu = bias[slot - inputs], kind == RELU
            if width == wide:
                products.accumulate_wide(state, slot, offset, width, column, values, p, q, origin, relu)
            elif width == narrow:
                products.accumulate_narrow(state, slot, offset, width, column, values, p, q, origin, relu)
            else:
                products.accumulate_masked(state, slot, offset, width, column, values, p, q, origin, relu)
            if kind > RELU:
                end = offset + width
                _activate(_part(state, slot, offset, end), _part(before, slot, offset, end), kind)
        offset += width


@compiled
def place(index: Array, begin: int, end: int, wanted: int) -> int:
    """The first place in [begin, end) of an ascending index that is not below `wanted`."""
    while begin < end:
        middle = (begin + end) // 2
        if index[middle] < wanted:
            begin = middle + 1
        else:
            end = middle
    return begin


@compiled
def backward_slots(
    first, last, start, stop, back_pointer, back_row, back_value, code, seeded, values, state, before, grad, floor,
    limit, slope,
):  # fmt: skip
    """grad[first:last, start:stop] from dL/d(state) to deltas, slots in descending order, tile after tile.

    Adds what comes back over out-edges to slots in [floor, limit); rows that are not `seeded` hold nothing before.
    """
    wide, narrow = products.WIDE // grad.itemsize, products.NARROW // grad.itemsize
    offset = start
    while offset < stop:
        rest = stop - offset
        width = wide if rest >= wide else min(rest, narrow)
        for slot in range(last - 1, first - 1, -1):
            p, q, kind = back_pointer[slot], back_pointer[slot + 1], code[slot]
            if q > p and back_row[q - 1] >= limit:
                q = place(back_row, p, q, limit)
            if q > p and back_row[p] < floor:
                p = place(back_row, p, q, floor)
            holds, relu = seeded[slot], slope and kind == RELU
            if width == wide:
                products.pull_wide(grad, slot, offset, width, back_row, back_value, values, p, q, holds, state, relu)
            elif width == narrow:
                products.pull_narrow(grad, slot, offset, width, back_row, back_value, values, p, q, holds, state, relu)
            else:
                products.pull_masked(grad, slot, offset, width, back_row, back_value, values, p, q, holds, state, relu)
            if slope and kind > RELU:
                end = offset + width
                rows = _part(state, slot, offset, end)
                _slope(_part(grad, slot, offset, end), rows, _part(before, slot, offset, end), kind)
        offset += width


@compiled
def gradient_slots(first, last, pointer, column, state, grad, inputs, grad_values, grad_bias):
    """Gradients of the biases of slots and of their in-edges, sums over the batch."""
    for slot in range(first, last):
        products.total(grad_bias, slot - inputs, grad, slot)  # type: ignore[call-arg]
        p, q = pointer[slot], pointer[slot + 1]
        while p + 4 <= q:
            products.dots_four(grad_values, p, grad, slot, state, column)
            p += 4
        while p < q:
            products.dots_one(grad_values, p, grad, slot, state, column)
            p += 1


@compiled
def share(pointer: Array, first: int, last: int, part: int, parts: int) -> int:
    """Where the part-th of `parts` runs of slots in [first, last) begins; all do about equal work."""
    wanted = (pointer[last] - pointer[first] + OWN * (last - first)) * part // parts
    low, high = first, last
    while low < high:
        middle = (low + high) // 2
        if pointer[middle] - pointer[first] + OWN * (middle - first) < wanted:
            low = middle + 1
        else:
            high = middle
    return low


OWN = 4  # what a row costs beside its edges, in edges
