"""Activations while random hidden neurons say nothing."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from graphgrow.engine import Network
from graphgrow.engine.dropout import dropout_passes
from graphgrow.errors import SettingsError
from graphgrow.graph.builders import layered
from graphgrow.graph.wiring import Activation, Role
from graphgrow.rng import stream
from tests.engine.dense import example


def passes(network: Network, **options: float) -> np.ndarray:
    x = torch.ones(network.inputs, 6)
    return dropout_passes(network, x.numpy(), stream(0, "masks"), **options)  # type: ignore[arg-type]


def test_nobody_dropped_is_the_network_itself() -> None:
    network = Network(example())
    x = torch.randn(network.inputs, 7, generator=torch.Generator().manual_seed(0)).to(network.values.dtype)
    with torch.no_grad():
        plain = network.by_row(network.activations(x))
    made = dropout_passes(network, x.numpy(), stream(0, "masks"), passes=3, rate=0.0)
    assert made.dtype == np.float32
    assert made.shape == (3, network.plan.neurons, 7)
    np.testing.assert_array_equal(made, np.broadcast_to(plain.astype(np.float32), made.shape))


def test_what_hears_the_inputs_alone_never_varies_and_what_follows_does() -> None:
    graph = layered((4, 6, 6, 3), 1.0, stream(1, "dropout"), activation=Activation.TANH)
    made = passes(Network(graph), passes=8, rate=0.5)
    spread = made.std(axis=0).max(axis=1)
    level = graph.wiring.level
    assert (spread[level <= 1] == 0).all()
    assert (spread[level >= 2] > 0).all()
    assert (spread[graph.wiring.role == Role.OUTPUT] > 0).all()


def test_the_rest_speaks_up_so_that_means_stay() -> None:
    graph = layered((3, 40, 1), 1.0, stream(2, "dropout"), activation=Activation.IDENTITY, dtype=np.float64)
    network = Network(graph)
    x = np.ones((3, 1))
    out = int(graph.wiring.rows(Role.OUTPUT)[0])
    made = dropout_passes(network, x, stream(3, "masks"), passes=4000, rate=0.3)[:, out, 0]
    whole = dropout_passes(network, x, stream(3, "masks"), passes=1, rate=0.0)[0, out, 0]
    assert abs(made.mean() - whole) < 5 * made.std() / np.sqrt(made.size)


def test_the_stream_decides_and_the_network_stays() -> None:
    network = Network(example())
    before = network.graph()
    first, second = passes(network), passes(network)
    np.testing.assert_array_equal(first, second)
    assert network.graph().same(before)
    assert first.shape[0] == 10


def test_memory_is_bounded_by_samples() -> None:
    network = Network(example())
    made = passes(network, passes=2, limit=2 * 4 * network.plan.neurons * 3)
    assert made.shape[2] == 3


@pytest.mark.parametrize(("count", "rate"), [(0, 0.5), (1, 1.0), (1, -0.1)])
def test_senseless_passes_are_refused(count: int, rate: float) -> None:
    with pytest.raises(SettingsError, match="expected 1 pass or more and a rate of at least 0, below 1"):
        passes(Network(example()), passes=count, rate=rate)
