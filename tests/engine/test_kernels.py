"""Every CPU kernel against a network computed neuron by neuron, forward and backward."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from graphgrow import Activation, Graph, Role
from graphgrow.engine import Kernel, Network, compile
from graphgrow.engine.kernels import choose, load, names
from graphgrow.engine.kernels.reference import Reference
from graphgrow.errors import SettingsError
from graphgrow.graph.builders import from_edges
from graphgrow.rng import stream
from tests.engine.dense import dense, example, normal, ordinary, parameters, runs, same
from tests.strategies import graphs, random_graph

# The reference adds rows up by index on devices without torch's sparse products.
BY_INDEX = Reference(sparse=frozenset())
BOTH = pytest.mark.parametrize("kernels", [load("cpu"), load("reference"), BY_INDEX])
BATCHES = (1, 3, 17)
doubles = graphs(4, 4, (np.float64,)).filter(runs).map(ordinary)
floats = graphs(4, 4, (np.float32,)).filter(runs).map(ordinary)


def gradients(graph: Graph, kernels: Kernel, x: Tensor, weight_of_output: Tensor) -> list[Tensor]:
    """Output and gradients of input, weights by edge row and biases by neuron row of sum(output * weight_of_output)."""
    network = Network(graph, kernels)
    fed = x.clone().requires_grad_()
    output = network.columns(fed)
    torch.autograd.backward((output * weight_of_output).sum())
    plan = network.plan
    weight, bias = torch.empty(graph.edges, dtype=x.dtype), torch.zeros(graph.neurons, dtype=x.dtype)
    weight[torch.from_numpy(plan.edge.astype(np.int64))] = _grad(network.values)
    bias[torch.from_numpy(plan.row[plan.inputs :].astype(np.int64))] = _grad(network.bias)
    return [output.detach(), _grad(fed), weight, bias]


def _grad(tensor: Tensor) -> Tensor:
    assert tensor.grad is not None
    return tensor.grad


def expected(graph: Graph, x: Tensor, weight_of_output: Tensor) -> list[Tensor]:
    """The same from the dense reference."""
    own, fed = parameters(graph), x.clone().requires_grad_()
    output = dense(graph, fed, own)
    grads = torch.autograd.grad(
        (output * weight_of_output).sum(), [fed, own.weight, own.bias], allow_unused=True, materialize_grads=True
    )
    # The reference never reads the biases of inputs.
    bias = torch.where(torch.from_numpy(graph.wiring.role == Role.INPUT), torch.zeros_like(grads[2]), grads[2])
    return [output.detach(), grads[0], grads[1], bias]


def check(graph: Graph, kernels: Kernel, size: int, tolerance: float) -> None:
    dtype = torch.float64 if graph.weight.dtype == np.float64 else torch.float32
    x = normal(graph.edges, graph.wiring.rows(Role.INPUT).size, size, dtype=dtype)
    weight_of_output = normal(graph.edges + 1, graph.wiring.rows(Role.OUTPUT).size, size, dtype=dtype)
    made, wanted = gradients(graph, kernels, x, weight_of_output), expected(graph, x, weight_of_output)
    for first, second in zip(made, wanted, strict=True):
        scale = max(1.0, float(second.abs().max()) if second.numel() else 1.0)
        torch.testing.assert_close(first, second, rtol=tolerance, atol=tolerance * scale)


@BOTH
@given(graph=doubles, size=st.sampled_from(BATCHES))
@settings(max_examples=60)
def test_forward_and_gradients_equal_the_dense_reference(kernels: Kernel, graph: Graph, size: int) -> None:
    check(graph, kernels, size, 1e-11)


@BOTH
@given(graph=floats, size=st.sampled_from(BATCHES))
@settings(max_examples=30)
def test_single_precision_is_close(kernels: Kernel, graph: Graph, size: int) -> None:
    check(graph, kernels, size, 2e-5)


@BOTH
@pytest.mark.parametrize("code", list(Activation))
def test_every_activation_alone(kernels: Kernel, code: Activation) -> None:
    drawn = example(int(code), np.float64)
    hidden = np.where(drawn.wiring.role == Role.INPUT, Activation.IDENTITY, code)
    wiring = drawn.wiring
    graph = from_edges(
        wiring.level, wiring.source, wiring.target, drawn.weight, bias=drawn.bias, activation=hidden, dtype=np.float64
    )
    for size in BATCHES:
        check(graph, kernels, size, 1e-12)


@BOTH
@pytest.mark.parametrize("edges", range(1, 10))
def test_every_remainder_of_the_unrolled_loops(kernels: Kernel, edges: int) -> None:
    # One hub that `edges` inputs feed and that feeds `edges` outputs: both loops take four edges a pass.
    level = [0] * edges + [1] + [2] * edges
    source = [*range(edges), *[edges] * edges]
    target = [*[edges] * edges, *range(edges + 1, 2 * edges + 1)]
    weight = stream(edges, "weights").standard_normal(2 * edges)
    graph = from_edges(level, source, target, weight, activation=Activation.TANH, dtype=np.float64)
    check(graph, kernels, 5, 1e-12)


@BOTH
def test_rows_without_edges_hold_their_bias(kernels: Kernel) -> None:
    bias = np.array([0.0, 0.5, -0.5, 2.0])
    graph = from_edges([0, 1, 2, 2], [], [], [], bias=bias, activation=Activation.RELU, dtype=np.float64)
    network = Network(graph, kernels)
    output = network.columns(torch.ones(1, 3, dtype=torch.float64))
    assert output.tolist() == [[-0.5] * 3, [2.0] * 3]
    torch.autograd.backward(output.sum())
    assert _grad(network.bias).tolist() == [0.0, 3.0, 3.0]
    assert _grad(network.values).numel() == 0


@BOTH
@pytest.mark.parametrize("seed", range(4))
def test_gradcheck(kernels: Kernel, seed: int) -> None:
    graph = ordinary(random_graph([3, 4, 4, 2], 0.5, stream(seed, "gradcheck"), np.float64))
    network = Network(graph, kernels)
    x = normal(seed, network.inputs, 3, dtype=torch.float64).requires_grad_()

    def function(x: Tensor, values: Tensor, bias: Tensor) -> Tensor:
        return torch.func.functional_call(network, {"values": values, "bias": bias}, (x.T,))  # type: ignore[no-any-return]

    assert torch.autograd.gradcheck(function, (x, network.values, network.bias))


def test_the_two_kernels_agree_for_any_part_of_the_inputs_that_wants_gradients() -> None:
    graph = example(3, np.float64)
    x = normal(0, 4, 6, dtype=torch.float64)
    grads = []
    for kernels in (load("cpu"), load("reference")):
        network = Network(graph, kernels)
        torch.autograd.backward(network.columns(x).square().sum())
        grads.append(_grad(network.values))
    torch.testing.assert_close(grads[0], grads[1], rtol=1e-12, atol=1e-12)
    fed = x.clone().requires_grad_()
    network = Network(graph, load("cpu"))
    torch.autograd.backward(network.columns(fed).square().sum())
    assert same(_grad(network.values), grads[0])


@BOTH
@pytest.mark.parametrize("code", list(Activation))
def test_a_nan_in_the_data_shows_in_the_output(kernels: Kernel, code: Activation) -> None:
    graph = from_edges([0, 1, 2], [0, 1], [1, 2], [1.0, 1.0], activation=[0, code, code])
    output = Network(graph, kernels).columns(torch.tensor([[float("nan"), 1.0]]))
    assert torch.isnan(output).tolist() == [[True, False]]


@BOTH
def test_a_nan_weight_shows_in_output_and_gradients(kernels: Kernel) -> None:
    network = Network(from_edges([0, 1, 2], [0, 1], [1, 2], [1.0, 1.0], activation=[0, 5, 0]), kernels)
    with torch.no_grad():
        network.values[0] = float("nan")
    output = network.columns(torch.ones(1, 2))
    torch.autograd.backward(output.sum())
    assert torch.isnan(output).all()
    assert torch.isnan(_grad(network.values)).all()


@BOTH
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("code", "low"), [(Activation.SIGMOID, 0.0), (Activation.TANH, -1.0)])
def test_extreme_arguments_stay_finite(kernels: Kernel, dtype: type, code: Activation, low: float) -> None:
    graph = from_edges([0, 1], [0], [1], [1.0], activation=[0, code], dtype=dtype)
    network = Network(graph, kernels)
    top = float(np.finfo(dtype).max)
    x = torch.tensor([[-top, -1e4, -800.0, 800.0, 1e4, top, float("inf"), -float("inf")]], dtype=network.values.dtype)
    output = network.columns(x)
    torch.autograd.backward(output[:, :6].sum())
    assert output.tolist() == [[low] * 3 + [1.0] * 4 + [low]]
    # The slope is 0 in both tails, so nothing overflows on the way back.
    assert _grad(network.bias).tolist() == [0.0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_same_bits_from_run_to_run(dtype: type) -> None:
    graph = ordinary(random_graph([20, 30, 30, 10], 0.3, stream(0, "bits"), dtype))
    wanted = torch.float64 if dtype is np.float64 else torch.float32
    x, weight_of_output = (
        normal(0, 20, 33, dtype=wanted),
        normal(1, graph.wiring.rows(Role.OUTPUT).size, 33, dtype=wanted),
    )
    first = gradients(graph, load("cpu"), x, weight_of_output)
    for _ in range(3):
        again = gradients(graph, load("cpu"), x, weight_of_output)
        assert all(same(one, other) for one, other in zip(first, again, strict=True))


def test_an_empty_batch() -> None:
    for kernels in (load("cpu"), load("reference")):
        network = Network(example(), kernels)
        output = network.columns(torch.zeros(4, 0))
        torch.autograd.backward(output.sum())
        assert output.shape == (3, 0)
        assert not _grad(network.values).any()


def test_which_kernels_run() -> None:
    single, half = torch.zeros(1), torch.zeros(1, dtype=torch.bfloat16)
    assert choose(None, single) is load("cpu")
    assert choose(None, half) is load("reference")
    assert choose(load("reference"), single) is load("reference")
    with pytest.raises(SettingsError, match=r"kernel Cpu does not run torch.bfloat16 on cpu: cast or move"):
        choose(load("cpu"), half)


def test_without_numba_the_reference_runs() -> None:
    code = """
