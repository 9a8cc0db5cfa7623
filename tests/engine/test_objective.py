"""The fused step against columns and torch's own losses, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from graphgrow import Activation, Graph, Role
from graphgrow.engine import Kernel, Loss, Network, Objective, Population
from graphgrow.graph.builders import from_edges
from graphgrow.rng import stream
from tests.engine.companies import member, with_outputs
from tests.engine.dense import example, normal, ordinary, runs, same
from tests.engine.objectives import KERNELS, LOSSES, close, gradients, target_of, torch_loss
from tests.strategies import graphs

BATCHES = (1, 3, 17, 70)
ordinaries = graphs(4, 4).filter(runs).map(ordinary)


def check(graph: Graph, kernel: Kernel, loss: Loss, size: int) -> None:
    network = Network(graph, kernel)
    x = normal(graph.edges, network.inputs, size, dtype=network.values.dtype)
    target = target_of(network, loss, size)
    output = network.columns(x)
    losses = torch_loss(output, target, loss)
    wanted = gradients(network, losses.mean())
    made = network.objective(x, target, loss)
    close(made.mean.detach(), losses.mean().detach())
    close(made.losses, losses.detach())
    assert same(made.outputs, output.detach())
    assert made.mean.shape == ()
    assert [each.requires_grad for each in (made.mean, made.outputs, made.losses)] == [True, False, False]
    for one, other in zip(gradients(network, made.mean), wanted, strict=True):
        close(one, other)
    network.backpropagate(x, target, loss)
    for parameter, other in zip((network.values, network.bias), wanted, strict=True):
        assert parameter.grad is not None
        close(parameter.grad, other)


@KERNELS
@LOSSES
@given(graph=ordinaries, size=st.sampled_from(BATCHES))
@settings(max_examples=40)
def test_columns_and_the_loss_of_torch(kernel: Kernel, loss: Loss, graph: Graph, size: int) -> None:
    check(graph, kernel, loss, size)


@KERNELS
@LOSSES
@pytest.mark.parametrize("code", list(Activation))
def test_every_activation_alone(kernel: Kernel, loss: Loss, code: Activation) -> None:
    # With GELU the fused step has to keep the arguments of the hidden neurons and of the outputs.
    drawn = example(int(code), np.float64)
    wiring = drawn.wiring
    codes = np.where(wiring.role == Role.INPUT, Activation.IDENTITY, code)
    graph = from_edges(
        wiring.level, wiring.source, wiring.target, drawn.weight, bias=drawn.bias, activation=codes, dtype=np.float64
    )
    for size in BATCHES:
        check(graph, kernel, loss, size)


@KERNELS
@LOSSES
def test_outputs_on_several_levels_that_other_neurons_read(kernel: Kernel, loss: Loss) -> None:
    drawn = ordinary(member(3, 4, [5, 5], stream(0, "inner outputs"), np.float64, 0.9))
    graph = with_outputs(drawn, 6, stream(2, "roles"))
    outputs = graph.wiring.rows(Role.OUTPUT)
    assert len(set(graph.wiring.level[outputs].tolist())) > 1
    assert bool((graph.wiring.fan_out[outputs] > 0).any())
    for size in BATCHES:
        check(graph, kernel, loss, size)


class Both(nn.Module):
    """The objective as a module, for gradients by its parameters."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor, target: Tensor, loss: Loss) -> Tensor:
        return self.network.objective(x, target, loss).mean


@KERNELS
@LOSSES
@pytest.mark.parametrize("seed", range(3))
def test_gradcheck(kernel: Kernel, loss: Loss, seed: int) -> None:
    network = Network(example(seed, np.float64, (3, 4, 3)), kernel)
    x, target = normal(seed, 3, 4, dtype=torch.float64), target_of(network, loss, 4)

    def function(values: Tensor, bias: Tensor) -> Tensor:
        held = {"network.values": values, "network.bias": bias}
        return torch.func.functional_call(Both(network), held, (x, target, loss))  # type: ignore[no-any-return]

    assert torch.autograd.gradcheck(function, (network.values, network.bias))


@KERNELS
@LOSSES
def test_a_factor_on_the_mean_is_a_factor_on_the_gradients(kernel: Kernel, loss: Loss) -> None:
    network = Network(example(0, np.float64), kernel)
    x, target = normal(0, 4, 6, dtype=torch.float64), target_of(network, loss, 6)
    plain = gradients(network, network.objective(x, target, loss).mean)
    for factor in (2.5, 0.0, -1.0):
        made = gradients(network, factor * network.objective(x, target, loss).mean)
        for one, other in zip(made, plain, strict=True):
            assert same(one, factor * other)


