"""Products of a few rows at a time with a dense matrix: the inner loops of dense levels on the CPU.

A panel holds the weights of ROWS rows spread out, zeros where there is no edge. Multiplying it touches every pair, but
reads no index, and each number it loads serves all rows of the panel. The sum of every element runs in ascending order
and by fused steps, whatever the sizes of panels and strips, so neither they nor threads change a bit.
"""

from __future__ import annotations

from typing import Any

from llvmlite import binding, ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from graphgrow.arrays import Array
from graphgrow.compiled import compiled
from graphgrow.engine.kernels.products import I64, NARROW, WIDE, _at, _data, _matrix, _tile

# Rows of a panel, and bytes of a row that are summed in registers: as many as the registers hold.
ROWS, SIZE = (6, WIDE) if binding.get_host_cpu_features().get("avx512f") else (4, NARROW)
CACHE = 1 << 19  # bytes that every panel reads again: no more columns are taken at once than stay in a core's cache


def _add(size: int, masked: bool) -> Any:
    """made[r, offset + tile] += sum over k < many of weights[k, r] * others[low + k, start + offset + tile]."""

    @intrinsic
    def add(typing: Any, made: Any, offset: Any, count: Any, weights: Any, others: Any, low: Any, many: Any,
            start: Any) -> Any:  # fmt: skip
        signature = types.void(made, offset, count, weights, others, low, many, start)

        def emit(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
            made_, offset, count, weights_, others_, low, many, start = arguments
            kinds = signature.args
            rows, width = _matrix(context, builder, kinds[0], made_)
            sources, batch = _matrix(context, builder, kinds[4], others_)
            panel = _data(context, builder, kinds[3], weights_)
            tile = _tile(builder, context, kinds[0], size, count if masked else None)
            own = [_at(builder, rows, ir.Constant(I64, r), width, offset) for r in range(ROWS)]
            totals = [cgutils.alloca_once_value(builder, tile.load(place)) for place in own]
            column = builder.add(start, offset)
            with cgutils.for_range_slice(builder, ir.Constant(I64, 0), many, ir.Constant(I64, 1), I64) as (k, _):
                other = tile.load(_at(builder, sources, builder.add(low, k), batch, column))
                for r, total in enumerate(totals):
                    place = builder.add(builder.mul(k, ir.Constant(I64, ROWS)), ir.Constant(I64, r))
                    weight = tile.splat(builder.load(builder.gep(panel, [place])))
                    builder.store(tile.fma(weight, other, builder.load(total)), total)
            for total, place in zip(totals, own, strict=True):
                tile.store(builder.load(total), place)
            return context.get_dummy_value()

        return signature, emit

    return add


_add_wide, _add_narrow, _add_masked = _add(SIZE, False), _add(NARROW, False), _add(NARROW, True)


@compiled
def multiply(made: Array, width: int, weights: Array, others: Array, low: int, start: int) -> None:
    """made[:, :width] += transposed weights (many, ROWS) times others[low : low + many, start : start + width]."""
    wide, narrow, many = SIZE // made.itemsize, NARROW // made.itemsize, weights.shape[0]
    offset = 0
    while offset < width:
        rest = width - offset
        if rest >= wide:
            _add_wide(made, offset, wide, weights, others, low, many, start)
            offset += wide
        elif rest >= narrow:
            _add_narrow(made, offset, narrow, weights, others, low, many, start)
            offset += narrow
        else:
            _add_masked(made, offset, rest, weights, others, low, many, start)
            offset = width


@compiled
def run(first: int, last: int, part: int, parts: int) -> tuple[int, int]:
    """The rows of the part-th of `parts` runs of panels in [first, last)."""
    panels = (last - first + ROWS - 1) // ROWS
    begin, end = panels * part // parts, panels * (part + 1) // parts
    return first + begin * ROWS, min(last, first + end * ROWS)


@compiled
def strip(rows: int, columns: int, itemsize: int) -> int:
    """How many of the columns are taken at once of this many rows: whole tiles."""
    tile = WIDE // itemsize
    return max(1, min(CACHE // (max(rows, 1) * WIDE), (columns + tile - 1) // tile)) * tile