import sys
sys.modules["numba"] = sys.modules["triton"] = None
import torch
from graphgrow.engine.kernels import choose, load, names
from graphgrow.errors import SettingsError
print(names(), type(choose(None, torch.zeros(1))).__name__)
try:
    load("cpu")
except SettingsError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines() == [
        "['reference'] Reference",
        "no kernel 'cpu' here: use reference, or install what it needs",
    ]


def test_a_new_file_is_a_new_kernel() -> None:
    # The gpu kernel is there wherever triton is.
    assert [name for name in names() if name != "gpu"] == ["cpu", "reference"]
    with pytest.raises(SettingsError, match=r"no kernel 'warp' here: use cpu or (gpu or )?reference, or install"):
        load("warp")


@BOTH
def test_only_what_is_asked_for_is_written(kernels: Kernel) -> None:
    # Without `earlier`, rows before the first level stay; rows that hold nothing yet may hold anything.
    graph = example(2, np.float64, (4, 6, 5, 3))
    plan = compile(graph.wiring)
    network = Network(graph, kernels)
    state = network.activations(normal(0, 4, 5, dtype=torch.float64)).detach()
    before = state.clone()
    results = []
    for filling in (0.0, float("nan")):
        grad = torch.full_like(state, filling)
        grad[: plan.inputs] = 7.0
        grad[plan.outputs.tolist()] = 1.0
        grads = kernels.backward(plan, network.values, state, before, grad, 1, plan.levels, False, plan.is_output)
        assert (grad[: plan.inputs] == 7.0).all()
        results.append([*grads, grad])
    assert all(same(one, other) for one, other in zip(*results, strict=True))
