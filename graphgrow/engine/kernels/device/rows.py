"""The three products as Triton programs; every row of a result has one owner, so no atomics and always the same bits.

Rows of states and deltas are (batch,) and contiguous. A program takes one row and one tile of the batch, and walks over
the row's edges some at a time; sums are float32 whatever is stored, float64 for float64. Addresses are int64.
"""

from __future__ import annotations

import triton
import triton.language as tl

from graphgrow.engine.kernels.device.activations import GELU, activated, sloped


# What changes from launch to launch or with growth is not specialized: programs for single values would gain nothing.
@triton.jit(do_not_specialize=["offset", "inputs"])
def forward_rows(  # type: ignore[no-untyped-def]
    rows, offset, pointer, column, activation, values, bias, state, before, inputs, batch,
    keeps: tl.constexpr, kind: tl.constexpr, many: tl.constexpr, width: tl.constexpr,
):  # fmt: skip
    """state[row] = activation(bias + sum of values * state[column]) for rows[offset:].

    keeps: stores the arguments of GELU in `before`. kind: dtype of sums. many, width: edges and columns at a time.
    """
    row = tl.load(rows + offset + tl.program_id(0)).to(tl.int64)
    across = tl.program_id(1) * width + tl.arange(0, width)
    inside = across < batch
    begin, end = tl.load(pointer + row), tl.load(pointer + row + 1)
    total = tl.zeros((many, width), kind)
    for start in range(begin, end, many):
        edge = start + tl.arange(0, many)
        holds = edge < end
        weight = tl.load(values + edge, mask=holds, other=0.0).to(kind)
        source = tl.load(column + edge, mask=holds, other=0).to(tl.int64)
        mask = holds[:, None] & inside[None, :]
        x = tl.load(state + source[:, None] * batch + across[None, :], mask=mask, other=0.0).to(kind)
        total += weight[:, None] * x
    z = tl.sum(total, 0) + tl.load(bias + row - inputs).to(kind)
    code, place = tl.load(activation + row), row * batch + across
    # Nested, since `and` joins no constant with what is known only when the program runs.
    if keeps:  # noqa: SIM102
        if code == GELU:
            tl.store(before + place, z, mask=inside)
    tl.store(state + place, activated(z, code), mask=inside)


@triton.jit(do_not_specialize=["offset", "first", "last"])
def backward_rows(  # type: ignore[no-untyped-def]
    rows, offset, back_pointer, back_row, back_value, activation, seeded, level, first, last, values, state, before,
    grad, batch, bounded: tl.constexpr, slopes: tl.constexpr, keeps: tl.constexpr, kind: tl.constexpr,
    many: tl.constexpr, width: tl.constexpr,
):  # fmt: skip
    """grad[row] from dL/d(state) to a delta for rows[offset:], with what comes back over the row's out-edges.

    bounded: follows only edges to levels [first, last). slopes: multiplies by the activation's derivative.
    """
    row = tl.load(rows + offset + tl.program_id(0)).to(tl.int64)
    across = tl.program_id(1) * width + tl.arange(0, width)
    inside = across < batch
    begin, end = tl.load(back_pointer + row), tl.load(back_pointer + row + 1)
    total = tl.zeros((many, width), kind)
    for start in range(begin, end, many):
        edge = start + tl.arange(0, many)
        holds = edge < end
        target = tl.load(back_row + edge, mask=holds, other=0).to(tl.int64)
        if bounded:
            reached = tl.load(level + target)
            holds = holds & (reached >= first) & (reached < last)
        weight = tl.load(values + tl.load(back_value + edge, mask=holds, other=0), mask=holds, other=0.0).to(kind)
        mask = holds[:, None] & inside[None, :]
        total += weight[:, None] * tl.load(grad + target[:, None] * batch + across[None, :], mask=mask, other=0.0).to(
            kind
        )
    place, code = row * batch + across, tl.load(activation + row)
    delta = tl.sum(total, 0)
    if tl.load(seeded + row) != 0:
        delta += tl.load(grad + place, mask=inside, other=0.0).to(kind)
    if slopes:
        value = tl.load(state + place, mask=inside, other=0.0).to(kind)
        argument = value
        if keeps:  # noqa: SIM102
            if code == GELU:
                argument = tl.load(before + place, mask=inside, other=0.0).to(kind)
        delta = sloped(delta, value, argument, code)
    tl.store(grad + place, delta, mask=inside)


