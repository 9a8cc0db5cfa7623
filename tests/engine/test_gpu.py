"""The Triton programs against the reference and the dense network, on a CUDA device or in Triton's interpreter.

Where TRITON_INTERPRET=1 they run on CPU tensors; `test_gpu_interpreted.py` starts pytest on this file that way.
"""

from __future__ import annotations

import gc
import os
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional

from graphgrow import Activation, Graph, Role
from graphgrow.engine import Network
from graphgrow.engine.kernels import Kernel, load
from graphgrow.engine.kernels.kernel import Loss
from graphgrow.engine.population import Population
from graphgrow.graph.builders import from_edges
from graphgrow.rng import stream
from tests.engine.dense import dense, example, normal, ordinary, parameters, runs, same
from tests.strategies import graphs, random_graph

pytest.importorskip("triton")
from graphgrow.engine.kernels import gpu
from graphgrow.engine.kernels.device import indices

INTERPRETED = os.environ.get("TRITON_INTERPRET") == "1"
DEVICE = torch.device("cpu" if INTERPRETED else "cuda")
KERNEL = gpu.Gpu(interpreted=INTERPRETED)
# The interpreter computes both sides of every choice, with numpy's warnings of the one that is not taken.
pytestmark = [pytest.mark.filterwarnings("ignore::RuntimeWarning")] if INTERPRETED else [pytest.mark.gpu]

BATCHES = (1, 3, 17, 64)
# Rounding to 8 bits happens once per level and once per value that is stored.
TOLERANCE = {torch.float64: 1e-12, torch.float32: 2e-5, torch.bfloat16: 5e-2}


@dataclass(frozen=True, eq=False)
class Results:
    """Output and gradients of sum(output * weight_of_output), the parameters' in plan order."""

    output: Tensor
    x: Tensor
    values: Tensor
    bias: Tensor

    def tensors(self) -> list[Tensor]:
        return [self.output, self.x, self.values, self.bias]


def results(graph: Graph, kernel: Kernel, dtype: torch.dtype, size: int, device: torch.device = DEVICE) -> Results:
    network = Network(graph, kernel).to(device=device, dtype=dtype)
    x = normal(graph.edges, network.inputs, size, dtype=dtype).to(device).requires_grad_()
    output = network.columns(x)
    weight_of_output = normal(graph.edges + 1, network.outputs, size, dtype=dtype).to(device)
    grads = torch.autograd.grad((output * weight_of_output).sum(), [x, network.values, network.bias])
    return Results(output.detach().cpu(), *(grad.cpu() for grad in grads))


def from_dense(graph: Graph, size: int) -> Results:
    """The same from the network computed neuron by neuron, in float64."""
    plan, own = Network(graph).plan, parameters(graph)
    x = normal(graph.edges, plan.inputs, size, dtype=torch.float64).requires_grad_()
    output = dense(graph, x, own)
    weight_of_output = normal(graph.edges + 1, plan.outputs.size, size, dtype=torch.float64)
    made = torch.autograd.grad(
        (output * weight_of_output).sum(), [x, own.weight, own.bias], allow_unused=True, materialize_grads=True
    )
    rows = plan.row[plan.inputs :].astype(np.int64)
    return Results(output.detach(), made[0], made[1][plan.edge.astype(np.int64)], made[2][rows])


def check(made: Results, wanted: Results, tolerance: float) -> None:
    for first, second in zip(made.tensors(), wanted.tensors(), strict=True):
        scale = max(1.0, float(second.abs().max()) if second.numel() else 1.0)
        torch.testing.assert_close(first.double(), second.double(), rtol=tolerance, atol=tolerance * scale)


def only(code: Activation, sizes: tuple[int, ...] = (4, 6, 5, 3)) -> Graph:
    """A graph in which every neuron but the inputs has this activation."""
    drawn = example(int(code), np.float64, sizes)
    wiring = drawn.wiring
    codes = np.where(wiring.role == Role.INPUT, Activation.IDENTITY, code)
    return from_edges(
        wiring.level, wiring.source, wiring.target, drawn.weight, bias=drawn.bias, activation=codes, dtype=np.float64
    )


