"""Routes between extrema in the other directions, and routes to a chosen level."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphgrow.arrays import Array
from graphgrow.errors import SettingsError
from graphgrow.graph.builders import wiring
from graphgrow.graph.graph import Graph
from graphgrow.graph.wiring import Role
from graphgrow.growth.parts import Room
from graphgrow.growth.routes import (
    BySeverity,
    Complementary,
    HighToLow,
    LeastDense,
    LevelChoice,
    LowToHigh,
    NextStable,
    Steepest,
    ToLevel,
    WeakestGradient,
    saturated,
)
from graphgrow.growth.routes.levels import in_density, kept_gradient
from graphgrow.measure.signals import from_rows
from tests.growth.test_routes import edges, high_to_low, listed, noise, random_scores, ranks, seeds
from tests.growth.worlds import WORLDS, make, signals_of, view_of
from tests.strategies import graphs

CHOICES = [NextStable(0.9), LeastDense(), BySeverity(), WeakestGradient()]
every_choice = pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: type(choice).__name__)


@given(graphs(max_size=6), seeds, st.integers(1, 4), st.integers(1, 3), st.integers(1, 4))
def test_low_to_high_is_high_to_low_turned_round(
    graph: Graph, seed: int, levels: int, partners: int, reach: int
) -> None:
    scores = random_scores(graph, seed)
    routes = LowToHigh(levels, partners)(view_of(graph, noise(graph, seed), reach=reach), scores, Room())
    assert listed(routes) == high_to_low(graph, -scores, min(levels, reach), partners)
    np.testing.assert_array_equal(routes.score, np.abs(scores[routes.source]))


@given(graphs(max_size=6), seeds, st.integers(1, 4))
def test_complementary_routes_go_both_ways(graph: Graph, seed: int, reach: int) -> None:
    scores = random_scores(graph, seed)
    view = view_of(graph, noise(graph, seed), reach=reach)
    routes = Complementary()(view, scores, Room())
    found = listed(routes)
    assert len(set(found)) == len(found)
    assert not set(found) & edges(graph)
    assert all(scores[a] * scores[b] < 0 for a, b in found)
    assert (np.diff(routes.score) <= 0).all()
    # As many as either direction alone finds: what one plans changes partners of the other, never their number.
    alone = [len(listed(route(view, scores, Room()))) for route in (HighToLow(), LowToHigh())]
    assert [sum(scores[a] > 0 for a, _ in found), sum(scores[a] < 0 for a, _ in found)] == alone


def test_planned_in_edges_count_for_both_directions() -> None:
    graph = Graph(wiring([0, 1, 1, 2, 2, 3], [], []), np.zeros(0, np.float32), np.zeros(6, np.float32))
    scores = np.array([0, 0.9, -0.8, -0.5, 0.5, 0], np.float32)
    routes = Complementary(levels=1)(view_of(graph, noise(graph, 0)), scores, Room())
    assert listed(routes) == [(1, 3), (2, 4)]


def test_outputs_send_nothing_whatever_a_target_says() -> None:
    graph = Graph(wiring([0, 1, 2], [], []), np.zeros(0, np.float32), np.zeros(3, np.float32))
    scores = np.array([1, -1, 1], np.float32)
    assert listed(HighToLow()(view_of(graph, noise(graph, 0), reach=2), scores, Room())) == [(0, 1)]
    assert listed(LowToHigh()(view_of(graph, noise(graph, 0), reach=2), scores, Room())) == [(1, 2)]


@pytest.mark.parametrize("route", [LowToHigh, Complementary], ids=lambda route: route.__name__)
@pytest.mark.parametrize("settings", [{"levels": 0}, {"partners": 0}])
def test_settings_of_both(route: type, settings: dict[str, int]) -> None:
    with pytest.raises(SettingsError, match="expected 1 or more of both"):
        route(**settings)


def tower() -> Graph:
    """Levels of 2, 4, 4, 4 and 2 neurons; densities fall, then rise."""
    level = np.repeat(np.arange(5), [2, 4, 4, 4, 2])
    pairs = [(a, b) for a in (0, 1) for b in range(2, 6)] + [(2, 6), (3, 7), (6, 10), (7, 11), (8, 12), (9, 13)]
    pairs += [(a, 14) for a in range(10, 14)]
    source, target = zip(*pairs, strict=True)
    return Graph(wiring(level, source, target), np.ones(len(pairs), np.float32), np.zeros(16, np.float32))


def marked(*rows: int, score: float = 1.0) -> Array:
    made = np.zeros(16, np.float32)
    made[list(rows)] = score
    return made


def test_saturated_levels() -> None:
    graph = tower()
    assert saturated(graph.wiring, marked(2, 6, 7), 0.25).tolist() == [False, True, True, False, False]
    assert saturated(graph.wiring, -marked(2, 6, 7), 0.5).tolist() == [False, False, True, False, False]


def chosen(choice: LevelChoice, scores: Array, row: int, reach: int = 9) -> int | None:
    graph = tower()
    rank = int(graph.wiring.rank[row])
    ahead = np.arange(rank + 1, min(rank + 1 + reach, 5))
    return choice(view_of(graph, noise(graph, 3), reach=reach), scores, row, ahead)


def test_the_next_stable_level() -> None:
    scores = marked(2, 6, 7)
    assert chosen(NextStable(0.25), scores, 2) == 3
    assert chosen(NextStable(0.75), scores, 2) == 2
    assert chosen(NextStable(0.25), marked(2, 6, 10), 2) is None
    # Levels of outputs alone are none to forward to.
    assert chosen(NextStable(), marked(10), 10) is None


def test_the_least_dense_level() -> None:
    graph = tower()
    density = view_of(graph, reach=1).memo(in_density)
    np.testing.assert_allclose(density[1:], [1, 2 / 16, 4 / 16, 4 / 8])
    assert density[0] == np.inf
    # With all reaches, level 3 has 4 edges on 4 x 10 places, level 2 has 2 on 4 x 6, level 4 has 4 on 2 x 14.
    np.testing.assert_allclose(view_of(graph, reach=9).memo(in_density)[1:], [1, 2 / 24, 4 / 40, 4 / 28])
    assert chosen(LeastDense(), marked(0), 0) == 2
    assert chosen(LeastDense(), marked(6), 6) == 3
    assert chosen(LeastDense(), marked(10), 10) == 4


@pytest.mark.parametrize(("score", "levels"), [(1.0, 3), (0.99, 2), (0.96, 2), (0.95, 1), (0.5, 1)])
def test_the_more_severe_the_further(score: float, levels: int) -> None:
    assert chosen(BySeverity(), marked(2, score=score), 2) == 1 + levels
    assert chosen(BySeverity(), marked(6, score=score), 6) == min(2 + levels, 4)
    assert chosen(BySeverity(), marked(2, score=score), 2, reach=1) == 2


def test_the_level_that_loses_most_gradient() -> None:
    graph = tower()
    delta = np.zeros((16, 4), np.float32)
    for level, size in enumerate((0, 3.0, 0.5, 8.0, 2.0)):
        delta[graph.wiring.level == level] = size
    view = view_of(graph, from_rows(np.ones((16, 4)), delta, np.zeros(4)))
    np.testing.assert_allclose(view.memo(kept_gradient)[1:], [6, 1 / 16, 8 * 2 / (2 * 2**0.5), 1], rtol=1e-6)
    assert WeakestGradient()(view, marked(2), 2, np.array([2, 3, 4])) == 2
    assert WeakestGradient()(view, marked(2), 2, np.array([3, 4])) == 4
    silent = view_of(graph, from_rows(np.ones((16, 4)), 0 * delta, np.zeros(4)))
    assert silent.memo(kept_gradient).tolist() == [1] * 5


@every_choice
def test_routes_to_a_level_are_the_steepest_there(choice: LevelChoice) -> None:
    graph = make(WORLDS["tanh skips"])
    seen = signals_of(graph)
    view = view_of(graph, seen, reach=3)
    rng = np.random.default_rng(0)
    scores = np.where(graph.wiring.role == Role.HIDDEN, rng.choice([-0.5, 0, 0, 0.6, 1.0], graph.neurons), 0)
    scores = scores.astype(np.float32)
    routes = ToLevel(choice, partners=2)(view, scores, Room())
    found, rank = listed(routes), ranks(graph)
    assert found
    assert not set(found) & edges(graph)
    by_source = Counter(a for a, _ in found)
    assert max(by_source.values()) <= 2
    assert [scores[a] for a, _ in found] == sorted((scores[a] for a, _ in found), reverse=True)
    slope = np.abs(seen.activation @ seen.delta.T) / seen.activation.shape[1]
    for row in by_source:
        ahead = np.arange(rank[row] + 1, min(rank[row] + 4, len(set(rank))))
        level = choice(view, scores, row, ahead)
        able = [b for b in range(graph.neurons) if rank[b] == level and (row, b) not in edges(graph)]
        steepest = sorted(able, key=lambda b: (-slope[row, b], b))[:2]
        assert [b for a, b in found if a == row] == steepest


def test_no_route_where_no_level_is_left() -> None:
    graph = tower()
    routes = ToLevel()(view_of(graph, noise(graph, 0), reach=9), marked(2, 6, 10), Room())
    assert listed(routes) == []
    assert routes.source.dtype == np.int32


def test_level_settings() -> None:
    with pytest.raises(SettingsError, match="share above 0 and at most 1"):
        NextStable(0)
    with pytest.raises(SettingsError, match="0 <= moderate <= severe"):
        BySeverity(0.5, 0.9)
    with pytest.raises(SettingsError, match="expected 1 or more"):
        ToLevel(partners=0)
    assert not ToLevel.fills
    assert Steepest.fills
