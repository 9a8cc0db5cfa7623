"""The inner loops of the CPU kernel, written as vector instructions.

Left to itself LLVM keeps the row being summed in memory and orders sums over the batch as it likes. Here the row stays
in registers, and the order of every sum is part of the text: results do not depend on which loop, schedule or company a
row is computed in. A tile is 256 or 64 bytes of one row, or less than 64 with a mask.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from graphgrow.engine.kernels.vectors import I32, Tile

WIDE, NARROW = 256, 64  # bytes of a tile; NARROW is also how wide sums over the batch run
I64 = ir.IntType(64)


def _data(context: Any, builder: ir.IRBuilder, kind: types.Array, array: ir.Value) -> ir.Value:
    """Pointer to the first number of an array."""
    return context.make_array(kind)(context, builder, array).data


def _at(builder: ir.IRBuilder, base: ir.Value, row: ir.Value, batch: ir.Value, offset: ir.Value) -> ir.Value:
    """Pointer to [row, offset]; 64-bit, since rows * batch passes 2^31."""
    return builder.gep(base, [builder.add(builder.mul(row, batch), offset)])


def _row(builder: ir.IRBuilder, base: ir.Value, at: ir.Value) -> ir.Value:
    """The int32 at a place of an index array, as int64."""
    return builder.sext(builder.load(builder.gep(base, [at])), I64)


def _tile(builder: ir.IRBuilder, context: Any, array: types.Array, size: int, count: ir.Value | None) -> Tile:
    element = context.get_value_type(array.dtype)
    width = array.dtype.bitwidth // 8  # type: ignore[attr-defined]
    return Tile(builder, element, size // width, count)


def _sum_over_edges(
    tile: Tile, start: ir.Value, first: ir.Value, last: ir.Value, term: Callable[[ir.Value], tuple[ir.Value, ir.Value]]
) -> ir.Value:
    """start + sum over p in [first, last) of value * tile, in that order; the sum stays in registers."""
    builder = tile.builder
    total = cgutils.alloca_once(builder, tile.kind)
    builder.store(start, total)
    with cgutils.for_range_slice(builder, first, last, ir.Constant(I64, 1), I64) as (p, _):
        value, pointer = term(p)
        builder.store(tile.fma(tile.splat(value), tile.load(pointer), builder.load(total)), total)
    return builder.load(total)


def _accumulate(size: int, masked: bool) -> Any:
    """state[slot, tile] = bias + sum of values[p] * state[column[p], tile]; with `relu`, not below 0."""

    @intrinsic
    def accumulate(typing, state, slot, offset, count, column, values, first, last, bias, relu):
        signature = types.void(state, slot, offset, count, column, values, first, last, bias, relu)

        def emit(context, builder, signature, arguments):
            state_, slot, offset, count, column_, values_, first, last, bias, relu = arguments
            kinds = signature.args
            rows, batch = _matrix(context, builder, kinds[0], state_)
            columns, weights = _data(context, builder, kinds[4], column_), _data(context, builder, kinds[5], values_)
            tile = _tile(builder, context, kinds[0], size, count if masked else None)

            def term(p: ir.Value) -> tuple[ir.Value, ir.Value]:
                place = _at(builder, rows, _row(builder, columns, p), batch, offset)
                return builder.load(builder.gep(weights, [p])), place

            total = _sum_over_edges(tile, tile.splat(bias), first, last, term)
            # Not "greater than": NaN must stay NaN, so that a diverged run shows it.
            negative = builder.fcmp_ordered("<", total, tile.zero())
            total = builder.select(relu, builder.select(negative, tile.zero(), total), total)
            tile.store(total, _at(builder, rows, slot, batch, offset))
            return context.get_dummy_value()

        return signature, emit

    return accumulate


def _pull(size: int, masked: bool) -> Any:
    """grad[slot, tile] = (itself if `seeded`) + sum of values[back_value[q]] * grad[back_row[q], tile].

    With `relu`, 0 where state[slot] is not above 0.
    """

    @intrinsic
    def pull(typing, grad, slot, offset, count, back_row, back_value, values, first, last, seeded, state, relu):
        signature = types.void(
            grad, slot, offset, count, back_row, back_value, values, first, last, seeded, state, relu
        )

        def emit(context, builder, signature, arguments):
            grad_, slot, offset, count, _, _, values_, first, last, seeded, state_, relu = arguments
            kinds = signature.args
            rows, batch = _matrix(context, builder, kinds[0], grad_)
            targets, edges = (_data(context, builder, kinds[k], arguments[k]) for k in (4, 5))
            weights = _data(context, builder, kinds[6], values_)
            tile = _tile(builder, context, kinds[0], size, count if masked else None)
            own = _at(builder, rows, slot, batch, offset)
            start = cgutils.alloca_once_value(builder, tile.zero())
            with builder.if_then(seeded):
                builder.store(tile.load(own), start)

            def term(q: ir.Value) -> tuple[ir.Value, ir.Value]:
                place = _at(builder, rows, _row(builder, targets, q), batch, offset)
                return builder.load(builder.gep(weights, [_row(builder, edges, q)])), place

            total = cgutils.alloca_once_value(builder, _sum_over_edges(tile, builder.load(start), first, last, term))
            with builder.if_then(relu):
                states, _ = _matrix(context, builder, kinds[10], state_)
                at_rest = builder.fcmp_ordered("<=", tile.load(_at(builder, states, slot, batch, offset)), tile.zero())
                builder.store(builder.select(at_rest, tile.zero(), builder.load(total)), total)
            tile.store(builder.load(total), own)
            return context.get_dummy_value()

        return signature, emit

    return pull


def _matrix(context: Any, builder: ir.IRBuilder, kind: types.Array, array: ir.Value) -> tuple[ir.Value, ir.Value]:
    """Pointer to the first number, and numbers per row, of a C-ordered matrix."""
    made = context.make_array(kind)(context, builder, array)
    return made.data, cgutils.unpack_tuple(builder, made.shape, 2)[1]


def _dots(edges: int) -> Any:
    """made[at + k] = sum over the batch of grad[slot] * state[column[at + k]], for k < edges.

    Lanes are summed by halves, whatever the number of edges taken at once.
    """

    @intrinsic
    def dots(typing, made, at, grad, slot, state, column):
        signature = types.void(made, at, grad, slot, state, column)

        def emit(context, builder, signature, arguments):
            made_, at, grad_, slot, state_, column_ = arguments
            kinds = signature.args
            rows, batch = _matrix(context, builder, kinds[2], grad_)
            states, _ = _matrix(context, builder, kinds[4], state_)
            columns = _data(context, builder, kinds[5], column_)
            zero = ir.Constant(I64, 0)
            own = _at(builder, rows, slot, batch, zero)
            places = [builder.add(at, ir.Constant(I64, k)) for k in range(edges)]
            others = [_at(builder, states, _row(builder, columns, p), batch, zero) for p in places]
            totals = _sum_over_batch(context, builder, kinds[2], own, others, batch)
            target = _data(context, builder, kinds[0], made_)
            for k, place in enumerate(places):
                lane = builder.extract_element(totals, ir.Constant(I32, k))
                builder.store(lane, builder.gep(target, [place]))
            return context.get_dummy_value()

        return signature, emit

    return dots


def _sum_over_batch(
    context: Any,
    builder: ir.IRBuilder,
    kind: types.Array,
    own: ir.Value,
    others: Sequence[ir.Value | None],
    batch: ir.Value,
) -> ir.Value:
    """The sums over the batch of own * other for each other (of own, where it is None), as one vector."""
    tile = _tile(builder, context, kind, NARROW, None)
    lanes = ir.Constant(I64, tile.lanes)
    totals = [cgutils.alloca_once_value(builder, tile.zero()) for _ in others]
    whole = builder.mul(builder.sdiv(batch, lanes), lanes)

    def add(tile: Tile, offset: ir.Value) -> None:
        first = tile.load(builder.gep(own, [offset]))
        for total, other in zip(totals, others, strict=True):
            before = builder.load(total)
            if other is None:
                builder.store(builder.fadd(first, before), total)
            else:
                builder.store(tile.fma(first, tile.load(builder.gep(other, [offset])), before), total)

    with cgutils.for_range_slice(builder, ir.Constant(I64, 0), whole, lanes, I64) as (offset, _):
        add(tile, offset)
    rest = builder.sub(batch, whole)
    with builder.if_then(builder.icmp_signed(">", rest, ir.Constant(I64, 0))):
        add(_tile(builder, context, kind, NARROW, rest), whole)
    return _by_halves(tile, [builder.load(total) for total in totals])


def _by_halves(tile: Tile, vectors: list[ir.Value]) -> ir.Value:
    """The sum of the lanes of each vector: first half plus second half, until one lane is left."""
    width, owners = tile.lanes, 1
    while width > 1:
        half = width // 2
        if len(vectors) == 1:
            vectors = [vectors[0], vectors[0]]
            span = range(owners)
        else:
            span = range(2 * owners)
        # Two vectors of `owners` sums each become one of twice as many, each half as wide.
        made = []
        for first, second in zip(vectors[::2], vectors[1::2], strict=True):
            low = [owner * width + lane for owner in span for lane in range(half)]
            parts = [tile.shuffle(first, second, [lane + shift for lane in low]) for shift in (0, half)]
            made.append(tile.builder.fadd(*parts))
        vectors, width, owners = made, half, len(span)
    return vectors[0]


@intrinsic
def total(typing, made, at, grad, slot):
    """made[at] = sum over the batch of grad[slot], in the order of `dots`."""
    signature = types.void(made, at, grad, slot)

    def emit(context, builder, signature, arguments):
        made_, at, grad_, slot = arguments
        rows, batch = _matrix(context, builder, signature.args[2], grad_)
        own = _at(builder, rows, slot, batch, ir.Constant(I64, 0))
        sums = _sum_over_batch(context, builder, signature.args[2], own, [None], batch)
        target = _data(context, builder, signature.args[0], made_)
        builder.store(builder.extract_element(sums, ir.Constant(I32, 0)), builder.gep(target, [at]))
        return context.get_dummy_value()

    return signature, emit


accumulate_wide, accumulate_narrow, accumulate_masked = (
    _accumulate(WIDE, False),
    _accumulate(NARROW, False),
    _accumulate(NARROW, True),
)
pull_wide, pull_narrow, pull_masked = _pull(WIDE, False), _pull(NARROW, False), _pull(NARROW, True)
dots_four, dots_one = _dots(4), _dots(1)