@pytest.mark.parametrize("code", list(Activation))
def test_every_activation_equals_the_dense_network(code: Activation) -> None:
    graph = only(code)
    check(results(graph, KERNEL, torch.float64, 17), from_dense(graph, 17), TOLERANCE[torch.float64])


@pytest.mark.parametrize("size", [*BATCHES, 150])
def test_batches_of_any_size(size: int) -> None:
    graph = example(2, np.float64)
    check(results(graph, KERNEL, torch.float64, size), from_dense(graph, size), TOLERANCE[torch.float64])


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("code", list(Activation))
def test_narrow_types_are_close_to_the_reference_in_float64(code: Activation, dtype: torch.dtype) -> None:
    graph = only(code, (4, 5, 3))
    # Both start from the same rounded numbers, so that only what the kernel rounds is compared.
    weight, bias = (torch.tensor(each.copy()).to(dtype).double().numpy() for each in (graph.weight, graph.bias))
    rounded = graph.with_weights(weight, bias)
    made = results(rounded, KERNEL, dtype, 17)
    assert {tensor.dtype for tensor in made.tensors()} == {dtype}
    network = Network(rounded, load("reference"))
    x = normal(graph.edges, network.inputs, 17, dtype=dtype).double().requires_grad_()
    output = network.columns(x)
    weight_of_output = normal(graph.edges + 1, network.outputs, 17, dtype=dtype).double()
    grads = torch.autograd.grad((output * weight_of_output).sum(), [x, network.values, network.bias])
    check(made, Results(output.detach(), *grads), TOLERANCE[dtype])


@given(graph=graphs(4, 4, (np.float64,)).filter(runs).map(ordinary), size=st.sampled_from(BATCHES))
@settings(max_examples=8)
def test_skips_and_outputs_on_several_levels(graph: Graph, size: int) -> None:
    check(results(graph, KERNEL, torch.float64, size), from_dense(graph, size), TOLERANCE[torch.float64])


@pytest.mark.parametrize("ends", [(1, 2), (16, 15), (17, 33), (indices.LONG - 1, 1), (indices.LONG + 9, 2)])
@pytest.mark.parametrize("turned", [False, True])
def test_rows_of_any_length(ends: tuple[int, int], turned: bool) -> None:
    # A hub with so many in-edges and out-edges: several passes and pieces, and the tile of long rows.
    into, out = reversed(ends) if turned else ends
    level = [0] * into + [1] + [2] * out
    source, target = [*range(into), *[into] * out], [*[into] * into, *range(into + 1, into + out + 1)]
    weight = stream(into, "weights", out).standard_normal(into + out) / into**0.5
    codes = [0] * into + [int(Activation.TANH)] + [0] * out
    graph = from_edges(level, source, target, weight, activation=codes, dtype=np.float64)
    reference = results(graph, load("reference"), torch.float64, 5, torch.device("cpu"))
    check(results(graph, KERNEL, torch.float64, 5), reference, TOLERANCE[torch.float64])


def test_rows_without_edges_hold_their_bias() -> None:
    bias = np.array([0.0, 0.5, -0.5, 2.0])
    graph = from_edges([0, 1, 2, 2], [], [], [], bias=bias, activation=Activation.RELU, dtype=np.float64)
    network = Network(graph, KERNEL).to(DEVICE)
    output = network.columns(torch.ones(1, 3, dtype=torch.float64, device=DEVICE))
    assert output.tolist() == [[-0.5] * 3, [2.0] * 3]
    (grad,) = torch.autograd.grad(output.sum(), [network.bias])
    assert grad.tolist() == [0.0, 3.0, 3.0]


