"""Scaling what an optimizer step does to each parameter."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import optim

from graphgrow.engine import Network, Pace
from graphgrow.errors import SettingsError
from tests.engine.dense import batch, example, same, step
from tests.engine.growing import OPTIMIZERS, Make, full_edit, grow, scalars, vectors

EVERY = pytest.mark.parametrize("make", [pytest.param(make, id=name) for name, make in OPTIMIZERS.items()])
NAMES = ("SGD momentum", "AdamW")
SOME = pytest.mark.parametrize("make", [pytest.param(OPTIMIZERS[name], id=name) for name in NAMES])


def two(make: Make) -> tuple[Network, optim.Optimizer, Pace, Network, optim.Optimizer]:
    """A network with a pace, and the same network without."""
    network, twin = Network(example()), Network(example())
    optimizer, other = make(network.parameters()), make(twin.parameters())
    return network, optimizer, Pace(network, optimizer), twin, other


@EVERY
def test_factor_one_changes_no_bit(make: Make) -> None:
    network, optimizer, _, twin, other = two(make)
    for at in range(3):
        assert step(network, optimizer, at) == step(twin, other, at)
    assert network.graph().same(twin.graph())
    assert vectors(network, optimizer) == vectors(twin, other)


@EVERY
def test_factor_zero_freezes_every_bit_under_decay_and_momentum_too(make: Make) -> None:
    network, optimizer, pace, _, _ = two(make)
    step(network, optimizer, 0)
    before = network.graph()
    pace.edge.zero_()
    pace.neuron.zero_()
    for at in range(3):
        step(network, optimizer, at)
    assert network.graph().same(before)


@SOME
def test_a_frozen_part_stays_while_the_rest_moves_as_it_would(make: Make) -> None:
    network, optimizer, pace, twin, other = two(make)
    before = network.values.detach().clone()
    pace.edge[::2] = 0
    step(network, optimizer, 0)
    step(twin, other, 0)
    assert same(network.values[::2], before[::2])
    assert same(network.values[1::2], twin.values[1::2])
    assert same(network.bias, twin.bias)


@EVERY
def test_factors_scale_the_update(make: Make) -> None:
    network, optimizer, pace, twin, other = two(make)
    start = [parameter.detach().clone() for parameter in network.parameters()]
    pace.edge.fill_(0.5)
    pace.neuron.fill_(3.0)
    step(network, optimizer, 0)
    step(twin, other, 0)
    for factor, before, made, plain in zip((0.5, 3.0), start, network.parameters(), twin.parameters(), strict=True):
        torch.testing.assert_close(made.detach() - before, factor * (plain.detach() - before), rtol=1e-3, atol=1e-6)
    assert scalars(network, optimizer) == scalars(twin, other)


def test_a_network_in_double_precision() -> None:
    network = Network(example()).double()
    optimizer = optim.SGD(network.parameters(), lr=0.1)
    pace, before = Pace(network, optimizer), network.values.detach().clone()
    pace.edge.fill_(0.25)
    step(network, optimizer, 0)
    assert network.values.dtype == torch.float64
    assert network.values.grad is not None
    torch.testing.assert_close(network.values.detach(), before - 0.025 * network.values.grad, rtol=1e-12, atol=1e-12)


def test_a_step_with_a_closure() -> None:
    network, optimizer, pace, twin, other = two(OPTIMIZERS["Adam"])
    pace.edge[0] = 0
    frozen = float(network.values[0].detach())
    for net, opt in ((network, optimizer), (twin, other)):

        def closure(net: Network = net, opt: optim.Optimizer = opt) -> float:
            opt.zero_grad()
            x, target = batch(net, 0)
            loss = (net.columns(x) - target).square().mean()
            torch.autograd.backward(loss)
            return float(loss.detach())

        opt.step(closure)
    assert float(network.values[0].detach()) == frozen != float(twin.values[0].detach())
    assert same(network.values[1:], twin.values[1:])


def test_factors_of_the_size_before_a_growth_are_refused_before_anything_moves() -> None:
    network, optimizer, pace, _, _ = two(OPTIMIZERS["Adam"])
    step(network, optimizer, 0)
    grow(network, optimizer, full_edit)
    graph, numbers = network.graph(), scalars(network, optimizer)
    edges, neurons = network.values.numel(), network.bias.numel()
    with pytest.raises(SettingsError, match=r"the network grew .* call reset\(\)"):
        step(network, optimizer, 1)
    pace.reset()
    pace.edge = torch.zeros(edges)
    pace.neuron = torch.ones(neurons - 1)
    with pytest.raises(SettingsError, match=rf"Pace\.neuron has \d+ factors for {neurons} parameters"):
        step(network, optimizer, 1)
    assert network.graph().same(graph)
    assert scalars(network, optimizer) == numbers
    pace.neuron = torch.ones(neurons)
    step(network, optimizer, 1)
    assert network.graph().weight.tobytes() == graph.weight.tobytes()
    assert network.graph().bias.tobytes() != graph.bias.tobytes()


def test_growth_that_keeps_the_size_is_noticed_too() -> None:
    network, optimizer, pace, _, _ = two(OPTIMIZERS["SGD"])
    network.become(network.graph())
    pace.network.wiring = replace(network.wiring)
    with pytest.raises(SettingsError, match="the network grew"):
        step(network, optimizer, 0)


def test_an_optimizer_of_another_network_is_refused() -> None:
    network, _, _, twin, _ = two(OPTIMIZERS["SGD"])
    with pytest.raises(SettingsError, match="does not hold this network's parameters"):
        Pace(network, optim.SGD(twin.parameters(), lr=0.1))


def test_removed_it_lets_go() -> None:
    network, optimizer, pace, twin, other = two(OPTIMIZERS["AdamW"])
    pace.edge.zero_()
    pace.remove()
    step(network, optimizer, 0)
    step(twin, other, 0)
    assert network.graph().same(twin.graph())


def test_a_frozen_part_survives_an_update_that_is_not_finite() -> None:
    network, optimizer, pace, _, _ = two(OPTIMIZERS["SGD"])
    with torch.no_grad():
        network.values[0] = -0.0
    before = network.values.detach().clone()
    pace.edge[:3] = 0
    network.values.grad = torch.full_like(network.values, float("nan"))
    optimizer.step()
    assert same(network.values[:3], before[:3])
    assert bool(torch.isnan(network.values[3:]).all())
