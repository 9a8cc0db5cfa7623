"""Dimensions, likeness and probes against textbook cases and against doing it the long way."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from graphgrow.arrays import Array
from graphgrow.engine.network import Network
from graphgrow.engine.probe import probe
from graphgrow.errors import GraphError
from graphgrow.graph.builders import layered
from graphgrow.measure.information import (
    PENALTIES,
    answers,
    class_information,
    effective_rank,
    information,
    linear_cka,
    linear_information,
    participation_ratio,
    probed,
    spectrum,
    stable_rank,
)
from graphgrow.measure.signals import from_rows
from graphgrow.train.data import Data
from graphgrow.train.objectives import Classification, Regression

seeds = st.integers(0, 2**32 - 1)
DIMENSIONS = [effective_rank, participation_ratio, stable_rank]


def normal(seed: int, *shape: int) -> Array:
    return np.random.default_rng(seed).standard_normal(shape)


def rotation(seed: int, size: int) -> Array:
    return np.linalg.qr(normal(seed, size, size))[0]


@pytest.mark.parametrize("measure", DIMENSIONS)
def test_dimensions_of_the_identity(measure: object) -> None:
    # Centring takes one dimension of the identity; the plus and minus identity is centred already.
    assert measure(np.eye(6)) == pytest.approx(5)  # type: ignore[operator]
    assert measure(np.hstack([np.eye(6), -np.eye(6)])) == pytest.approx(6)  # type: ignore[operator]


@pytest.mark.parametrize("measure", DIMENSIONS)
def test_dimensions_of_a_line_and_of_nothing(measure: object) -> None:
    line = np.outer(np.arange(1.0, 8), normal(0, 30))
    assert measure(line) == pytest.approx(1, abs=1e-6)  # type: ignore[operator]
    assert measure(np.ones((4, 9))) == 0  # type: ignore[operator]
    assert measure(np.full((4, 9), 1e-3 / 3)) == 0  # type: ignore[operator]


def test_dimensions_differ_on_an_uneven_spectrum() -> None:
    size = np.array([4.0, 2.0, 1.0])
    rows = np.diag(size) @ np.array([[1, 1, -1, -1], [1, -1, 1, -1], [1, -1, -1, 1]]) / 2
    np.testing.assert_allclose(spectrum(rows), size, rtol=1e-12)
    share = size / 7
    assert effective_rank(rows) == pytest.approx(np.exp(-(share * np.log(share)).sum()))
    assert participation_ratio(rows) == pytest.approx(21**2 / (16**2 + 4**2 + 1))
    assert stable_rank(rows) == pytest.approx(21 / 16)


@given(seeds, st.integers(1, 12), st.integers(2, 12))
def test_dimensions_ignore_rotation_shift_and_scale(seed: int, neurons: int, samples: int) -> None:
    rows = normal(seed, neurons, samples)
    moved = 3.0 * rotation(seed + 1, neurons) @ rows + normal(seed + 2, neurons, 1)
    for measure in DIMENSIONS:
        assert measure(moved) == pytest.approx(measure(rows), rel=1e-5)
        assert 1 - 1e-9 <= measure(rows) <= min(neurons, samples - 1) + 1e-9


def song(first: Array, second: Array) -> float:
    """The unbiased estimator of Song 2012, term by term."""
    n = first.shape[1]
    one, other = first.T @ first, second.T @ second
    np.fill_diagonal(one, 0)
    np.fill_diagonal(other, 0)
    ones = np.ones(n)
    product = one @ other
    sums = (ones @ one @ ones) * (ones @ other @ ones) / ((n - 1) * (n - 2))
    return float((np.trace(product) + sums - 2 / (n - 2) * (ones @ product @ ones)) / (n * (n - 3)))


@given(seeds, st.integers(1, 6), st.integers(1, 6), st.integers(4, 20))
def test_cka_is_the_unbiased_estimator(seed: int, neurons: int, others: int, samples: int) -> None:
    first, second = normal(seed, neurons, samples), normal(seed + 1, others, samples)
    own = song(first, first) * song(second, second)
    if own > 1e-9:
        wanted = song(first, second) / np.sqrt(own)
        found = linear_cka(first, second)
        assert found.value == pytest.approx(wanted, abs=1e-7)
        assert found.samples == samples
        assert -1 - 1e-9 <= found.value <= 1 + 1e-9


@given(seeds, st.integers(1, 8), st.integers(5, 20))
def test_cka_ignores_rotation_shift_scale_and_order_of_samples(seed: int, neurons: int, samples: int) -> None:
    first, second = normal(seed, neurons, samples), normal(seed + 1, 5, samples)
    moved = 0.2 * rotation(seed + 2, neurons) @ first + normal(seed + 3, neurons, 1)
    assert linear_cka(first, moved).value == pytest.approx(1, abs=1e-9)
    value = linear_cka(first, second).value
    assert linear_cka(moved, second).value == pytest.approx(value, abs=1e-8)
    assert linear_cka(second, first).value == pytest.approx(value, abs=1e-12)
    order = np.random.default_rng(seed).permutation(samples)
    assert linear_cka(first[:, order], second[:, order]).value == pytest.approx(value, abs=1e-8)


def test_cka_of_independent_rows_is_0_on_average_however_wide() -> None:
    # The common estimator gives about 0.8 here.
    values = [linear_cka(normal(seed, 200, 50), normal(1000 + seed, 200, 50)).value for seed in range(40)]
    assert abs(np.mean(values)) < 3 * np.std(values) / np.sqrt(len(values))
    assert np.std(values) < 0.1


def test_cka_of_what_never_varies() -> None:
    assert linear_cka(np.full((3, 9), 0.1), normal(0, 4, 9)).value == 0
    with pytest.raises(GraphError, match="the same 4 samples or more"):
        linear_cka(normal(0, 2, 3), normal(1, 2, 3))
    with pytest.raises(GraphError, match="the same 4 samples or more"):
        linear_cka(normal(0, 2, 5), normal(1, 2, 6))


@given(seeds, st.integers(1, 7), st.integers(2, 9), st.integers(1, 3))
def test_the_probe_leaves_each_sample_out(seed: int, neurons: int, samples: int, targets: int) -> None:
    rows, target = normal(seed, neurons, samples), normal(seed + 1, targets, samples)
    centred = rows - rows.mean(axis=1, keepdims=True)
    scale = float((centred**2).sum()) / samples
    tried = []
    for penalty in PENALTIES:
        made = np.empty_like(target)
        for out in range(samples):
            kept = np.arange(samples) != out
            x, y = centred[:, kept], target[:, kept]
            middle, mean = x.mean(axis=1, keepdims=True), y.mean(axis=1, keepdims=True)
            x, y = x - middle, y - mean
            weight = y @ x.T @ np.linalg.inv(x @ x.T + penalty * scale * np.eye(neurons))
            made[:, out] = (weight @ (centred[:, [out]] - middle) + mean)[:, 0]
        tried.append(made)
    best = min(tried, key=lambda made: float(((target - made) ** 2).sum()))
    np.testing.assert_allclose(probed(rows, target), best, atol=1e-6)


def test_class_information_of_certainty_and_of_noise() -> None:
    label = np.arange(400) % 4
    hot = (label == np.arange(4)[:, None]).astype(float)
    assert class_information(hot, label).value == pytest.approx(2, abs=1e-3)
    assert class_information(hot[:2], label).value == pytest.approx(1.5, abs=0.05)
    assert class_information(normal(0, 50, 400), label).value < 0.02
    assert class_information(np.ones((3, 400)), label).value == 0
    assert class_information(hot, np.zeros(400, int)).value == 0
    assert class_information(hot, label).samples == 400


def test_class_information_is_a_lower_bound() -> None:
    # Two equally likely classes at -1 and 1 in unit noise: I = 1 - E[h(posterior)], by numerical integration.
    grid = np.linspace(-9, 9, 20001)
    posterior = 1 / (1 + np.exp(-2 * grid))
    density = (np.exp(-((grid - 1) ** 2) / 2) + np.exp(-((grid + 1) ** 2) / 2)) / np.sqrt(8 * np.pi)
    inner = np.clip(posterior, 1e-300, 1 - 1e-16)
    doubt = -(inner * np.log2(inner) + (1 - inner) * np.log2(1 - inner))
    exact = 1 - float((density * doubt).sum() * (grid[1] - grid[0]))
    label = np.arange(2000) % 2
    found = class_information(normal(5, 1, 2000) + 2 * label - 1, label).value
    assert exact - 0.05 < found < exact + 0.03


@pytest.mark.parametrize("correlation", [0.3, 0.8, 0.99])
def test_linear_information_of_a_gaussian_pair(correlation: float) -> None:
    rows = normal(1, 1, 4000)
    target = correlation * rows + np.sqrt(1 - correlation**2) * normal(2, 1, 4000)
    exact = -0.5 * np.log2(1 - correlation**2)
    assert linear_information(rows, target).value == pytest.approx(exact, abs=0.05)


def test_linear_information_adds_up_and_is_capped() -> None:
    rows = normal(3, 3, 256)
    assert linear_information(rows, rows).value == pytest.approx(3 * 8)
    assert linear_information(rows, np.repeat(rows[:1], 5, axis=0)).value == pytest.approx(8)
    assert linear_information(rows, rows, components=2).value == pytest.approx(16)
    assert linear_information(normal(4, 20, 256), rows).value < 0.05
    assert linear_information(rows, np.ones((2, 256))).value == 0


def test_rows_that_do_not_fit() -> None:
    with pytest.raises(GraphError, match=r"expected rows \(neurons, samples\)"):
        effective_rank(np.zeros((0, 4)))
    with pytest.raises(GraphError, match="expected targets"):
        probed(normal(0, 2, 5), normal(0, 2, 4))


def nothing() -> Data:
    raise AssertionError("loaded")


@pytest.mark.parametrize("scale", [1.0, 30.0])
@pytest.mark.parametrize("outputs", [2, 5])
def test_answers_of_a_real_probe(scale: float, outputs: int) -> None:
    graph = layered([6, 9, outputs], 0.8, np.random.default_rng(2))
    network = Network(graph.with_weights(scale * graph.weight, graph.bias))
    x = torch.tensor(normal(1, 6, 40), dtype=torch.float32)
    label = torch.arange(40) % outputs
    seen = probe(network, x, label, Classification("classes", 6, outputs, nothing).losses)
    found = answers(graph.wiring, seen)
    assert found.tolist() == label.tolist()
    assert information(seen.activation[graph.wiring.level == 0], found).samples == 40
    wanted = torch.tensor(normal(2, outputs, 40), dtype=torch.float32)
    seen = probe(network, x, wanted, Regression("numbers", 6, outputs, nothing).losses)
    np.testing.assert_allclose(answers(graph.wiring, seen), wanted.numpy(), rtol=1e-3, atol=1e-4 * scale)


def test_answers_of_other_losses_are_refused() -> None:
    graph = layered([6, 9, 3], 0.8, np.random.default_rng(2))
    seen = from_rows(normal(0, 18, 20), normal(1, 18, 20), np.abs(normal(2, 20)))
    with pytest.raises(GraphError, match="neither cross entropy nor squared error"):
        answers(graph.wiring, seen)
