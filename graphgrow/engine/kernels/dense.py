"""Levels that hold most of the edges they could hold are computed as dense ones, the others by the CPU kernel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numba
import numpy as np
from torch import Tensor

from graphgrow.arrays import Array
from graphgrow.engine.kernels import dense_loops
from graphgrow.engine.kernels.cpu import Cpu, Room, Sharing, _array, _flat, _rows, _start_threads, _taken
from graphgrow.engine.kernels.kernel import Kernel, Loss, Step
from graphgrow.engine.kernels.schedules import transpose
from graphgrow.engine.plan import Plan
from graphgrow.settings import EngineSettings


@dataclass(frozen=True)
class Block:
    """A level that is computed as a dense one.

    Attributes
    ----------
    level : which of the occupied levels.
    first, last : its slots are [first, last).
    low, high : all its sources lie in [low, high).
    """

    level: int
    first: int
    last: int
    low: int
    high: int

    @property
    def places(self) -> int:
        """Pairs of a slot and a source that might be edges."""
        return (self.last - self.first) * (self.high - self.low)


# Weak, so that a network which has grown frees what it was.
_known: WeakKeyDictionary[Plan, dict[EngineSettings, tuple[Block, ...]]] = WeakKeyDictionary()


def dense_levels(plan: Plan, engine: EngineSettings) -> tuple[Block, ...]:
    """The levels to compute as dense ones, in order; the plan and the stored thresholds alone decide.

    A population has none: the slots of a level do not follow one another there, and most members are small.
    """
    if engine.dense_above is None or plan.members > 1:
        return ()
    known = _known.setdefault(plan, {})
    if engine not in known:
        known[engine] = tuple(_found(plan, engine.dense_above, engine.dense_from))
    return known[engine]


def _found(plan: Plan, above: float, least: int) -> Iterator[Block]:
    for level in range(1, plan.levels):
        first, last = int(plan.level_pointer[level]), int(plan.level_pointer[level + 1])
        column = plan.column[int(plan.pointer[first]) : int(plan.pointer[last])]
        if not column.size:
            continue
        block = Block(level, first, last, int(column.min()), int(column.max()) + 1)
        if block.places >= least and column.size >= above * block.places:
            yield block


class Mixed(Kernel):
    """The CPU kernel, but for dense levels, whose weights are spread out in panels.

    Gradients of a dense level are summed in another order than those of a sparse one, so the thresholds decide bits,
    and a run keeps them. For the same thresholds bits are equal from run to run and for any number of threads. Where a
    state is not finite, all neurons of a dense level see it, whether or not they have an edge to it.
    """

    rank = 0

    def __init__(self, engine: EngineSettings) -> None:
        self.engine = engine
        plain = Sharing()
        product = plain.product if engine.share_product is None else engine.share_product
        step = plain.step if engine.share_step is None else engine.share_step
        self.sparse = Cpu(Sharing(product=product, step=step))
        # As the CPU kernel keeps it, and for the same reasons.
        self._scratch: WeakKeyDictionary[Plan, list[Room]] = WeakKeyDictionary()

    def __reduce__(self) -> tuple[type[Mixed], tuple[EngineSettings]]:
        # A copy has no memory yet.
        return Mixed, (self.engine,)

    def able(self, values: Tensor) -> bool:
        """float32 and float64 on the CPU."""
        return self.sparse.able(values)

    def forward(
        self, plan: Plan, values: Tensor, bias: Tensor, state: Tensor, before: Tensor, first: int, last: int
    ) -> None:
        """As Kernel.forward."""
        at = max(first, 1)
        for block in self._blocks(plan, at, last):
            if at < block.level:
                self.sparse.forward(plan, values, bias, state, before, at, block.level)
            (dense_loops.forward_many if self._shares(block.places, state) else dense_loops.forward_one)(
                block.first, block.last, block.low, block.high, plan.pointer, plan.column, plan.activation,
                _flat(values), _flat(bias), plan.inputs, _array(state), _array(before),
            )  # fmt: skip
            at = block.level + 1
        if at < last:
            self.sparse.forward(plan, values, bias, state, before, at, last)

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
        blocks = self._blocks(plan, first, last)
        if not blocks:
            return self.sparse.backward(plan, values, state, before, grad, first, last, earlier, seeded)
        floor = 0 if earlier else int(plan.level_pointer[first])
        # Each level adds to the rows of its sources, so from here on every row holds something.
        _array(grad)[floor:][~seeded[floor:]] = 0
        room = values.new_empty if first == 1 and last == plan.levels else values.new_zeros
        grads = room(plan.edges), room(plan.neurons - plan.inputs)
        at = last
        for block in reversed(blocks):
            self._sparse(plan, values, state, before, grad, block.level + 1, at, floor, grads)
            self._dense(block, plan, values, state, before, grad, floor, grads)
            at = block.level
        self._sparse(plan, values, state, before, grad, first, at, floor, grads)
        return grads

    def step(
        self, plan: Plan, values: Tensor, bias: Tensor, x: Tensor, target: Tensor, loss: Loss, gradients: bool
    ) -> Step:
        """As Kernel.step; in one piece where no level is dense."""
        if not dense_levels(plan, self.engine):
            return self.sparse.step(plan, values, bias, x, target, loss, gradients)
        batch, kept = x.shape[1], self._scratch.setdefault(plan, [])
        state, grad, before = room = _taken(kept, plan, values, batch)
        transpose(_rows(x, state), _array(state), 0, batch)
        self.forward(plan, values, bias, state, before, 1, plan.levels)
        outputs, losses = values.new_empty((plan.outputs.size, batch)), values.new_empty((1, batch))
        means, truth, labels = losses.new_empty(1), np.ascontiguousarray(target.numpy()), loss is Loss.CROSS_ENTROPY
        dense_loops.sum_up(
            plan.outputs, _array(state), _array(grad), truth if labels else np.zeros(0, np.int64),
            np.zeros((0, 0), _array(state).dtype) if labels else truth, int(loss), gradients, _array(losses),
            _array(means), _array(outputs),
        )  # fmt: skip
        grads: tuple[Tensor | None, Tensor | None] = (None, None)
        if gradients:
            grads = self.backward(plan, values, state, before, grad, 1, plan.levels, False, plan.is_output)
        kept.append(room)
        return Step(means, outputs, losses, *grads)

    def _blocks(self, plan: Plan, first: int, last: int) -> list[Block]:
        """The dense ones of the levels [first, last)."""
        return [block for block in dense_levels(plan, self.engine) if first <= block.level < last]

    def _sparse(
        self,
        plan: Plan,
        values: Tensor,
        state: Tensor,
        before: Tensor,
        grad: Tensor,
        first: int,
        last: int,
        floor: int,
        grads: tuple[Tensor, Tensor],
    ) -> None:
        """The levels [first, last) backward; what comes back is added to the rows of sources from `floor` on."""
        if first >= last:
            return
        start, stop = int(plan.level_pointer[first]), int(plan.level_pointer[last])
        every = np.ones(plan.neurons, bool)
        made = self.sparse.backward(plan, values, state, before, grad, first, last, False, every)
        span, own = slice(*plan.pointer[[start, stop]].tolist()), slice(start - plan.inputs, stop - plan.inputs)
        grads[0][span], grads[1][own] = made[0][span], made[1][own]
        if floor < start:
            many = self._shares(span.stop - span.start, state)
            (dense_loops.pull_many if many else dense_loops.pull_one)(
                start, stop, floor, start, plan.back_pointer, plan.back_row, plan.back_value, _flat(values),
                _array(grad),
            )  # fmt: skip

    def _dense(
        self,
        block: Block,
        plan: Plan,
        values: Tensor,
        state: Tensor,
        before: Tensor,
        grad: Tensor,
        floor: int,
        grads: tuple[Tensor, Tensor],
    ) -> None:
        """The same for a dense level."""
        many = self._shares(block.places, state)
        turned = np.empty((state.shape[1], block.high - block.low), _array(state).dtype)
        (dense_loops.gradient_many if many else dense_loops.gradient_one)(
            block.first, block.last, block.low, block.high, plan.pointer, plan.column, plan.activation, _array(state),
            _array(before), _array(grad), turned, plan.inputs, *map(_array, grads),
        )  # fmt: skip
        if block.high > floor:
            (dense_loops.back_many if many else dense_loops.back_one)(
                block.first, block.last, max(block.low, floor), block.high, plan.back_pointer, plan.back_row,
                plan.back_value, _flat(values), _array(grad),
            )  # fmt: skip

    def _shares(self, edges: int, state: Tensor) -> bool:
        """Whether a product over so many pairs is worth more than one thread; its bits are the same."""
        _start_threads()
        return numba.get_num_threads() > 1 and edges * state.shape[1] >= self.sparse.sharing.product
