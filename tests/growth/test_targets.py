"""Targets by their definitions, and what all of them hold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphgrow.arrays import Array
from graphgrow.errors import RuleError, SettingsError
from graphgrow.graph.graph import Graph
from graphgrow.graph.wiring import Activation, Role
from graphgrow.growth.parts import Target, View
from graphgrow.growth.targets import (
    BothOf,
    Correlated,
    CriticalModes,
    Extremes,
    ExtremesByKatz,
    Fisher,
    Gradient,
    Katz,
    MostSevere,
    OneOf,
    Spectral,
    Uncertainty,
    katz_of,
)
from graphgrow.growth.targets.ranked import KatzMeasure, leaders, mean_correlation
from graphgrow.measure.criticality import Ring, Snapshot
from graphgrow.measure.extrema import find
from graphgrow.measure.signals import from_rows
from tests.growth.worlds import WORLDS, make, passes_of, signals_of, small, view_of
from tests.strategies import graphs


@dataclass(frozen=True)
class Given(Target):
    """Scores from a list."""

    scores: tuple[float, ...]

    def __call__(self, view: View) -> Array:
        return np.array(self.scores, np.float32)


def chain() -> Graph:
    """Levels {0}, {1, 2}, {3, 4}, {5}."""
    edges = [(0, 1, 2.0), (0, 2, -1.0), (1, 3, 1.0), (2, 3, 1.0), (2, 4, 1.0), (3, 5, 1.0), (4, 5, 1.0)]
    return small((1, 2, 2, 1), edges, Activation.TANH)


@given(graphs(), st.integers(0, 1000), st.sampled_from([0.05, 0.3, 1.0]))
def test_leaders_of_each_level(graph: Graph, seed: int, share: float) -> None:
    values = np.random.default_rng(seed).choice([0, 0, 1, 2, 2, 5], graph.neurons).astype(float)
    made = leaders(graph.wiring, values, share)
    hidden = graph.wiring.role == Role.HIDDEN
    assert not made[~hidden].any()
    for level in set(graph.wiring.level[hidden].tolist()):
        rows = [row for row in range(graph.neurons) if hidden[row] and graph.wiring.level[row] == level]
        able = sorted((row for row in rows if values[row] > 0), key=lambda row: (-values[row], row))
        first = able[: max(1, int(share * len(rows) + 0.5))]
        assert np.flatnonzero(made[rows]).size == len(first)
        for row in first:
            assert made[row] == np.float32(values[row] / values[first[0]])


def test_katz_within_levels() -> None:
    graph = chain()
    view = view_of(graph)
    # By |w|, alpha 0.1: 1.2 and 1.1 on the first hidden level; 1 + .12 + .11 = 1.23 and 1.11 on the second.
    np.testing.assert_allclose(katz_of(view, KatzMeasure())[1:5], [1, 1.1 / 1.2, 1, 1.11 / 1.23], rtol=1e-6)
    assert np.flatnonzero(Katz(share=0.5)(view)).tolist() == [1, 3]
    assert katz_of(view, KatzMeasure())[[0, 5]].tolist() == [0, 0]


def test_extremes_by_katz_weigh_severity() -> None:
    graph = make(WORLDS["sigmoid layered"])
    view = view_of(graph)
    plain, weighed = Extremes()(view), ExtremesByKatz()(view)
    np.testing.assert_allclose(weighed, plain * (1 + katz_of(view, KatzMeasure())), rtol=1e-6)
    assert (np.sign(plain) == np.sign(weighed)).all()
    assert np.abs(weighed).max() > 1


def test_gradient_and_fisher_of_the_bias() -> None:
    graph = make(WORLDS["relu layered"])
    seen = signals_of(graph)
    hidden = graph.wiring.role == Role.HIDDEN
    mean, square = np.abs(seen.delta.mean(axis=1)), (seen.delta**2).mean(axis=1)
    for target, values in ((Gradient(1.0), mean), (Fisher(1.0), square)):
        scores = target(view_of(graph, seen))
        for level in (1, 2):
            rows = np.flatnonzero(hidden & (graph.wiring.level == level))
            np.testing.assert_allclose(scores[rows], values[rows] / values[rows].max(), rtol=1e-5)


@pytest.mark.parametrize("samples", [7, 40])
def test_mean_correlation_is_that_of_all_pairs(samples: int) -> None:
    graph = make(WORLDS["relu layered"])
    rows = np.random.default_rng(0).standard_normal((graph.neurons, samples)).astype(np.float32)
    rows[3] = 2.5
    found = mean_correlation(view_of(graph, from_rows(rows, rows, np.zeros(samples))))
    varies = np.arange(graph.neurons) != 3
    table = np.corrcoef(rows[varies])
    np.testing.assert_allclose(found[varies], np.sqrt((table**2).mean(axis=1)), rtol=1e-4)
    assert found[3] == 0
    assert Correlated(1.0)(view_of(graph, from_rows(rows, rows, np.zeros(samples))))[6:15].max() == 1


def test_uncertainty_is_the_share_of_variance_over_passes() -> None:
    graph = make(WORLDS["relu layered"])
    passes = passes_of(graph).astype(float)
    whole, within = passes.var(axis=(0, 2)), passes.var(axis=0).mean(axis=1)
    share = np.where(whole > 0, within / np.where(whole > 0, whole, 1), 0)
    np.testing.assert_allclose(Uncertainty(1.0)(view_of(graph)), leaders(graph.wiring, share, 1.0), rtol=1e-5)
    same = np.repeat(passes[:1], 3, axis=0)
    assert not Uncertainty()(replace(view_of(graph), dropout=lambda: same)).any()


def test_neurons_of_critical_modes() -> None:
    graph = chain()
    steps = np.arange(12)
    # Neurons 1 and 3 swing for ever, neuron 2 dies away fast, 4 stands still at 0.
    films = {1: np.cos(steps), 2: 0.3**steps, 3: np.sin(steps)}
    ring = Ring(50)
    for at in steps:
        value = np.array([films[row][at] if row in films else 0 for row in range(6)], np.float32)
        ring = ring.with_snapshot(Snapshot(int(at), graph.wiring.id, value))
    found = CriticalModes(1.0, rank=3)(replace(view_of(graph), ring=lambda: ring))
    assert found[[1, 3]].tolist() == [1, 1]
    assert found[2] < 0.01
    assert not found[[0, 4, 5]].any()
    for few in (Ring(50), replace(ring, snapshots=ring.snapshots[:2])):
        assert not CriticalModes()(replace(view_of(graph), ring=lambda held=few: held)).any()


def test_parts_that_need_more_say_what_is_missing() -> None:
    view = view_of(chain())
    for target, name, word in ((Uncertainty(), "dropout", "dropout"), (CriticalModes(), "ring", "snapshots")):
        with pytest.raises(RuleError, match=f"needs .*{word}.*choose another rule or target"):
            target(replace(view, **{name: getattr(View, name)}))


def test_the_cut_parts_what_one_edge_joins() -> None:
    # Two complete halves, 0-2-3 and 1-4-5, joined by 2 -> 5 alone.
    edges = [(0, 2, 1.0), (0, 3, 1.0), (1, 4, 1.0), (1, 5, 1.0), (2, 6, 1.0), (3, 6, 1.0), (4, 7, 1.0), (5, 7, 1.0)]
    graph = small((2, 4, 2), [*edges, (2, 7, 1.0)], Activation.RELU)
    sides = np.sign(Spectral()(view_of(graph)))
    assert len(set(sides[[0, 2, 3, 6]].tolist())) == 1
    assert (sides[[1, 4, 5, 7]] == -sides[0]).all()
    assert np.abs(Spectral()(view_of(graph))).max() == 1
    empty = graph.wiring
    bare = small((2, 4, 2), [(0, 2, 1.0)], Activation.RELU)
    assert empty.neurons == bare.neurons
    assert np.flatnonzero(Spectral()(view_of(bare))).tolist() == [0, 2]


@given(st.lists(st.sampled_from([-1.0, -0.5, 0.0, 0.25, 0.5, 1.0]), min_size=6, max_size=6), st.integers(1, 10))
def test_the_most_severe_of_either_sign(scores: list[float], tenths: int) -> None:
    made = MostSevere(Given(tuple(scores)), tenths / 10)(view_of(chain()))
    for sign in (1, -1):
        able = sorted((row for row in range(6) if sign * scores[row] > 0), key=lambda row: (-abs(scores[row]), row))
        kept = able[: -(-len(able) * tenths // 10)]
        assert sorted(kept) == [row for row in range(6) if sign * made[row] > 0]
        assert all(made[row] == scores[row] for row in kept)


def test_both_and_one_of_two_targets() -> None:
    first, second = Given((1.0, -0.5, 0.0, 0.25, 0.0, 0.0)), Given((0.5, 0.0, 0.75, -1.0, 0.0, 0.0))
    view = view_of(chain())
    assert BothOf(first, second)(view).tolist() == [1.0, 0.0, 0.0, 0.25, 0.0, 0.0]
    assert OneOf(first, second)(view).tolist() == [0.0, -0.5, 0.75, 0.0, 0.0, 0.0]


def test_the_signs_of_extremes_are_kept() -> None:
    graph = make(WORLDS["tanh skips"])
    found = find(graph.wiring, signals_of(graph).activation)
    scores = MostSevere(share=1.0)(view_of(graph))
    np.testing.assert_array_equal(scores > 0, found.high & ~found.dead)


@pytest.mark.parametrize(
    "part", [Katz, Gradient, Fisher, Correlated, Uncertainty, CriticalModes], ids=lambda part: part.__name__
)
@pytest.mark.parametrize("share", [0, 1.5, -0.1])
def test_shares_out_of_range(part: type, share: float) -> None:
    with pytest.raises(SettingsError, match="expected a share above 0 and at most 1"):
        part(share=share)


def test_other_settings_out_of_range() -> None:
    for settings in ({"above": 0}, {"rank": 0}):
        with pytest.raises(SettingsError, match="expected above > 0 and a rank of 1 or more"):
            CriticalModes(**settings)
    with pytest.raises(SettingsError, match="at most 1"):
        MostSevere(share=2)


def test_equal_targets_are_equal() -> None:
    made = [Katz(), Gradient(), Fisher(), Correlated(), Uncertainty(), CriticalModes(), Spectral(), Extremes()]
    assert all(one != other for one, other in combinations(made, 2))
    assert all(part == type(part)() for part in made)
