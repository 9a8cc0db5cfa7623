"""Measuring from where on another way to compute is the faster one on this machine.

Times decide nothing inside a run: what is measured here is stored once, and a run keeps the thresholds it began with.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numba
import numpy as np
import torch

from graphgrow import rng
from graphgrow.arrays import Array
from graphgrow.engine.kernels.cpu import Cpu, Sharing
from graphgrow.engine.kernels.dense import Mixed
from graphgrow.engine.kernels.kernel import Kernel, Loss
from graphgrow.engine.plan import Plan, compile
from graphgrow.graph.builders import erdos_renyi
from graphgrow.settings import EngineSettings

NEVER = sys.maxsize


@dataclass(frozen=True)
class Comparison:
    """Both ways at one size of the task.

    Attributes
    ----------
    at : the size: the density of a level, or edges times batch.
    plain, other : median seconds of the way that small tasks take, and of the other one.
    """

    at: float
    plain: float
    other: float


@dataclass(frozen=True)
class Effort:
    """What is measured, and how often.

    Attributes
    ----------
    widths, densities : neurons of the levels that are computed as dense ones, and which shares of their edges exist.
    edges : of the networks that are shared out to threads.
    batch, rounds : samples, and turns of each side.
    """

    widths: tuple[int, ...] = (256, 1024)
    densities: tuple[float, ...] = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
    edges: tuple[int, ...] = tuple(1 << power for power in range(11, 18))
    batch: int = 128
    rounds: int = 11


@dataclass(frozen=True)
class Measured:
    """All comparisons of one calibration: of products and steps with threads, and by width of dense levels."""

    product: tuple[Comparison, ...]
    step: tuple[Comparison, ...]
    dense: Mapping[int, tuple[Comparison, ...]]

    def engine(self) -> EngineSettings:
        """The thresholds that follow.

        Where dense levels pay at all, they do from some width on, and there from the highest density that any of these
        widths needs. Without threads to share work out to, what is built in stays.
        """
        above: float | None = None
        least = EngineSettings().dense_from
        for width in sorted(self.dense, reverse=True):
            share = crossover(self.dense[width])
            if share is None:
                break
            above, least = max(above or 0.0, share), width * width
        return EngineSettings(above, least, _work(self.product), _work(self.step))


def crossover(rows: Sequence[Comparison]) -> float | None:
    """The size from which the other way should be taken, None for never: what costs least over all sizes together.

    One size that something disturbed does not decide it. Costs are compared by their logarithms, so that each size
    counts alike.
    """
    ordered = sorted(rows, key=lambda row: row.at)
    # Gain of the other way at this size and all beyond.
    gains = np.cumsum([math.log(row.plain / row.other) for row in reversed(ordered)])[::-1]
    if not gains.size or gains.max() <= 0:
        return None
    return ordered[int(np.argmax(gains))].at


def _work(rows: Sequence[Comparison]) -> int | None:
    """From how much work threads pay; where they never did, from more than was measured."""
    if not rows:
        return None
    found = crossover(rows)
    return int(2 * max(row.at for row in rows) if found is None else found)


def measure(effort: Effort | None = None) -> Measured:
    """Measure everything: some seconds, and longer the first time, when the kernels are compiled.

    Other programs that run meanwhile spoil it. torch's own threads are left as they are.
    """
    effort = effort or Effort()
    product: tuple[Comparison, ...] = ()
    step: tuple[Comparison, ...] = ()
    if numba.get_num_threads() > 1:
        samples = [_Sample.of(math.isqrt(5 * edges), effort.batch, edges=edges) for edges in effort.edges]
        alone, many = (Cpu(Sharing(product=work, step=work)) for work in (NEVER, 0))
        product = tuple(_compared(s.work, s.forward(alone), s.forward(many), effort.rounds) for s in samples)
        step = tuple(_compared(s.work, s.step(alone), s.step(many), effort.rounds) for s in samples)
    threads = EngineSettings(share_product=_work(product), share_step=_work(step))
    dense = {width: tuple(_dense(width, effort, threads)) for width in effort.widths}
    return Measured(product, step, dense)


def _dense(width: int, effort: Effort, threads: EngineSettings) -> list[Comparison]:
    """One level of this width, forward and backward, sparse and dense."""
    made = []
    for density in effort.densities:
        sample = _Sample.of(width, effort.batch, density=density)
        # Any share of edges at all, so that the one wide level is computed as a dense one.
        spread = EngineSettings(sys.float_info.min, width * width, threads.share_product, threads.share_step)
        sides = [sample.products(Mixed(engine)) for engine in (threads, spread)]
        made.append(_compared(density, sides[0], sides[1], effort.rounds))
    return made


@dataclass(frozen=True, eq=False)
class _Sample:
    """A network of one wide level and ten outputs, with room for a pass over a batch."""

    plan: Plan
    values: torch.Tensor
    bias: torch.Tensor
    state: torch.Tensor
    x: torch.Tensor
    labels: torch.Tensor

    @staticmethod
    def of(width: int, batch: int, edges: int | None = None, density: float | None = None) -> _Sample:
        draws = rng.stream(0, "calibrate", width)
        graph = erdos_renyi((width, width, 10), draws, edges=edges, density=density)
        plan = compile(graph.wiring)

        def normal(*shape: int) -> torch.Tensor:
            return torch.from_numpy(draws.standard_normal(shape).astype(np.float32))

        labels = torch.from_numpy(draws.integers(0, 10, batch))
        values = torch.from_numpy(graph.weight[plan.edge])
        bias, state = normal(plan.neurons - plan.inputs), normal(plan.neurons, batch)
        return _Sample(plan, values, bias, state, normal(batch, width).T, labels)

    @property
    def work(self) -> int:
        return self.plan.edges * self.state.shape[1]

    def forward(self, kernel: Kernel) -> Callable[[], object]:
        """One product."""
        before = self.state.new_empty((0, 0))
        return lambda: kernel.forward(self.plan, self.values, self.bias, self.state, before, 1, self.plan.levels)

    def products(self, kernel: Kernel) -> Callable[[], object]:
        """All three products."""
        before, grad, plan = self.state.new_empty((0, 0)), torch.ones_like(self.state), self.plan
        seeded: Array = plan.is_output

        def both() -> None:
            kernel.forward(plan, self.values, self.bias, self.state, before, 1, plan.levels)
            kernel.backward(plan, self.values, self.state, before, grad, 1, plan.levels, True, seeded)

        return both

    def step(self, kernel: Kernel) -> Callable[[], object]:
        """A whole training step."""
        loss = Loss.CROSS_ENTROPY
        return lambda: kernel.step(self.plan, self.values, self.bias, self.x, self.labels, loss, True)


def _compared(at: float, plain: Callable[[], object], other: Callable[[], object], rounds: int) -> Comparison:
    """Both ways in turns, so that a drift of the machine touches them alike."""
    for side in (plain, other, plain, other):
        side()
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for side, seconds in zip((plain, other), taken, strict=True):
            start = time.perf_counter()
            side()
            seconds.append(time.perf_counter() - start)
    return Comparison(at, *(float(np.median(seconds)) for seconds in taken))
