"""The library's loops over a real network, beside the same loops where memory cannot hold them up.

The other side runs the very same compiled loops on one thread over a few rows that stay in the first-level cache, with
indices that follow one another: what remains is arithmetic and the loop itself. No peer is involved, and no threads, so
that the figure says how much of what a core can do the real access pattern leaves.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numba as nb
import numpy as np
import torch

from benchmarks import networks
from benchmarks.command import Options, run
from benchmarks.report import Case
from benchmarks.timing import Timings, alternate
from graphgrow import Activation, Graph, rng
from graphgrow.arrays import Array
from graphgrow.engine.kernels.loops import backward_slots, forward_slots, gradient_slots
from graphgrow.engine.plan import Plan, compile

BATCH = 128
DENSITIES = (0.01, 0.05, 0.1)
QUICK_SIZES = (32, 24, 24, 24, 10)
# Sources and targets of the other side: rows of 512 bytes, so that all of them, their indices and values stay within
# the 32 KiB that even a small first-level cache has.
SOURCES, TARGETS = 32, 12
REAL, IDEAL = "network", "consecutive"


@dataclass(frozen=True)
class Loop:
    """One of the library's loops, ready to run.

    Attributes
    ----------
    run : repeats, arguments of the loop -> None, compiled.
    arguments : of the loop.
    edges : how many it visits.
    """

    run: Callable[..., None]
    arguments: tuple[Any, ...]
    edges: int

    def times(self, repeats: int) -> Callable[[], None]:
        """Run it that often."""
        return lambda: self.run(repeats, *self.arguments)


def cases(options: Options) -> Iterator[Case]:
    """The three products of the large network at each density, one by one and together."""
    sizes = QUICK_SIZES if options.quick else networks.LARGE
    for density in DENSITIES:
        name = f"{networks.named(sizes)} at {density:.0%}, one thread"
        if not options.wants(name):
            continue
        graph = networks.uniform(sizes, density)
        real, found = _real(graph), {}
        for product, loop in real.items():
            found[product] = _timed(loop, _ideal(product, loop), options.rounds)
            yield _case(f"{product}: {name}", graph, loop.edges, found[product])
        together = {
            side: tuple(map(sum, zip(*(timings.seconds[side] for timings in found.values()), strict=True)))
            for side in (REAL, IDEAL)
        }
        yield _case(f"all three: {name}", graph, sum(loop.edges for loop in real.values()), Timings(together))


def _timed(real: Loop, ideal: Loop, rounds: int) -> Timings:
    """Seconds for as many edges as the network has, on both sides."""
    repeats = -(-real.edges // ideal.edges)
    timings = alternate({REAL: real.times(1), IDEAL: ideal.times(repeats)}, rounds)
    share = real.edges / (repeats * ideal.edges)
    scaled = tuple(seconds * share for seconds in timings.seconds[IDEAL])
    return Timings({REAL: timings.seconds[REAL], IDEAL: scaled})


def _case(name: str, graph: Graph, visited: int, timings: Timings) -> Case:
    """The times, and the speed they amount to, two operations an edge and sample."""
    flop = 2e-9 * visited * BATCH
    facts: Mapping[str, int | float | str] = {
        "edges": graph.edges,
        "batch": BATCH,
        **{f"GFLOP/s {side}": flop / timings.spread(side).median for side in (REAL, IDEAL)},
    }
    return Case.of(name, timings, REAL, facts, {IDEAL: "at least 0.6"})


def _real(graph: Graph) -> dict[str, Loop]:
    """The loops as the CPU kernel calls them for a whole network."""
    plan = compile(graph.wiring)
    values = graph.weight[plan.edge]
    bias = graph.bias[plan.row[plan.inputs :]]
    return {
        "forward": _forward(plan.pointer, plan.column, plan.activation, values, bias, plan.inputs),
        "backward": _backward(plan),
        "gradients": _gradients(plan.pointer, plan.column, plan.inputs),
    }


def _ideal(product: str, real: Loop) -> Loop:
    """The same loop over a few rows with the network's mean number of edges, one index after another."""
    first, last = real.arguments[:2]
    degree = max(1, round(real.edges / (last - first)))
    index = np.arange(TARGETS * degree, dtype=np.int32)
    code = np.full(SOURCES + TARGETS, Activation.RELU, np.uint8)
    if product == "backward":
        pointer = np.concatenate([np.arange(TARGETS + 1) * degree, np.full(SOURCES, TARGETS * degree)])
        seeded = np.arange(SOURCES + TARGETS) >= TARGETS
        return _pulling((0, TARGETS), (pointer, TARGETS + index % SOURCES, index), code, seeded)
    pointer = np.concatenate([np.zeros(SOURCES, np.int64), np.arange(TARGETS + 1) * degree])
    if product == "gradients":
        return _gradients(pointer, index % SOURCES, SOURCES)
    return _forward(pointer, index % SOURCES, code, _normal(index.size), _normal(TARGETS), SOURCES)


def _forward(pointer: Array, column: Array, code: Array, values: Array, bias: Array, inputs: int) -> Loop:
    neurons = pointer.size - 1
    state, before = _normal(neurons, BATCH), np.zeros((0, 0), np.float32)
    arguments = (inputs, neurons, 0, BATCH, pointer, column, code, values, bias, inputs, state, before)
    return Loop(_repeat_forward, arguments, int(pointer[-1]))


def _backward(plan: Plan) -> Loop:
    """Over all neurons but the inputs, to which no gradient needs to flow."""
    span, index = (plan.inputs, plan.neurons), (plan.back_pointer, plan.back_row, plan.back_value)
    return _pulling(span, index, plan.activation, plan.is_output)


def _pulling(span: tuple[int, int], index: tuple[Array, Array, Array], code: Array, seeded: Array) -> Loop:
    (first, last), pointer, neurons = span, index[0], index[0].size - 1
    state, grad, before = _normal(neurons, BATCH), _normal(neurons, BATCH), np.zeros((0, 0), np.float32)
    rest = (code, seeded, _normal(index[1].size), state, before, grad, first, neurons, True)
    return Loop(_repeat_backward, (first, last, 0, BATCH, *index, *rest), int(pointer[last] - pointer[first]))


def _gradients(pointer: Array, column: Array, inputs: int) -> Loop:
    neurons = pointer.size - 1
    made = np.empty(column.size, np.float32), np.empty(neurons - inputs, np.float32)
    arguments = (inputs, neurons, pointer, column, _normal(neurons, BATCH), _normal(neurons, BATCH), inputs, *made)
    return Loop(_repeat_gradients, arguments, int(pointer[-1]))


def _normal(*shape: int) -> Array:
    # In torch's memory, which begins on a cache line as the engine's does: numpy's need not, and costs a second line.
    made: Array = torch.empty(shape).numpy()
    made[...] = rng.stream(networks.SEED, "benchmarks", "roofline", *shape).standard_normal(shape, np.float32)
    return made


@nb.njit(nogil=True)
def _repeat_forward(repeats: int, *arguments: Any) -> None:
    for _ in range(repeats):
        forward_slots(*arguments)


@nb.njit(nogil=True)
def _repeat_backward(repeats: int, *arguments: Any) -> None:
    for _ in range(repeats):
        backward_slots(*arguments)


@nb.njit(nogil=True)
def _repeat_gradients(repeats: int, *arguments: Any) -> None:
    for _ in range(repeats):
        gradient_slots(*arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    return run("roofline", __doc__ or "", cases, arguments)


if __name__ == "__main__":
    sys.exit(main())
