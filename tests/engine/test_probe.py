"""Signals of a probe against gradients that autograd takes, for edges that exist and for edges that do not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn, optim

from graphgrow import Edit, Graph, Role, apply
from graphgrow.arrays import Array
from graphgrow.engine import Kernel, Network, probe
from graphgrow.engine.kernels import load
from graphgrow.engine.probe import tap
from graphgrow.errors import GraphError, SettingsError
from graphgrow.graph.builders import layered
from graphgrow.measure.signals import Score, Signals
from graphgrow.rng import stream
from tests.engine.dense import dense, example, normal, parameters, step

BOTH = pytest.mark.parametrize("kernels", [load("cpu"), load("reference")])
SAMPLES = 6


def squares(output: Tensor, target: Tensor) -> Tensor:
    """A loss per sample."""
    return (output - target).square().sum(0)


def data(dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor]:
    return normal(1, 4, SAMPLES, dtype=dtype), normal(2, 3, SAMPLES, dtype=dtype)


def weight_gradients(graph: Graph) -> Array:
    """d(mean loss)/dw by edge row, from the dense reference."""
    own, (x, target) = parameters(graph), data(torch.float64)
    (grad,) = torch.autograd.grad(squares(dense(graph, x, own), target).mean(), own.weight)
    return grad.numpy()


def products(signals: Signals, source: Array, target: Array) -> Array:
    made: Array = (signals.activation[source].astype(float) * signals.delta[target]).mean(1)
    return made


@BOTH
@pytest.mark.parametrize("seed", range(3))
def test_products_are_the_gradients_of_existing_edges(kernels: Kernel, seed: int) -> None:
    graph = example(seed, np.float64)
    signals = probe(Network(graph, kernels), *data(torch.float64), squares)
    made = products(signals, graph.wiring.source, graph.wiring.target)
    np.testing.assert_allclose(made, weight_gradients(graph), rtol=1e-4, atol=1e-5)


@BOTH
@pytest.mark.parametrize("seed", range(3))
def test_products_are_the_gradients_of_absent_edges(kernels: Kernel, seed: int) -> None:
    graph = example(seed, np.float64)
    wiring = graph.wiring
    target, source = np.nonzero(wiring.level[:, None] > wiring.level[None, :])
    absent = wiring.edge_rows(source, target) < 0
    source, target = source[absent], target[absent]
    full, remap = apply(graph, Edit(graph.neurons, 1, source=source, target=target, weight=np.zeros(source.size)), 1)
    added = remap.edge_from < 0
    assert added.sum() == source.size > 5
    signals = probe(Network(graph, kernels), *data(torch.float64), squares)
    made = products(signals, full.wiring.source[added], full.wiring.target[added])
    np.testing.assert_allclose(made, weight_gradients(full)[added], rtol=1e-4, atol=1e-5)


def test_inputs_hold_the_data_and_have_no_delta() -> None:
    graph = example()
    x, target = data()
    signals = probe(Network(graph), x, target, squares)
    rows = graph.wiring.rows(Role.INPUT)
    assert signals.activation[rows].tobytes() == x.numpy().tobytes()
    assert not signals.delta[rows].any()
    assert signals.delta[graph.wiring.rows(Role.OUTPUT)].all()
    assert [array.dtype for array in (signals.activation, signals.delta, signals.loss)] == [np.float32] * 3


def test_activations_and_losses_are_those_of_the_network() -> None:
    network, (x, target) = Network(example()), data()
    signals = probe(network, x, target, squares)
    with torch.no_grad():
        assert signals.activation.tobytes() == network.by_row(network.activations(x)).tobytes()
        assert signals.loss.tobytes() == squares(network.columns(x), target).numpy().tobytes()


def test_each_sample_has_its_own_delta() -> None:
    network, (x, target) = Network(example()), data()
    together = probe(network, x, target, squares)
    for at in range(SAMPLES):
        alone = probe(network, x[:, at : at + 1], target[:, at : at + 1], squares)
        np.testing.assert_allclose(together.delta[:, at : at + 1], alone.delta, rtol=1e-5, atol=1e-6)


def test_gradients_parameters_and_watch_stay_as_they_are() -> None:
    network, (x, target) = Network(example()), data()
    network.bias.grad = torch.full_like(network.bias, 7.0)
    fed, before = x.clone().requires_grad_(), network.graph()
    signals = probe(network, fed, target, squares)
    assert network.graph().same(before)
    assert network.values.grad is None
    assert fed.grad is None
    assert bool((network.bias.grad == 7).all())
    assert network.watch is None
    rows = network.wiring.rows(Role.INPUT)
    assert not signals.delta[rows].any()


def test_training_with_probes_is_training_without() -> None:
    first, second = Network(example()), Network(example())
    one, other = optim.AdamW(first.parameters()), optim.AdamW(second.parameters())
    for at in range(3):
        step(first, one, at)
        probe(first, *data(), squares)
        step(second, other, at)
    assert first.graph().same(second.graph())


def test_a_probe_works_where_gradients_are_off() -> None:
    network, (x, target) = Network(example()), data()
    with torch.no_grad():
        quiet = probe(network, x, target, squares)
    assert quiet.delta.tobytes() == probe(network, x, target, squares).delta.tobytes()


@pytest.mark.parametrize("frozen", ["values", "bias"])
def test_one_of_the_parameters_may_be_frozen(frozen: str) -> None:
    network, (x, target) = Network(example()), data()
    wanted = probe(network, x, target, squares)
    getattr(network, frozen).requires_grad_(False)
    assert probe(network, x, target, squares).delta.tobytes() == wanted.delta.tobytes()


def test_a_host_around_the_network() -> None:
    network, before, after = Network(example(0, np.float64)), nn.Linear(5, 4).double(), nn.Linear(3, 2).double()
    host = nn.Sequential(before, nn.Tanh(), network, after)
    x, target = normal(5, 5, SAMPLES, dtype=torch.float64), normal(6, 2, SAMPLES, dtype=torch.float64)

    def forward(x: Tensor) -> Tensor:
        made: Tensor = host(x.T).T
        return made

    signals = probe(network, x, target, squares, forward)
    torch.autograd.backward(squares(forward(x), target).mean())
    assert network.values.grad is not None
    wiring, edge = network.wiring, network.plan.edge
    made = products(signals, wiring.source[edge], wiring.target[edge])
    np.testing.assert_allclose(made, network.values.grad.numpy(), rtol=1e-4, atol=1e-6)
    inside = torch.tanh(before(x.T)).T.detach().float().numpy()
    np.testing.assert_allclose(signals.activation[wiring.rows(Role.INPUT)], inside, rtol=1e-6)
    before.zero_grad()
    probe(network, x, target, squares, forward)
    assert before.weight.grad is None


@pytest.mark.parametrize(("room", "kept"), [(0, 1), (1, 1), (3, 3), (SAMPLES, SAMPLES), (SAMPLES + 1, SAMPLES)])
def test_the_byte_limit_keeps_the_first_samples(room: int, kept: int) -> None:
    network, (x, target) = Network(example()), data()
    signals = probe(network, x, target, squares, limit=room * 8 * network.plan.neurons)
    assert signals.activation.shape == signals.delta.shape == (network.plan.neurons, kept)
    rows = network.wiring.rows(Role.INPUT)
    assert signals.activation[rows].tobytes() == x[:, :kept].contiguous().numpy().tobytes()


def test_classes_as_targets() -> None:
    network, (x, _) = Network(example()), data()
    target = torch.tensor([0, 1, 2, 0, 1, 2])
    signals = probe(network, x, target, lambda o, t: nn.functional.cross_entropy(o.T, t, reduction="none"))
    rows = network.wiring.rows(Role.OUTPUT)
    identity = network.wiring.activation[rows] == 0
    expected = torch.softmax(network.columns(x), 0).detach() - nn.functional.one_hot(target, 3).T
    np.testing.assert_allclose(signals.delta[rows][identity], expected.numpy()[identity], rtol=1e-4, atol=1e-6)


def test_no_samples() -> None:
    with pytest.raises(SettingsError, match="a probe needs at least one sample: raise probe_samples"):
        probe(Network(example()), torch.zeros(4, 0), torch.zeros(3, 0), squares)


def no_influence() -> list[Callable[[Tensor, Tensor], Tensor]]:
    """Losses that the network has no part in: a number, and what other parameters say."""
    other = nn.Parameter(torch.ones(SAMPLES))
    return [lambda o, t: torch.zeros(SAMPLES), lambda o, t: other * 2]


@pytest.mark.parametrize("losses", no_influence())
def test_a_loss_without_the_network(losses: Callable[[Tensor, Tensor], Tensor]) -> None:
    network = Network(example())
    with pytest.raises(SettingsError, match="the loss does not depend on the network: check"):
        probe(network, *data(), losses)
    assert network.watch is None


def test_a_network_that_is_frozen_as_a_whole() -> None:
    network = Network(example()).requires_grad_(False)
    with pytest.raises(SettingsError, match="not frozen by requires_grad"):
        probe(network, *data(), squares)


def test_a_loss_that_is_one_number_for_all_samples() -> None:
    with pytest.raises(GraphError, match=r"expected \(neurons, samples\) twice and \(samples,\)"):
        probe(Network(example()), *data(), lambda o, t: squares(o, t).mean())


def test_a_tap_keeps_the_samples_it_is_told_to() -> None:
    network, (x, target) = Network(example()), data()
    wanted = probe(network, x, target, squares)
    with tap(network, np.array([4, 1])) as seen:
        torch.autograd.backward(squares(network.columns(x), target).sum())
    assert seen.activation is not None
    assert seen.delta is not None
    assert seen.activation.tobytes() == wanted.activation[:, [4, 1]].tobytes()
    assert seen.delta.tobytes() == wanted.delta[:, [4, 1]].tobytes()


@pytest.mark.parametrize("level_order", [True, False])
def test_a_tap_leaves_the_gradient_of_the_data_to_whoever_wants_it(level_order: bool) -> None:
    graph = layered((4, 5, 3), 0.8, stream(0, "tap")) if level_order else example()
    network, (x, target) = Network(graph), data()
    plain, tapped = x.clone().requires_grad_(), x.clone().requires_grad_()
    torch.autograd.backward(squares(network.columns(plain), target).sum())
    with tap(network) as seen:
        torch.autograd.backward(squares(network.columns(tapped), target).sum())
    assert plain.grad is not None
    assert tapped.grad is not None
    assert bool(plain.grad.any())
    assert bool((plain.grad == tapped.grad).all())
    assert seen.activation is not None
    assert seen.delta is not None
    rows = graph.wiring.rows(Role.INPUT)
    assert not seen.delta[rows].any()
    assert seen.activation[rows].tobytes() == x.numpy().tobytes()


def test_rows_stay_as_they_were_when_the_network_runs_on() -> None:
    network, (x, target) = Network(layered((4, 5, 3), 0.8, stream(0, "tap"))), data()
    signals = probe(network, x, target, squares)
    kept = signals.activation.tobytes(), signals.delta.tobytes()
    optimizer = optim.SGD(network.parameters(), lr=0.1)
    for at in range(3):
        step(network, optimizer, at)
        probe(network, -x, target, squares)
    assert (signals.activation.tobytes(), signals.delta.tobytes()) == kept


def test_a_tap_that_saw_no_backward_pass_is_empty_and_taps_may_be_nested() -> None:
    network, (x, _) = Network(example()), data()
    with tap(network) as outer:
        with pytest.raises(ZeroDivisionError), tap(network) as inner:
            raise ZeroDivisionError
        torch.autograd.backward(network.columns(x).sum())
    assert inner.activation is None
    assert outer.activation is not None
    assert network.watch is None


def test_signals_score_pairs_as_their_rows_say() -> None:
    graph = example(0, np.float64)
    signals = probe(Network(graph), *data(torch.float64), squares)
    source, target = graph.wiring.source[:5], graph.wiring.target[:5]
    scores = signals.scorer.pairs(source, target, Score.GRADIENT)
    np.testing.assert_allclose(scores, np.abs(products(signals, source, target)), rtol=1e-4, atol=1e-6)