@LOSSES
def test_every_member_may_have_its_own_factor(loss: Loss) -> None:
    population = Population([example(seed, np.float64, (4, 3 + seed, 3)) for seed in range(3)])
    x, target = normal(0, 4, 6, dtype=torch.float64), target_of(population, loss, 6)
    factors = torch.tensor([2.0, 0.0, -0.5], dtype=torch.float64)
    plain = gradients(population, population.objective(x, target, loss).mean)
    made = gradients(population, factors * population.objective(x, target, loss).mean)
    for bounds, one, other in zip(population.offsets, made, plain, strict=True):
        for number, factor in enumerate(factors):
            part = slice(int(bounds[number]), int(bounds[number + 1]))
            assert same(one[part], factor * other[part])


@KERNELS
def test_gradients_are_added_to_those_that_stand_there(kernel: Kernel) -> None:
    x, loss = normal(0, 4, 6), Loss.CROSS_ENTROPY
    found = []
    for fused in (True, False):
        network = Network(example(), kernel)
        target = target_of(network, loss, 6)
        for data in (x, -x, x):
            if fused:
                network.backpropagate(data, target, loss)
            else:
                torch.autograd.backward(network.objective(data, target, loss).mean)
        found.append([network.values.grad, network.bias.grad])
    single = Network(example(), kernel)
    wanted = [gradients(single, single.objective(data, target, loss).mean) for data in (x, -x, x)]
    for one, other, *parts in zip(*found, *wanted, strict=True):
        assert one is not None
        assert other is not None
        assert same(one, other)
        assert same(one, parts[0] + parts[1] + parts[2])


@KERNELS
@pytest.mark.parametrize("frozen", ["values", "bias"])
def test_frozen_parameters_get_no_gradient(kernel: Kernel, frozen: str) -> None:
    network = Network(example(), kernel)
    x, target = normal(0, 4, 6), target_of(network, Loss.CROSS_ENTROPY, 6)
    wanted = dict(
        zip(("values", "bias"), gradients(network, network.objective(x, target, Loss.CROSS_ENTROPY).mean), strict=True)
    )
    getattr(network, frozen).requires_grad_(False)
    for fused in (True, False):
        network.zero_grad()
        if fused:
            network.backpropagate(x, target, Loss.CROSS_ENTROPY)
        else:
            torch.autograd.backward(network.objective(x, target, Loss.CROSS_ENTROPY).mean)
        for name, parameter in network.named_parameters():
            assert (parameter.grad is None) == (name == frozen)
            assert parameter.grad is None or same(parameter.grad, wanted[name])


@KERNELS
@LOSSES
def test_without_gradients_the_numbers_are_the_same(kernel: Kernel, loss: Loss) -> None:
    network = Network(example(), kernel)
    x, target = normal(0, 4, 6), target_of(network, loss, 6)
    wanted = network.objective(x, target, loss)

    def check_it(made: Objective) -> None:
        assert not made.mean.requires_grad
        assert same(made.mean, wanted.mean)
        assert same(made.outputs, wanted.outputs)
        assert same(made.losses, wanted.losses)

    with torch.no_grad():
        check_it(network.objective(x, target, loss))
    with torch.inference_mode():
        check_it(network.objective(x, target, loss))
    network.requires_grad_(False)
    check_it(network.objective(x, target, loss))
    check_it(network.backpropagate(x, target, loss))
    assert network.values.grad is None
    assert same(network.requires_grad_().objective(x, target, loss).mean, wanted.mean)


@KERNELS
def test_memory_order_of_the_batch_changes_nothing(kernel: Kernel) -> None:
    network, x = Network(example(), kernel), normal(0, 4, 11)
    spread = torch.zeros(4, 22)
    spread[:, ::2] = x
    target, wide = target_of(network, Loss.SQUARED_ERROR, 11), torch.zeros(11, 3)
    wide[:] = target.T
    labels = torch.zeros(22, dtype=torch.int64)
    labels[::2] = target_of(network, Loss.CROSS_ENTROPY, 11)
    for loss, targets in (
        (Loss.SQUARED_ERROR, (target, wide.T)),
        (Loss.CROSS_ENTROPY, (labels[::2].contiguous(), labels[::2])),
    ):
        wanted = gradients(network, network.objective(x, targets[0], loss).mean)
        for data in (x, x.T.contiguous().T, spread[:, ::2]):
            for each in targets:
                made = gradients(network, network.objective(data, each, loss).mean)
                assert all(same(one, other) for one, other in zip(made, wanted, strict=True))


def test_the_loss_of_a_population_is_one_per_member() -> None:
    population = Population([example(seed, sizes=(4, 3 + seed, 3)) for seed in range(3)])
    x, target = normal(0, 4, 6), target_of(population, Loss.CROSS_ENTROPY, 6)
    for made in (
        population.objective(x, target, Loss.CROSS_ENTROPY),
        population.backpropagate(x, target, Loss.CROSS_ENTROPY),
    ):
        assert made.mean.shape == (3,)
        assert made.outputs.shape == (3, 3, 6)
        assert made.losses.shape == (3, 6)
        assert same(made.outputs, population.columns(x))
        with torch.no_grad():
            plain = population.objective(x, target, Loss.CROSS_ENTROPY)
        assert not plain.mean.requires_grad
        assert same(plain.mean, made.mean)
        assert same(plain.losses, made.losses)
