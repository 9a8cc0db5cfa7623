"""Katz sweeps in topological order: every entry is read once, and sums keep the order of the entries."""

from __future__ import annotations

import numpy as np

from graphgrow.compiled import as_written

# How an entry counts, as in katz.EdgeValue.
UNWEIGHTED, SIGNED, ABSOLUTE = 0, 1, 2


@as_written
def worth(weight, entry, mode):
    """What an entry counts for."""
    if mode == UNWEIGHTED:
        return 1.0
    value = np.float64(weight[entry])
    return abs(value) if mode == ABSOLUTE else value


@as_written
def gather(order, pointer, other, weight, mode, alpha, made):
    """made[r] += alpha * sum over the row of r, for r in order; float64 (nodes,) in place."""
    for row in order:
        total = 0.0
        for entry in range(pointer[row], pointer[row + 1]):
            total += worth(weight, entry, mode) * made[other[entry]]
        made[row] += alpha * total


@as_written
def gather_many(order, pointer, other, weight, mode, alpha, made):
    """The same for float64 (nodes, batch): bit for bit what `gather` makes of each column."""
    batch = made.shape[1]
    total = np.empty(batch)
    for row in order:
        total[:] = 0.0
        for entry in range(pointer[row], pointer[row + 1]):
            value = worth(weight, entry, mode)
            source = other[entry]
            for column in range(batch):
                total[column] += value * made[source, column]
        for column in range(batch):
            made[row, column] += alpha * total[column]


@as_written
def picked(order, source, made):
    """made[k] = source[order[k]], for 32-bit places, which numpy would first copy into 64-bit ones."""
    for at in range(order.size):
        made[at] = source[order[at]]


@as_written
def scatter(order, pointer, other, weight, mode, alpha, made):
    """made[t] += alpha * w * made[r] for every entry r -> t, r in order: no entry has to be turned round."""
    heard = np.zeros(made.size)
    for row in order:
        made[row] += alpha * heard[row]
        value = made[row]
        for entry in range(pointer[row], pointer[row + 1]):
            heard[other[entry]] += worth(weight, entry, mode) * value


@as_written
def scatter_many(order, pointer, other, weight, mode, alpha, made):
    """The same for float64 (nodes, batch)."""
    batch = made.shape[1]
    heard = np.zeros(made.shape)
    for row in order:
        for column in range(batch):
            made[row, column] += alpha * heard[row, column]
        for entry in range(pointer[row], pointer[row + 1]):
            value = worth(weight, entry, mode)
            target = other[entry]
            for column in range(batch):
                heard[target, column] += value * made[row, column]


@as_written
def gather_logs(order, pointer, other, weight, mode, log_alpha, made):
    """The logarithm of what `gather` makes, of logarithms; entries of weight 0 hand nothing on."""
    for row in order:
        high = made[row]
        for entry in range(pointer[row], pointer[row + 1]):
            value = log_alpha + np.log(worth(weight, entry, mode)) + made[other[entry]]
            high = max(high, value)
        if high == -np.inf:
            continue
        total = np.exp(made[row] - high)
        for entry in range(pointer[row], pointer[row + 1]):
            total += np.exp(log_alpha + np.log(worth(weight, entry, mode)) + made[other[entry]] - high)
        made[row] = high + np.log(total)


@as_written
def topological(pointer, other):
    """int32 (settled,): rows so that every entry leads to a later one; shorter than the rows where there is a cycle."""
    nodes = pointer.size - 1
    rising = True
    for row in range(nodes):
        for entry in range(pointer[row], pointer[row + 1]):
            rising &= other[entry] > row
    if rising:
        # Most graphs come in such an order, which is read without jumps.
        return np.arange(nodes, dtype=np.int32)
    waiting = np.zeros(nodes, np.int32)
    for entry in range(other.size):
        waiting[other[entry]] += 1
    order = np.empty(nodes, np.int32)
    settled = 0
    for row in range(nodes):
        if waiting[row] == 0:
            order[settled] = row
            settled += 1
    at = 0
    while at < settled:
        row = order[at]
        at += 1
        for entry in range(pointer[row], pointer[row + 1]):
            target = other[entry]
            waiting[target] -= 1
            if waiting[target] == 0:
                order[settled] = target
                settled += 1
    return order[:settled]
