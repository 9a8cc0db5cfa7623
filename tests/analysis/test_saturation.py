"""The ball at the ends of the range against networks whose pre-activations are known."""

from __future__ import annotations

from math import isnan

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import norm

from analysis.saturation import ball, beyond, factor
from graphgrow.errors import DataError
from graphgrow.graph.builders import layered
from graphgrow.graph.wiring import Activation, Role
from graphgrow.rng import stream

SAMPLES = 4000


def network(mean: float, deviation: float) -> tuple[object, np.ndarray]:
    """Two hidden levels of sigmoids whose pre-activations are drawn from one Gaussian."""
    wiring = layered((3, 20, 20, 2), 1.0, stream(0, "test"), Activation.SIGMOID).wiring
    before = mean + deviation * stream(1, "test").standard_normal((wiring.neurons, SAMPLES))
    return wiring, expit(before).astype(np.float32)


@pytest.mark.parametrize("epsilon", [0.05, 0.10, 0.20])
def test_unit_gaussians_hold_what_is_predicted(epsilon: float) -> None:
    wiring, activation = network(0.0, 1.0)
    found = ball(wiring, activation, epsilon)  # type: ignore[arg-type]
    assert found.share == pytest.approx(found.unit, rel=0.1)
    assert found.by_level == pytest.approx(found.share, rel=0.1)
    assert found.by_neuron == pytest.approx(found.share, rel=0.1)
    assert (found.hidden, found.extreme) == (40, 0)
    assert isnan(found.gradient)
    assert isnan(found.inside)


def test_measured_moments_predict_where_the_unit_gaussian_is_far_off() -> None:
    wiring, activation = network(3.0, 2.0)
    found = ball(wiring, activation, 0.10)  # type: ignore[arg-type]
    assert factor(found.share, found.unit, 1e-9) > 3
    assert factor(found.share, found.by_level, 1e-9) < 0.05
    assert found.extreme == 40
    inside = norm.expect(lambda z: expit(z) * expit(-z), loc=3, scale=2)
    assert found.gradient == pytest.approx(inside, rel=0.03)
    assert found.inside < found.border == pytest.approx(0.09)


def test_bits_follow_the_usable_range() -> None:
    wiring, activation = network(0.0, 1.0)
    made = [ball(wiring, activation, epsilon) for epsilon in (0.05, 0.10, 0.20)]  # type: ignore[arg-type]
    assert [round(each.bits, 1) for each in made] == [6.5, 6.3, 5.9]
    assert all(0 < each.used <= each.bits for each in made)


def test_neurons_that_never_vary_lie_inside_or_outside() -> None:
    assert beyond(np.array([0.0, 3.0, -3.0]), np.zeros(3), 2.0).tolist() == [0, 1, 1]
    wiring, activation = network(0.0, 1.0)
    activation[:] = np.where(wiring.role == Role.HIDDEN, 1.0, 0.5)[:, None]  # type: ignore[attr-defined]
    found = ball(wiring, activation, 0.10)  # type: ignore[arg-type]
    assert (found.share, found.by_level, found.by_neuron, found.extreme, found.used) == (1, 1, 1, 40, 0)


def test_factors_are_in_doublings_either_way() -> None:
    assert factor(0.2, 0.1, 1e-9) == factor(0.1, 0.2, 1e-9) == pytest.approx(1)
    assert factor(0.0, 0.4, 0.1) == pytest.approx(2)
    assert isnan(factor(float("nan"), 0.1, 0.1))


def test_other_activations_are_refused() -> None:
    wiring = layered((3, 4, 2), 1.0, stream(0, "test"), Activation.RELU).wiring
    with pytest.raises(DataError, match="all sigmoid"):
        ball(wiring, np.zeros((wiring.neurons, 2), np.float32), 0.1)