@triton.jit(do_not_specialize=["offset", "inputs"])
def gradient_pieces(  # type: ignore[no-untyped-def]
    piece_row, piece_begin, offset, pointer, column, state, grad, grad_values, grad_bias, inputs, batch,
    kind: tl.constexpr, many: tl.constexpr, width: tl.constexpr,
):  # fmt: skip
    """grad_values[p] = sum over the batch of delta[row] * state[column[p]], many edges of one row per program.

    The program with the first edges of a row also sums the row's delta into grad_bias.
    """
    piece = offset + tl.program_id(0)
    row, begin = tl.load(piece_row + piece).to(tl.int64), tl.load(piece_begin + piece)
    edge = begin + tl.arange(0, many)
    holds = edge < tl.load(pointer + row + 1)
    source = tl.load(column + edge, mask=holds, other=0).to(tl.int64)
    total, own = tl.zeros((many, width), kind), tl.zeros((width,), kind)
    for start in range(0, batch, width):
        across = start + tl.arange(0, width)
        inside = across < batch
        delta = tl.load(grad + row * batch + across, mask=inside, other=0.0).to(kind)
        mask = holds[:, None] & inside[None, :]
        x = tl.load(state + source[:, None] * batch + across[None, :], mask=mask, other=0.0).to(kind)
        total += delta[None, :] * x
        own += delta
    tl.store(grad_values + edge, tl.sum(total, 1), mask=holds)
    if begin == tl.load(pointer + row):
        tl.store(grad_bias + row - inputs, tl.sum(own, 0))


@triton.jit(do_not_specialize=["count"])
def loss_columns(  # type: ignore[no-untyped-def]
    slots, target, state, outputs, losses, grad, count, batch, squared: tl.constexpr, gradients: tl.constexpr,
    kind: tl.constexpr, many: tl.constexpr, width: tl.constexpr,
):  # fmt: skip
    """Losses of one member's samples, a copy of its outputs, and the gradient of its mean loss in their rows of grad.

    slots: of the outputs, `count` per member. squared: squared error, mean over outputs, against targets
    (count, batch); else cross entropy of the outputs as logits against labels (batch,), by one pass that keeps the
    largest logit so far, and a second one for the gradient.
    """
    base = tl.program_id(0).to(tl.int64) * count
    across = tl.program_id(1) * width + tl.arange(0, width)
    inside = across < batch
    share = tl.full((width,), 1.0, kind) / batch
    total, top, wanted = tl.zeros((width,), kind), tl.full((width,), float("-inf"), kind), tl.zeros((width,), kind)
    if not squared:
        label = tl.load(target + across, mask=inside, other=0)
    for start in range(0, count, many):
        k = start + tl.arange(0, many)
        mask = (k < count)[:, None] & inside[None, :]
        row = tl.load(slots + base + k, mask=k < count, other=0)[:, None] * batch + across[None, :]
        z = tl.load(state + row, mask=mask, other=0.0).to(kind)
        tl.store(outputs + (base + k)[:, None] * batch + across[None, :], z, mask=mask)
        if squared:
            place = k[:, None].to(tl.int64) * batch + across[None, :]
            off = z - tl.load(target + place, mask=mask, other=0.0).to(kind)
            total += tl.sum(off * off, 0) / count
            if gradients:
                tl.store(grad + row, off * (share + share)[None, :] / count, mask=mask)
        else:
            z = tl.where(mask, z, float("-inf"))
            before = top
            top = tl.maximum(top, tl.max(z, 0))
            total = total * tl.exp(before - top) + tl.sum(tl.exp(z - top[None, :]), 0)
            wanted += tl.sum(tl.where(k[:, None] == label[None, :], z, 0.0), 0)
    if not squared:
        if gradients:
            for start in range(0, count, many):
                k = start + tl.arange(0, many)
                mask = (k < count)[:, None] & inside[None, :]
                row = tl.load(slots + base + k, mask=k < count, other=0)[:, None] * batch + across[None, :]
                z = tl.load(state + row, mask=mask, other=0.0).to(kind)
                made = tl.exp(z - top[None, :]) * (share / total)[None, :]
                tl.store(grad + row, made - tl.where(k[:, None] == label[None, :], share[None, :], 0.0), mask=mask)
        total = tl.log(total) + top - wanted
    tl.store(losses + tl.program_id(0).to(tl.int64) * batch + across, total, mask=inside)
