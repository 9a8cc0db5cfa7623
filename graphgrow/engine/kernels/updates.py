"""Optimizer steps on flat vectors, with one learning rate, decay and clipping factor per member."""

from __future__ import annotations

import math
from typing import Any

import numba as nb
import numpy as np

from graphgrow.arrays import Array
from graphgrow.compiled import compiled, shared_out

PIECE = 1 << 14  # numbers per piece; pieces begin at their member's first number, so company changes no sum
MANY_FROM = 1 << 17  # numbers from which pieces are shared out to threads


def pieces(bounds: Array) -> tuple[Array, Array]:
    """int64 (pieces + 1,) where pieces begin, int64 (pieces,) whose they are; members begin at `bounds`."""
    counts = -(-np.diff(bounds) // PIECE)
    member = np.repeat(np.arange(counts.size), counts)
    within = np.arange(member.size) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.append(bounds[:-1][member] + within * PIECE, bounds[-1]).astype(np.int64), member


@compiled
def _adam_piece(start, stop, values, grad, first, second, rate, decay, coupled, scale, beta1, beta2, epsilon, steps):
    """Adam (Kingma and Ba 2015); decay as a part of the gradient, or apart from it (Loshchilov and Hutter 2019)."""
    kind = values.dtype.type
    size, root = rate / (1.0 - beta1**steps), math.sqrt(1.0 - beta2**steps)
    shrink, pull = kind(1.0 if coupled else 1.0 - rate * decay), kind(decay if coupled else 0.0)
    size_, root_, epsilon_, scale_ = kind(size), kind(root), kind(epsilon), kind(scale)
    new1, keep2, new2 = kind(1.0 - beta1), kind(beta2), kind(1.0 - beta2)
    # Views, since numbers counted from 0 cannot be negative, and only then does LLVM make vectors of the loop.
    values, grad, first, second = values[start:stop], grad[start:stop], first[start:stop], second[start:stop]
    for k in range(values.size):
        value = values[k]
        slope = grad[k] * scale_ + pull * value
        first[k] = first[k] + new1 * (slope - first[k])
        second[k] = keep2 * second[k] + new2 * (slope * slope)
        values[k] = value * shrink - size_ * (first[k] / (np.sqrt(second[k]) / root_ + epsilon_))


@compiled
def _sgd_piece(start, stop, values, grad, first, second, rate, decay, nesterov, scale, momentum, _b, _c, _d):
    """Gradient descent with momentum as torch has it: the step is the rate times the running sum."""
    kind = values.dtype.type
    rate_, pull, scale_, keep = kind(rate), kind(decay), kind(scale), kind(momentum)
    values, grad, first = values[start:stop], grad[start:stop], first[start:stop]
    for k in range(values.size):
        slope = grad[k] * scale_ + pull * values[k]
        first[k] = keep * first[k] + slope
        values[k] -= rate_ * (slope + keep * first[k] if nesterov else first[k])


@compiled
def _update(piece, begins, member, adam, flag, rate, decay, scale, steps, numbers, values, grad, first, second):
    """One piece of one vector."""
    m = member[piece]
    start, stop = begins[piece], begins[piece + 1]
    arguments = (start, stop, values, grad, first, second, rate[m], decay[m], flag, scale[m])
    if adam:
        _adam_piece(*arguments, numbers[0], numbers[1], numbers[2], steps[m])
    else:
        _sgd_piece(*arguments, numbers[0], numbers[1], numbers[2], steps[m])


@compiled
def update_one(begins, *rest):
    """All pieces on one thread."""
    for piece in range(begins.size - 1):
        _update(piece, begins, *rest)


@shared_out
def update_many(begins, *rest):
    """Pieces shared out."""
    for piece in nb.prange(begins.size - 1):
        _update(piece, begins, *rest)


def update(begins: Array, *rest: Any) -> None:
    """Update one flat vector in place; `begins` and what follows are as `_update` says."""
    (update_many if begins[-1] >= MANY_FROM else update_one)(begins, *rest)


@compiled
def add_squares(begins: Array, member: Array, grad: Array, totals: Array) -> None:
    """totals[m] += sum of squares of the member's gradient, float64, piece after piece."""
    for piece in range(begins.size - 1):
        total = 0.0
        for k in range(begins[piece], begins[piece + 1]):
            total += np.float64(grad[k]) * np.float64(grad[k])
        totals[member[piece]] += total
