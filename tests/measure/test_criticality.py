"""Norms, gains and criticality on chains worked out by hand; dynamic modes on linear systems that are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphgrow.arrays import Array
from graphgrow.errors import GraphError, SettingsError
from graphgrow.graph.builders import wiring
from graphgrow.measure.criticality import (
    Modes,
    Ring,
    Snapshot,
    criticality,
    film,
    gains,
    gradient_ratios,
    level_norms,
    modes,
)

LAYERS = wiring([0, 0, 1, 1, 3, 4], [], [])
THREE = np.array([[1.0, 1], [1, 1], [3, 3], [4, 4], [10, 10], [5, 5]])


def test_norms_are_lengths_by_level() -> None:
    np.testing.assert_allclose(level_norms(LAYERS, THREE), [np.sqrt(2), 5, 10, 5], rtol=1e-12)
    np.testing.assert_allclose(gains(LAYERS, THREE), [5 / np.sqrt(2), 2, 0.5], rtol=1e-12)
    spread = np.array([[0.0, 0], [0, 0], [0, 2], [0, 0], [1, 1], [0, 0]])
    np.testing.assert_allclose(level_norms(LAYERS, spread), [0, np.sqrt(2), 1, 0], rtol=1e-12)


def test_gains_over_silence() -> None:
    quiet = np.zeros((6, 2))
    quiet[4] = 1
    assert gains(LAYERS, quiet).tolist() == [0, np.inf, 0]


def test_criticality_by_hand() -> None:
    np.testing.assert_allclose(gradient_ratios(LAYERS, THREE), [2, 0.5])
    assert criticality(LAYERS, THREE) == pytest.approx(0.75)
    assert criticality(LAYERS, np.ones((6, 3)) * np.sqrt([[9, 9, 1, 1, 2, 2]]).T) == pytest.approx(1)
    # Ratios on both sides of 1 cancel, as the formula has it.
    assert criticality(LAYERS, np.array([0, 0, 1, 0, 0.5, 0.75])[:, None] * np.ones(4)) == pytest.approx(1)


def test_levels_without_gradient_have_no_ratio() -> None:
    cut = THREE.copy()
    cut[2:4] = 0
    np.testing.assert_allclose(gradient_ratios(LAYERS, cut), [0.5])
    assert criticality(LAYERS, cut) == pytest.approx(0.5)
    cut[4] = 0
    assert criticality(LAYERS, cut) is None
    assert criticality(wiring([0, 1], [], []), np.ones((2, 3))) is None


def test_gradients_of_an_orthogonal_chain_keep_their_length() -> None:
    rng = np.random.default_rng(0)
    turn = [np.linalg.qr(rng.standard_normal((4, 4)))[0] for _ in range(3)]
    delta = [rng.standard_normal((4, 50))]
    for matrix in turn:
        delta.insert(0, matrix @ delta[0])
    rows = np.vstack([np.zeros((4, 50)), *delta])
    assert criticality(wiring(np.repeat(range(5), 4), [], []), rows) == pytest.approx(1)


def recorded(*steps: tuple[int, list[int], list[float]]) -> Ring:
    ring = Ring(4)
    for step, ids, values in steps:
        ring = ring.with_snapshot(Snapshot(step, np.array(ids, np.int64), np.array(values, np.float32)))
    return ring


def test_a_ring_keeps_the_last() -> None:
    ring = recorded(*((step, [0], [step]) for step in range(6)))
    assert [item.step for item in ring.snapshots] == [2, 3, 4, 5]
    with pytest.raises(SettingsError, match="expected room for 3 snapshots"):
        Ring(2)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_ring_survives_a_checkpoint(count: int) -> None:
    steps = [(1, [0, 4], [0.5, 1.5]), (2, [], []), (3, [0, 4, 9], [0.1, -2.0, 7.0])]
    ring = recorded(*steps[:count])
    again = Ring.restored(ring.arrays(), 4)
    assert again.size == 4
    assert len(again.snapshots) == count
    for old, new in zip(ring.snapshots, again.snapshots, strict=True):
        assert (old.step, old.id.dtype, old.value.dtype) == (new.step, new.id.dtype, new.value.dtype)
        np.testing.assert_array_equal(old.id, new.id)
        np.testing.assert_array_equal(old.value, new.value)


def test_snapshots_are_means_by_neuron() -> None:
    made = Snapshot.of(7, LAYERS, THREE * np.array([1, 3]))
    assert made.step == 7
    assert made.id.tolist() == LAYERS.id.tolist()
    assert made.value.tolist() == (2 * THREE[:, 0]).tolist()


def test_a_film_aligns_neurons() -> None:
    ring = recorded((1, [0, 2], [1, 5]), (2, [0, 2, 3], [2, 6, 9]), (3, [0, 3], [3, 8]))
    made = film(ring.snapshots, np.array([0, 2, 3, 7]))
    # Neuron 3 was born at step 2, neuron 2 removed after it, neuron 7 not seen yet.
    assert made.tolist() == [[1, 2, 3], [5, 6, 0], [9, 9, 8], [0, 0, 0]]
    assert film((), np.array([1, 2])).shape == (2, 0)


def system(eigenvalues: Array, seed: int, neurons: int, length: int) -> Array:
    """A film of x(t+1) = A x(t) for a real A with these eigenvalues (pairs conjugate), seen through many neurons."""
    blocks = []
    for value in eigenvalues:
        if value.imag > 0:
            blocks.append(np.array([[value.real, value.imag], [-value.imag, value.real]]))
        elif value.imag == 0:
            blocks.append(np.array([[value.real]]))
    size = sum(len(block) for block in blocks)
    step, at = np.zeros((size, size)), 0
    for block in blocks:
        step[at : at + len(block), at : at + len(block)] = block
        at += len(block)
    seen = np.linalg.qr(np.random.default_rng(seed).standard_normal((neurons, size)))[0]
    state, made = np.ones(size), []
    for _ in range(length):
        made.append(seen @ state)
        state = step @ state
    return np.array(made).T


@given(st.integers(0, 2**32 - 1), st.integers(5, 30))
def test_modes_of_a_linear_system(seed: int, neurons: int) -> None:
    eigenvalues = np.array([1.02, 0.9 + 0.3j, 0.9 - 0.3j, 0.6])
    found = modes(system(eigenvalues, seed, neurons, 15), rank=4)
    np.testing.assert_allclose(found.eigenvalue, eigenvalues, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(found.mode, axis=0), 1)


def test_neurons_take_part_in_their_own_modes() -> None:
    steps = np.arange(12)
    made = modes(np.vstack([np.ones(12), 0.5**steps, 3 * np.ones(12)]), rank=2)
    np.testing.assert_allclose(made.eigenvalue, [1, 0.5], atol=1e-9)
    np.testing.assert_allclose(made.weights(), [1 / np.sqrt(10), 0, 3 / np.sqrt(10)], atol=1e-7)
    np.testing.assert_allclose(made.weights(0.4), [1 / np.sqrt(10), 1, 3 / np.sqrt(10)], atol=1e-7)
    assert made.weights(2.0).tolist() == [0, 0, 0]


def test_noise_does_not_add_modes() -> None:
    clean = system(np.array([1.0, 0.8]), 1, 60, 40)
    noisy = clean + 1e-3 * np.random.default_rng(2).standard_normal(clean.shape)
    assert modes(noisy).eigenvalue.size == 2
    np.testing.assert_allclose(modes(noisy).eigenvalue, [1, 0.8], atol=0.01)
    assert modes(noisy, rank=1).eigenvalue.size == 1
    assert modes(noisy, rank=99).eigenvalue.size == 39


def test_modes_of_nothing() -> None:
    still: Modes = modes(np.zeros((4, 5)))
    assert still.eigenvalue.size == 0
    assert still.weights().tolist() == [0] * 4
    with pytest.raises(GraphError, match="3 snapshots or more"):
        modes(np.ones((4, 2)))
    with pytest.raises(SettingsError, match="a rank of 1 or more"):
        modes(np.ones((4, 5)), rank=0)
