"""The GPU kernel: Triton programs over the rows of a plan, for float32, bfloat16 and float64.

Triton itself is imported at the first launch, so that a machine without an accelerator never waits for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np
import torch
from torch import Tensor

from graphgrow.arrays import Array
from graphgrow.engine.kernels.device.indices import PIECE, Indices, Rows, indices
from graphgrow.engine.kernels.kernel import Kernel, Loss, Step
from graphgrow.engine.plan import Plan

if find_spec("triton") is None:
    raise ModuleNotFoundError("the gpu kernel needs triton, which torch brings along on Linux", name="triton")

DTYPES = (torch.float32, torch.bfloat16, torch.float64)
LEAST_CAPABILITY = (7, 0)  # of a device, for Triton to compile for it


@dataclass(frozen=True)
class Tile:
    """What one program takes at a time.

    Attributes
    ----------
    edges, batch : edges of a row, and columns of the batch; powers of two.
    warps : groups of 32 threads that share it.
    """

    edges: int
    batch: int
    warps: int


@dataclass(frozen=True)
class Tiles:
    """The tiles of a launch; they decide the order of sums, so they follow from batch and dtype and nothing else.

    Attributes
    ----------
    long, short : for rows of many edges and for the others.
    gradient : for pieces of rows.
    """

    long: Tile
    short: Tile
    gradient: Tile

    @staticmethod
    def of(batch: int, itemsize: int) -> Tiles:
        """Tiles that keep 16 to 32 sums in each thread, and read 128 bytes or more of a row in one go."""
        width = min(max(16, 1 << (batch - 1).bit_length()), 512 // max(4, itemsize))
        narrow = min(width, 32)
        return Tiles(
            long=Tile(4096 // narrow, narrow, 4),
            short=Tile(max(8, 1024 // width), width, 1),
            gradient=Tile(PIECE, width, max(1, PIECE * width // 512)),
        )


class Gpu(Kernel):
    """Triton on CUDA devices; bit-equal from run to run, and for a member alone or in company.

    With `interpreted` it runs tensors on the CPU instead, where the environment says TRITON_INTERPRET=1: slow, and for
    tests only, which is why KERNEL is not of that kind.
    """

    rank = 2

    def __init__(self, interpreted: bool = False) -> None:
        self.interpreted = interpreted

    def able(self, values: Tensor) -> bool:
        """float32, bfloat16 and float64 on a CUDA device that Triton compiles for."""
        if values.dtype not in DTYPES:
            return False
        if self.interpreted:
            return values.device.type == "cpu" and _interprets()
        return values.device.type == "cuda" and _compiles(values.device)

    def forward(
        self, plan: Plan, values: Tensor, bias: Tensor, state: Tensor, before: Tensor, first: int, last: int
    ) -> None:
        """As Kernel.forward."""
        batch = state.shape[1]
        if not batch:
            return
        from graphgrow.engine.kernels.device import rows

        at, tiles = indices(plan, state.device), Tiles.of(batch, state.itemsize)
        keeps = bool(before.shape[0])
        with torch.cuda.device_of(state):  # type: ignore[no-untyped-call]
            for level in range(max(first, 1), last):
                for offset, grid, tile in _launches(at.forward, level, batch, tiles):
                    rows.forward_rows[grid](
                        at.forward.slots, offset, at.pointer, at.column, at.activation, values, bias, state,
                        before if keeps else state, plan.inputs, batch, keeps, _sums(state), tile.edges, tile.batch,
                        num_warps=tile.warps, enable_fp_fusion=True,
                    )  # fmt: skip

    def backward(
        self,
        plan: Plan,
        values: Tensor,
        state: Tensor,
        before: Tensor,
        grad: Tensor,
        first: int,
        last: int,
        earlier: bool,
        seeded: Array,
    ) -> tuple[Tensor, Tensor]:
        """As Kernel.backward."""
        first = max(first, 1)
        batch, whole = state.shape[1], first == 1 and last == plan.levels
        if not batch:
            return torch.zeros_like(values), values.new_zeros(plan.neurons - plan.inputs)
        from graphgrow.engine.kernels.device import rows

        at, tiles = indices(plan, state.device), Tiles.of(batch, state.itemsize)
        # The outputs are there already; anything else is copied, which a captured step must not do.
        held = at.is_output if seeded is plan.is_output else torch.from_numpy(seeded.astype(np.uint8)).to(state.device)
        keeps = bool(before.shape[0])
        with torch.cuda.device_of(state):  # type: ignore[no-untyped-call]
            for level in range(last - 1, -1 if earlier else first - 1, -1):
                for offset, grid, tile in _launches(at.backward, level, batch, tiles):
                    rows.backward_rows[grid](
                        at.backward.slots, offset, at.back_pointer, at.back_row, at.back_value, at.activation, held,
                        at.level, first, last, values, state, before if keeps else state, grad, batch, not whole,
                        level >= first, keeps, _sums(state), tile.edges, tile.batch, num_warps=tile.warps,
                        enable_fp_fusion=True,
                    )  # fmt: skip
            return self._gradients(plan, at, values, state, grad, first, last, tiles.gradient)

    def _gradients(
        self, plan: Plan, at: Indices, values: Tensor, state: Tensor, grad: Tensor, first: int, last: int, tile: Tile
    ) -> tuple[Tensor, Tensor]:
        """Gradients of values and biases from the deltas in `grad`; 0 outside the levels [first, last)."""
        from graphgrow.engine.kernels.device import rows

        made = torch.empty_like if first == 1 and last == plan.levels else torch.zeros_like
        grad_values, grad_bias = made(values), made(values.new_empty(plan.neurons - plan.inputs))
        offset, end = at.piece_bounds[first], at.piece_bounds[max(first, last)]
        if end > offset:
            rows.gradient_pieces[(end - offset,)](
                at.piece_row, at.piece_begin, offset, at.pointer, at.column, state, grad, grad_values, grad_bias,
                plan.inputs, state.shape[1], _sums(state), tile.edges, tile.batch, num_warps=tile.warps,
                enable_fp_fusion=True,
            )  # fmt: skip
        return grad_values, grad_bias

    def step(
        self, plan: Plan, values: Tensor, bias: Tensor, x: Tensor, target: Tensor, loss: Loss, gradients: bool
    ) -> Step:
        """As Kernel.step."""
        batch, count = x.shape[1], plan.outputs.size // plan.members
        state, outputs = values.new_empty((plan.neurons, batch)), values.new_empty((plan.outputs.size, batch))
        state[: plan.inputs].copy_(x)
        before = torch.empty_like(state) if plan.keeps_before else state.new_empty((0, 0))
        grad, losses = torch.empty_like(state) if gradients else state, values.new_empty((plan.members, batch))
        self.forward(plan, values, bias, state, before, 1, plan.levels)
        from graphgrow.engine.kernels.device import rows

        at, tile = indices(plan, state.device), Tiles.of(batch, state.itemsize).gradient
        with torch.cuda.device_of(state):  # type: ignore[no-untyped-call]
            rows.loss_columns[(plan.members, -(-batch // tile.batch))](
                at.outputs, target.contiguous(), state, outputs, losses, grad, count, batch,
                loss is Loss.SQUARED_ERROR, gradients, _sums(state), tile.edges, tile.batch, num_warps=tile.warps,
                enable_fp_fusion=True,
            )  # fmt: skip
        grads: tuple[Tensor | None, Tensor | None] = (None, None)
        if gradients:
            grads = self.backward(plan, values, state, before, grad, 1, plan.levels, False, plan.is_output)
        return Step(losses.mean(1), outputs, losses, *grads)


def _launches(rows: Rows, level: int, batch: int, tiles: Tiles) -> list[tuple[int, tuple[int, int], Tile]]:
    """First row, grid of programs and tile of each launch that a level needs: long rows first, then the others."""
    spans = zip(rows.spans(level), (tiles.long, tiles.short), strict=True)
    return [(offset, (count, -(-batch // tile.batch)), tile) for (offset, count), tile in spans if count]


def _sums(state: Tensor) -> Any:
    """Triton's name for the dtype of sums."""
    import triton.language

    return triton.language.float64 if state.dtype == torch.float64 else triton.language.float32


@cache
def _compiles(device: torch.device) -> bool:
    return torch.cuda.get_device_capability(device) >= LEAST_CAPABILITY


def _interprets() -> bool:
    """Whether Triton's interpreter stands in for its compiler in this process."""
    from triton import JITFunction

    from graphgrow.engine.kernels.device import rows

    return not isinstance(rows.forward_rows, JITFunction)


KERNEL = Gpu()
