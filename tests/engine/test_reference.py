"""The kernel in torch's own operations: half precision, plans of many members, and what it keeps."""

from __future__ import annotations

import gc
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from graphgrow import Activation, Graph
from graphgrow.engine import Kernel, Loss, Network, Population, compile
from graphgrow.engine.kernels import levels, load
from graphgrow.graph.builders import from_edges
from tests.engine.companies import companies
from tests.engine.dense import dense, example, normal, ordinary, parameters
from tests.engine.test_kernels import BATCHES, BY_INDEX, _grad, floats

PLAIN = pytest.mark.parametrize("kernels", [load("reference"), BY_INDEX])


@PLAIN
@given(graph=floats, size=st.sampled_from(BATCHES))
@settings(max_examples=25)
def test_half_precision_is_summed_in_single(kernels: Kernel, graph: Graph, size: int) -> None:
    # Inputs, weights and biases that bfloat16 holds exactly: one level of sums is then off by one rounding at most.
    network = Network(graph, kernels).bfloat16()
    rounded = Network(graph, kernels).bfloat16().float()
    x = normal(graph.edges, network.inputs, size, dtype=torch.bfloat16)
    first = int(network.plan.level_pointer[2])
    made = network.activations(x)[:first]
    wanted = rounded.activations(x.float())[:first]
    assert made.dtype == torch.bfloat16
    torch.testing.assert_close(made.float(), wanted, rtol=2**-7, atol=2**-7)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@PLAIN
def test_half_precision_runs_on_the_reference(kernels: Kernel, dtype: torch.dtype) -> None:
    graph = example()
    network = Network(graph, kernels).to(dtype)
    x = normal(0, 5, 4)
    made = network(x.to(dtype))
    torch.autograd.backward(made.square().sum())
    assert made.dtype == _grad(network.values).dtype == _grad(network.bias).dtype == dtype
    own = parameters(graph)
    wanted = dense(graph, x.T, own).T
    torch.testing.assert_close(made.float(), wanted, rtol=0.05, atol=0.05)
    grads = torch.autograd.grad(wanted.square().sum(), [own.weight])
    values = grads[0][torch.from_numpy(network.plan.edge.astype(np.int64))]
    torch.testing.assert_close(_grad(network.values).float(), values, rtol=0.1, atol=0.1 * float(values.abs().max()))


@PLAIN
@given(members=companies(dtypes=(np.float64,)), size=st.sampled_from(BATCHES))
@settings(max_examples=40)
def test_members_of_a_population_are_as_alone(kernels: Kernel, members: list[Graph], size: int) -> None:
    # In a joined plan the slots of one level do not follow one another.
    members = [ordinary(graph) for graph in members]
    population = Population(members, kernels)
    x, labels = normal(1, population.inputs, size, dtype=torch.float64), torch.arange(size) % population.outputs
    made = population.backpropagate(x, labels, Loss.CROSS_ENTROPY)
    starts = population.offsets
    for number, graph in enumerate(members):
        alone = Network(graph, kernels)
        wanted = alone.backpropagate(x, labels, Loss.CROSS_ENTROPY)
        outputs = made.outputs if len(members) == 1 else made.outputs[number]
        torch.testing.assert_close(outputs.view_as(wanted.outputs), wanted.outputs, rtol=1e-11, atol=1e-11)
        for grad, bounds, single in zip(
            (population.values.grad, population.bias.grad), starts, (alone.values.grad, alone.bias.grad), strict=True
        ):
            assert grad is not None
            assert single is not None
            part = grad[int(bounds[number]) : int(bounds[number + 1])]
            torch.testing.assert_close(part, single, rtol=1e-11, atol=1e-11)


@PLAIN
def test_a_neuron_that_is_nan_is_not_at_rest(kernels: Kernel) -> None:
    graph = from_edges([0, 1, 2], [0, 1], [1, 2], [1.0, 2.0], activation=[0, Activation.RELU, 0])
    grads = []
    for kernel in (kernels, load("cpu")):
        network = Network(graph, kernel)
        with torch.no_grad():
            network.values[0] = float("nan")
        torch.autograd.backward(network.columns(torch.ones(1, 2)).sum())
        grads.append(torch.cat([_grad(network.values), _grad(network.bias)]))
    assert grads[0][0] == 4.0
    torch.testing.assert_close(grads[0], grads[1], equal_nan=True)


def test_indices_of_a_plan_go_with_it() -> None:
    plan = compile(example().wiring)
    assert levels.levels(plan, torch.device("cpu")) is levels.levels(plan, torch.device("cpu"))
    before = len(levels._known)
    del plan
    gc.collect()
    assert len(levels._known) < before


def test_the_reference_warns_of_nothing() -> None:
    code = """
import sys, warnings
warnings.simplefilter("error")
import torch
from graphgrow.engine import Network
from graphgrow.engine.kernels import load
from graphgrow.graph.builders import chain
Network(chain(2), load("reference"))(torch.ones(3, 1)).sum().backward()
"""
    subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
