"""Training steps under the thresholds of a run, on any kernel; threads change no bit of them."""

from __future__ import annotations

import copy
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from graphgrow import Graph
from graphgrow.engine import Loss, Network, Population
from graphgrow.engine.kernels import dense_loops, load
from graphgrow.engine.kernels.dense import Mixed, dense_levels
from graphgrow.engine.kernels.tuned import Tuned, tuned
from graphgrow.settings import EngineSettings
from tests.engine.dense import dense, normal, same
from tests.engine.sharing import MANY_CORES, NEVER, threads
from tests.engine.test_dense_levels import ALL, BATCHES, HALF, doubles, layered


def step(graph: Graph, engine: EngineSettings | None, size: int, loss: Loss) -> list[Tensor]:
    """Mean, outputs, losses and gradients of a fused step."""
    network = Network(graph, None if engine is None else Mixed(engine))
    x, dtype = normal(0, size, network.inputs, dtype=network.values.dtype).T, network.values.dtype
    target = torch.arange(size) % network.outputs
    if loss is Loss.SQUARED_ERROR:
        target = normal(1, network.outputs, size, dtype=dtype)
    made = network.backpropagate(x, target, loss)
    assert network.values.grad is not None
    assert network.bias.grad is not None
    return [made.mean, made.outputs, made.losses, network.values.grad, network.bias.grad]


@pytest.mark.parametrize("loss", list(Loss))
@given(graph=doubles, size=st.sampled_from(BATCHES))
@settings(max_examples=30)
def test_a_step_is_that_of_the_sparse_kernel(loss: Loss, graph: Graph, size: int) -> None:
    for first, second in zip(step(graph, HALF, size, loss), step(graph, None, size, loss), strict=True):
        torch.testing.assert_close(first, second, rtol=1e-10, atol=1e-10)


def test_a_step_without_gradients_computes_none() -> None:
    network = Network(layered(1.0, 0.2, 0.9), Mixed(HALF))
    x, target = normal(0, 8, 5, dtype=torch.float64), torch.arange(5)
    wanted = network.objective(x, target, Loss.CROSS_ENTROPY)
    with torch.no_grad():
        made = network.objective(x, target, Loss.CROSS_ENTROPY)
    assert same(made.losses, wanted.losses)
    assert not made.mean.requires_grad


def test_steps_of_changing_sizes_keep_nothing_of_each_other() -> None:
    network, fresh = Network(layered(1.0, 0.3, 0.8), Mixed(HALF)), Network(layered(1.0, 0.3, 0.8), Mixed(HALF))
    for size in (17, 3, 17, 130):
        x, target = normal(size, 8, size, dtype=torch.float64), torch.arange(size) % 8
        made = [each.backpropagate(x, target, Loss.CROSS_ENTROPY) for each in (network, copy.deepcopy(fresh))]
        assert same(made[0].losses, made[1].losses)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("loss", list(Loss))
@MANY_CORES
def test_the_same_bits_on_one_thread_and_on_many(dtype: type, loss: Loss) -> None:
    graph = layered(1.0, 0.2, 0.7, 0.9, width=70, dtype=dtype)
    for size in (1, 17, 130):
        wanted = step(graph, replace(HALF, share_product=NEVER, share_step=NEVER), size, loss)
        for count in (1, 2):
            with threads(count):
                made = step(graph, replace(HALF, share_product=0, share_step=0), size, loss)
            assert all(same(one, other) for one, other in zip(made, wanted, strict=True))


def test_work_is_shared_out_from_the_threshold_on(monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[str] = []
    for name in ("forward_one", "forward_many"):
        real = getattr(dense_loops, name)
        monkeypatch.setattr(dense_loops, name, lambda *given, name=name, real=real: (used.append(name), real(*given)))
    monkeypatch.setattr("numba.get_num_threads", lambda: 2)
    graph, x = layered(1.0), normal(0, 8, 5, dtype=torch.float64)
    for work, wanted in ((320, "forward_many"), (321, "forward_one")):
        Network(graph, Mixed(replace(ALL, share_product=work))).columns(x)
        assert used.pop() == wanted


def test_thresholds_as_built_in_change_nothing() -> None:
    assert tuned(EngineSettings()) is None
    assert isinstance(tuned(HALF), Tuned)
    graph = layered(1.0, 1.0)
    none = step(graph, EngineSettings(share_step=NEVER), 17, Loss.CROSS_ENTROPY)
    assert all(same(one, other) for one, other in zip(none, step(graph, None, 17, Loss.CROSS_ENTROPY), strict=True))


def test_a_network_may_be_copied_cast_and_grown() -> None:
    network = Network(layered(1.0, 0.2, dtype=np.float32), Tuned(HALF))
    x = normal(0, 8, 5)
    assert same(copy.deepcopy(network).columns(x), network.columns(x))
    network.become(layered(0.2, 1.0, dtype=np.float32))
    assert [block.level for block in dense_levels(network.plan, HALF)] == [2]
    torch.testing.assert_close(network.columns(x), dense(network.graph(), x), rtol=1e-5, atol=1e-5)
    half = network.bfloat16().columns(x.bfloat16())
    assert half.dtype == torch.bfloat16


def test_the_best_kernel_runs_what_the_thresholds_do_not_touch() -> None:
    kernel = Tuned(HALF)
    assert isinstance(kernel.best(torch.zeros(1)), Mixed)
    assert kernel.best(torch.zeros(1, dtype=torch.bfloat16)) is load("reference")
    assert kernel.able(torch.zeros(1, dtype=torch.bfloat16))
    assert not kernel.able(torch.zeros(1, dtype=torch.int64))
    assert not Mixed(HALF).able(torch.zeros(1, dtype=torch.bfloat16))


def test_without_numba_thresholds_change_nothing() -> None:
    code = """
import sys
sys.modules["numba"] = None
import torch
from graphgrow.engine import Network
from graphgrow.engine.kernels.tuned import Tuned
from graphgrow.graph.builders import chain
from graphgrow.settings import EngineSettings
kernel = Tuned(EngineSettings(dense_above=0.1, dense_from=1))
print(type(kernel.best(torch.zeros(1))).__name__, *Network(chain(2), kernel)(torch.ones(1, 1)).shape)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["Reference", "1", "1"]


def test_members_of_a_population_are_sparse_and_alone() -> None:
    graphs = [layered(1.0, 0.5), layered(0.5, 1.0)]
    population, plain = Population(graphs, Tuned(ALL)), Population(graphs)
    assert dense_levels(population.plan, ALL) == ()
    x = normal(0, 8, 5, dtype=torch.float64)
    assert same(population.columns(x), plain.columns(x))
