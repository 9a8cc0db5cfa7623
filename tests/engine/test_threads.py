"""Threads decide how fast a step is, never what it computes; and torch's own threads are left alone."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numba
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from graphgrow import Graph, Role
from graphgrow.engine import Network
from graphgrow.engine.kernels import cpu, load, loops
from graphgrow.rng import stream
from tests.engine.dense import normal, ordinary, runs, same
from tests.strategies import graphs, random_graph

DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])
# Thread counts are told before and after everything that might start threads of its own.
STEPS = """
import torch
{before}
counts = [torch.get_num_threads()]
from graphgrow.engine import Kernel, Network
from graphgrow.engine.kernels import load
from graphgrow.engine.kernels import cpu, loops
from graphgrow.graph.builders import chain
counts.append(torch.get_num_threads())
cpu.MANY_FROM = {many_from}
network = Network(chain(2), load("cpu"))
for _ in range(2):
    network(torch.ones(3, 1)).sum().backward()
    counts.append(torch.get_num_threads())
print(*counts)
"""


@contextmanager
def work(many_from: int, threads: int = 1) -> Iterator[None]:
    """Loops over all of so many threads from this much work on."""
    before = cpu.MANY_FROM, numba.get_num_threads()
    cpu.MANY_FROM = many_from
    numba.set_num_threads(threads)
    try:
        yield
    finally:
        cpu.MANY_FROM = before[0]
        numba.set_num_threads(before[1])


def step(graph: Graph, size: int) -> list[Tensor]:
    """Output and all gradients of one step."""
    network = Network(graph, load("cpu"))
    x = normal(0, network.inputs, size, dtype=network.values.dtype).requires_grad_()
    output = network.columns(x)
    grads = torch.autograd.grad(output.square().sum(), [x, network.values, network.bias])
    state = network.advance(normal(1, graph.neurons, size, dtype=x.dtype), 1, network.plan.levels)
    return [output.detach(), *grads, state.detach()]


def large(dtype: type) -> Graph:
    return ordinary(random_graph([30, 40, 40, 20], 0.3, stream(0, "threads"), dtype))


def equal(first: list[Tensor], second: list[Tensor]) -> bool:
    return all(same(one, other) for one, other in zip(first, second, strict=True))


@DTYPES
@pytest.mark.parametrize("size", [1, 3, 4, 8, 17, 33, 64, 128])
def test_the_loop_over_all_threads_gives_the_bits_of_the_other(dtype: type, size: int) -> None:
    with work(sys.maxsize):
        wanted = step(large(dtype), size)
    with work(0):
        assert equal(step(large(dtype), size), wanted)


@given(graph=graphs(4, 4).filter(runs).map(ordinary), size=st.sampled_from([1, 3, 17]))
@settings(max_examples=40)
def test_the_same_on_any_graph(graph: Graph, size: int) -> None:
    with work(sys.maxsize):
        wanted = step(graph, size)
    with work(0):
        assert equal(step(graph, size), wanted)


@pytest.mark.skipif(numba.config.NUMBA_NUM_THREADS < 2, reason="one core only")  # type: ignore[attr-defined]
@DTYPES
@pytest.mark.parametrize("size", [1, 17, 128])
def test_the_same_bits_on_one_thread_and_on_two(dtype: type, size: int) -> None:
    with work(0, threads=1):
        wanted = step(large(dtype), size)
    for _ in range(3):
        with work(0, threads=2):
            assert equal(step(large(dtype), size), wanted)


def test_small_levels_run_on_one_thread_and_large_ones_on_all(monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[str] = []

    def spy(name: str) -> None:
        real = getattr(loops, name)

        def noted(*given: object) -> None:
            used.append(name)
            real(*given)

        monkeypatch.setattr(loops, name, noted)

    for name in ("forward", "backward", "gradients"):
        spy(f"{name}_one")
        spy(f"{name}_many")
    graph = large(np.float32)
    edges = int(graph.wiring.fan_in[graph.wiring.level == graph.wiring.levels[1]].sum())
    for many_from, part in ((edges * 17, "many"), (edges * 17 + 1, "one")):
        used.clear()
        with work(many_from):
            Network(graph).columns(normal(0, 30, 17))
        assert used[0] == f"forward_{part}"


@pytest.mark.parametrize("many_from", [0, sys.maxsize])
@pytest.mark.parametrize("before", ["torch.set_num_threads(1)", "torch.set_num_threads(3)", ""])
def test_the_number_of_torch_threads_stays(before: str, many_from: int) -> None:
    counts = [int(word) for word in fresh(STEPS.format(before=before, many_from=many_from)).split()]
    assert len(set(counts)) == 1, counts
    assert not before or counts[0] == int(before[-2])


def test_importing_the_engine_loads_no_kernels() -> None:
    assert fresh("import sys, graphgrow.engine; print('numba' in sys.modules)") == "False"


def fresh(code: str) -> str:
    """What this code prints in a new interpreter."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_step_on_another_thread_of_python() -> None:
    graph, made = large(np.float32), list[Tensor]()
    wanted = step(graph, 17)
    worker = threading.Thread(target=lambda: made.extend(step(graph, 17)))
    worker.start()
    worker.join()
    assert equal(made, wanted)
    assert wanted[0].shape[0] == graph.wiring.rows(Role.OUTPUT).size
