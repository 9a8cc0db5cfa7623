from __future__ import annotations

import numpy as np
import pytest

from graphgrow.graph.builders import layered
from graphgrow.graph.wiring import Activation
from graphgrow.measure.activity import dead_neurons, effective_ranks, level_gradient_ratios, severities
from graphgrow.measure.extrema import find
from graphgrow.measure.information import effective_rank
from graphgrow.rng import stream

SIZES = (3, 4, 6, 2)
WIRING = layered(SIZES, 1.0, stream(0, "levels"), Activation.SIGMOID).wiring


def rows(samples: int = 20) -> np.ndarray:
    return stream(0, "rows").uniform(0.2, 0.8, (WIRING.neurons, samples))


def test_severity_is_the_mean_over_the_extrema_of_a_level() -> None:
    activation = rows()
    activation[3, :18] = 0.99  # 90 % of samples
    activation[4, :12] = 0.01  # 60 %
    found = find(WIRING, activation)
    assert severities(WIRING, found) == pytest.approx({1: 0.75, 2: 0.0})


def test_dead_neurons_by_level() -> None:
    activation = rows()
    activation[[7, 9]] = 0.5
    assert dead_neurons(WIRING, find(WIRING, activation)) == {1: 0, 2: 2}


def test_gradient_ratios_by_level() -> None:
    delta = np.zeros((WIRING.neurons, 5))
    delta[3:7], delta[7:13], delta[13:] = 1.0, 2.0, 3.0
    made = level_gradient_ratios(WIRING, delta)
    assert made == pytest.approx({2: 2 * np.sqrt(6) / 2, 3: 3 * np.sqrt(2) / (2 * np.sqrt(6))})
    delta[3:7] = 0
    assert set(level_gradient_ratios(WIRING, delta)) == {3}


def test_effective_ranks_use_the_first_samples_alone() -> None:
    activation = rows(40)
    activation[7:13] = activation[7]  # one dimension
    made = effective_ranks(WIRING, activation, most=10)
    assert made[2] == pytest.approx(1.0)
    assert 3 < made[1] <= 4
    assert made[1] == effective_rank(activation[3:7, :10])
    activation[:, 10:] = 0
    assert effective_ranks(WIRING, activation, most=10) == made