@pytest.mark.parametrize(("first", "last"), [(1, 2), (1, 3), (2, 3), (2, 4), (3, 4), (2, 2)])
def test_ranges_of_levels_equal_the_reference(first: int, last: int) -> None:
    graph = ordinary(random_graph([3, 4, 4, 3], 0.6, stream(1, "ranges"), np.float64))
    made = []
    for kernel, device in ((KERNEL, DEVICE), (load("reference"), torch.device("cpu"))):
        network = Network(graph, kernel).to(device)
        state = normal(3, network.plan.neurons, 17, dtype=torch.float64).to(device).requires_grad_()
        output = network.advance(state, first, last)
        grads = torch.autograd.grad(output.square().sum(), [state, network.values, network.bias])
        made.append(Results(output.detach().cpu(), *(grad.cpu() for grad in grads)))
    check(made[0], made[1], TOLERANCE[torch.float64])


MEMBERS = [example(0, np.float64), example(1, np.float64, (4, 3, 3)), example(2, np.float64, (4, 5, 2, 4, 3))]


def test_members_compute_the_same_bits_in_company() -> None:
    population = Population(MEMBERS, KERNEL).to(DEVICE)
    x = normal(5, 4, 17, dtype=torch.float64).to(DEVICE)
    output = population.columns(x)
    weight_of_output = normal(6, 3, 17, dtype=torch.float64).to(DEVICE)
    grads = torch.autograd.grad((output * weight_of_output).sum(), [population.values, population.bias])
    for k, graph in enumerate(MEMBERS):
        network = Network(graph, KERNEL).to(DEVICE)
        alone = network.columns(x)
        wanted = torch.autograd.grad((alone * weight_of_output).sum(), [network.values, network.bias])
        assert same(output[k].cpu(), alone.cpu())
        for grad, bounds, other in zip(grads, population.offsets, wanted, strict=True):
            assert same(grad[bounds[k] : bounds[k + 1]].cpu(), other.cpu())


def expected_losses(output: Tensor, target: Tensor, loss: Loss) -> Tensor:
    """Loss per sample (batch,) of outputs (outputs, batch)."""
    if loss is Loss.CROSS_ENTROPY:
        return functional.cross_entropy(output.T, target, reduction="none")
    return (output - target).square().mean(0)


def target_for(loss: Loss, outputs: int, size: int) -> Tensor:
    if loss is Loss.CROSS_ENTROPY:
        return torch.arange(size) * 5 % outputs
    return normal(6, outputs, size, dtype=torch.float64)


