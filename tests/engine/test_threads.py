"""Threads decide how fast a step is, never what it computes; and torch's own threads are left alone."""

from __future__ import annotations

import subprocess
import sys
import threading

import numba
import numpy as np
import pytest
from torch import Tensor

from graphgrow import Role
from graphgrow.engine import Kernels, Network
from graphgrow.rng import stream
from tests.engine.dense import normal, ordinary, same
from tests.strategies import random_graph

# Thread counts are told before and after everything that might start threads of its own.
STEPS = """
import torch
{before}
counts = [torch.get_num_threads()]
from graphgrow.engine import Kernels, Network
from graphgrow.graph.builders import chain
counts.append(torch.get_num_threads())
network = Network(chain(2), Kernels.CPU)
for _ in range(2):
    network(torch.ones(3, 1)).sum().backward()
    counts.append(torch.get_num_threads())
print(*counts)
"""


def step(dtype: type, threads: int) -> list[Tensor]:
    """Output and gradients of one step on so many threads."""
    graph = ordinary(random_graph([30, 40, 40, 20], 0.3, stream(0, "threads"), dtype))
    network = Network(graph, Kernels.CPU)
    x = normal(0, 30, 33, dtype=network.values.dtype).requires_grad_()
    before = numba.get_num_threads()
    numba.set_num_threads(threads)
    try:
        output = network.columns(x)
        output.square().sum().backward()
    finally:
        numba.set_num_threads(before)
    grads = [tensor.grad for tensor in (x, network.values, network.bias)]
    assert graph.wiring.rows(Role.OUTPUT).size == network.outputs
    return [output.detach(), *(grad for grad in grads if grad is not None)]


@pytest.mark.skipif(numba.config.NUMBA_NUM_THREADS < 2, reason="one core only")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_same_bits_on_one_thread_and_on_two(dtype: type) -> None:
    first, second = step(dtype, 1), step(dtype, 2)
    assert len(first) == 4
    assert all(same(one, other) for one, other in zip(first, second, strict=True))


@pytest.mark.parametrize("before", ["torch.set_num_threads(1)", "torch.set_num_threads(3)", ""])
def test_the_number_of_torch_threads_stays(before: str) -> None:
    code = STEPS.format(before=before)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    counts = [int(word) for word in done.stdout.split()]
    assert len(set(counts)) == 1, counts
    assert not before or counts[0] == int(before[-2])


def test_importing_the_engine_loads_no_kernels() -> None:
    code = "import sys, graphgrow.engine; print('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout.strip() == "False", done.stderr


def test_gradients_may_be_taken_on_another_thread_of_python() -> None:
    wanted = step(np.float32, 1)
    made: list[Tensor] = []
    worker = threading.Thread(target=lambda: made.extend(step(np.float32, 1)))
    worker.start()
    worker.join()
    assert all(same(one, other) for one, other in zip(wanted, made, strict=True))