@pytest.mark.parametrize("loss", list(Loss))
def test_a_step_of_a_population_trains_each_member_by_its_own_loss(loss: Loss) -> None:
    population = Population(MEMBERS, KERNEL).to(DEVICE)
    x, target = normal(5, 4, 6, dtype=torch.float64), target_for(loss, 3, 6)
    made = population.objective(x.to(DEVICE), target.to(DEVICE), loss)
    grads = torch.autograd.grad(made.mean.sum(), [population.values, population.bias])
    for k, graph in enumerate(MEMBERS):
        network = Network(graph, load("reference"))
        output = network.columns(x)
        wanted = expected_losses(output, target, loss)
        for first, second in ((made.mean[k], wanted.mean()), (made.losses[k], wanted), (made.outputs[k], output)):
            torch.testing.assert_close(first.cpu(), second, rtol=1e-12, atol=1e-12)
        expected = torch.autograd.grad(wanted.mean(), [network.values, network.bias])
        for grad, bounds, other in zip(grads, population.offsets, expected, strict=True):
            torch.testing.assert_close(grad[bounds[k] : bounds[k + 1]].cpu(), other, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("outputs", [1, 16, 37])
@pytest.mark.parametrize("loss", list(Loss))
def test_a_step_with_any_number_of_outputs(loss: Loss, outputs: int) -> None:
    # Logits far apart, so that the largest so far changes from pass to pass.
    weight = 30.0 * stream(outputs, "logits").standard_normal(outputs)
    graph = from_edges([0] + [1] * outputs, [0] * outputs, range(1, outputs + 1), weight, dtype=np.float64)
    x, target = normal(1, 1, 3, dtype=torch.float64), target_for(loss, outputs, 3)
    network, reference = Network(graph, KERNEL).to(DEVICE), Network(graph, load("reference"))
    made = network.objective(x.to(DEVICE), target.to(DEVICE), loss)
    (grad,) = torch.autograd.grad(made.mean, [network.values])
    wanted = expected_losses(reference.columns(x), target, loss)
    torch.testing.assert_close(made.losses.cpu(), wanted.detach(), rtol=1e-12, atol=1e-12)
    (expected,) = torch.autograd.grad(wanted.mean(), [reference.values])
    torch.testing.assert_close(grad.cpu(), expected, rtol=1e-11, atol=1e-11)
    with torch.no_grad():
        assert same(network.objective(x.to(DEVICE), target.to(DEVICE), loss).losses.cpu(), made.losses.cpu())


def test_the_same_bits_from_run_to_run() -> None:
    first, again = (results(example(4, np.float32), KERNEL, torch.float32, 33) for _ in range(2))
    assert all(same(one, other) for one, other in zip(first.tensors(), again.tensors(), strict=True))


def test_an_empty_batch() -> None:
    network = Network(example(), KERNEL).to(DEVICE)
    output = network.columns(torch.zeros(4, 0, device=DEVICE))
    (grad,) = torch.autograd.grad(output.sum(), [network.values])
    assert output.shape == (3, 0)
    assert not grad.any()


@pytest.mark.parametrize("code", list(Activation))
def test_a_nan_shows_in_the_output(code: Activation) -> None:
    graph = from_edges([0, 1, 2], [0, 1], [1, 2], [1.0, 1.0], activation=[0, code, code])
    x = torch.tensor([[float("nan"), 1.0]], device=DEVICE)
    assert torch.isnan(Network(graph, KERNEL).to(DEVICE).columns(x)).tolist() == [[True, False]]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(("code", "low"), [(Activation.SIGMOID, 0.0), (Activation.TANH, -1.0)])
def test_extreme_arguments_stay_finite(dtype: torch.dtype, code: Activation, low: float) -> None:
    graph = from_edges([0, 1], [0], [1], [1.0], activation=[0, code])
    network = Network(graph, KERNEL).to(device=DEVICE, dtype=dtype)
    top = torch.finfo(dtype).max
    x = torch.tensor([[-top, -1e4, -800.0, 800.0, 1e4, top, float("inf"), -float("inf")]], dtype=dtype, device=DEVICE)
    output = network.columns(x)
    (grad,) = torch.autograd.grad(output[:, :6].sum(), [network.bias])
    assert output.tolist() == [[low] * 3 + [1.0] * 4 + [low]]
    assert grad.tolist() == [0.0]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_tanh_keeps_its_digits_near_zero(dtype: torch.dtype) -> None:
    graph = from_edges([0, 1], [0], [1], [1.0], activation=[0, Activation.TANH])
    network = Network(graph, KERNEL).to(device=DEVICE, dtype=dtype)
    x = torch.cat([torch.logspace(-30, 1, 200, dtype=torch.float64), torch.tensor([0.0, 0.5, 0.4999999])]).to(dtype)
    for signed in (x, -x):
        made = network.columns(signed.unsqueeze(0).to(DEVICE))[0].detach().cpu()
        torch.testing.assert_close(made, torch.tanh(signed.double()).to(dtype), rtol=6 * torch.finfo(dtype).eps, atol=0)


def test_a_plan_that_is_gone_leaves_no_index_arrays() -> None:
    network = Network(example(), KERNEL).to(DEVICE)
    network.columns(torch.zeros(4, 1, device=DEVICE))
    plan = network.plan
    assert plan in indices._known
    assert indices.indices(plan, network.values.device) is indices.indices(plan, network.values.device)
    size = len(indices._known)
    del network, plan
    gc.collect()
    assert len(indices._known) < size
