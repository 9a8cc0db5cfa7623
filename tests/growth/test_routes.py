"""Routes against brute force, pair by pair."""

from __future__ import annotations

from collections import Counter
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphgrow.arrays import Array
from graphgrow.errors import RuleError, SettingsError
from graphgrow.graph.builders import wiring
from graphgrow.graph.graph import Graph
from graphgrow.graph.wiring import Role
from graphgrow.growth.parts import Room, Routes
from graphgrow.growth.routes import HighToLow, Steepest, Uniform
from graphgrow.measure.signals import RowScorer, Score, Signals, from_rows
from tests.growth.worlds import view_of
from tests.strategies import graphs

seeds = st.integers(0, 2**32 - 1)
Pair = tuple[int, int]


def random_scores(graph: Graph, seed: int) -> Array:
    """Extreme scores on hidden neurons, with ties, as a target gives them."""
    drawn = np.random.default_rng(seed).choice([-1, -0.5, 0, 0.5, 0.5, 1], graph.neurons).astype(np.float32)
    return np.where(graph.wiring.role == Role.HIDDEN, drawn, 0).astype(np.float32)


def noise(graph: Graph, seed: int) -> Signals:
    """Whole-number rows over a power of two of samples: scores are exact."""
    rows = np.random.default_rng(seed).integers(-2, 3, (2, graph.neurons, 4))
    return from_rows(rows[0], rows[1], np.zeros(4))


def listed(routes: Routes) -> list[Pair]:
    return list(zip(routes.source.tolist(), routes.target.tolist(), strict=True))


def ranks(graph: Graph) -> list[int]:
    occupied = sorted(set(graph.wiring.level.tolist()))
    return [occupied.index(level) for level in graph.wiring.level.tolist()]


def edges(graph: Graph) -> set[Pair]:
    return set(zip(graph.wiring.source.tolist(), graph.wiring.target.tolist(), strict=True))


def high_to_low(graph: Graph, scores: Array, levels: int, partners: int) -> list[Pair]:
    """The words of the rule: the most severe first; nearest, then fewest in-edges, planned ones too, then id."""
    rank, there, made = ranks(graph), edges(graph), list[Pair]()
    load = Counter(target for _, target in there)
    for row in sorted((r for r in range(graph.neurons) if scores[r] > 0), key=lambda r: (-scores[r], r)):
        able = [
            low
            for low in range(graph.neurons)
            if scores[low] < 0 and 1 <= rank[low] - rank[row] <= levels and (row, low) not in there
        ]
        key = {low: (rank[low], load[low], int(graph.wiring.id[low])) for low in able}
        for low in sorted(able, key=key.__getitem__)[:partners]:
            made.append((row, low))
            load[low] += 1
    return made


@given(graphs(max_size=6), seeds, st.integers(1, 4), st.integers(1, 3), st.integers(1, 4))
def test_high_to_low_is_its_specification(graph: Graph, seed: int, levels: int, partners: int, reach: int) -> None:
    scores = random_scores(graph, seed)
    view = view_of(graph, noise(graph, seed), reach=reach)
    routes = HighToLow(levels, partners)(view, scores, Room())
    assert listed(routes) == high_to_low(graph, scores, min(levels, reach), partners)
    np.testing.assert_array_equal(routes.score, scores[routes.source])
    assert routes.source.dtype == routes.target.dtype == np.int32


def test_high_to_low_spreads_over_equally_near_partners() -> None:
    made = wiring([0, 1, 1, 1, 2, 2, 2, 3], [0, 0], [4, 5])
    graph = Graph(made, np.zeros(2, np.float32), np.zeros(8, np.float32))
    scores = np.array([0, 0.6, 0.9, 0.6, -1, -1, -1, 0], np.float32)
    routes = HighToLow()(view_of(graph, noise(graph, 0), reach=3), scores, Room())
    # Row 6 has no in-edge, then all have one, then row 4 has one more.
    assert listed(routes) == [(2, 6), (1, 4), (3, 5)]


def test_high_to_low_ends_by_itself() -> None:
    graph = Graph(wiring([0, 1, 2, 3], [], []), np.zeros(0, np.float32), np.zeros(4, np.float32))
    view = view_of(graph, noise(graph, 0), reach=3)
    for scores in ([0, 0, 0, 0], [0, 1, 1, 0], [0, -1, 1, 0]):
        assert listed(HighToLow()(view, np.array(scores, np.float32), Room())) == []


@pytest.mark.parametrize("settings", [{"levels": 0}, {"partners": 0}, {"levels": -1, "partners": 3}])
def test_high_to_low_settings(settings: dict[str, int]) -> None:
    with pytest.raises(SettingsError, match="expected 1 or more of both"):
        HighToLow(**settings)


def touching(graph: Graph, scores: Array, reach: int) -> set[Pair]:
    """Absent feasible pairs with an end that is a target; outputs send nothing."""
    rank, role, rows = ranks(graph), graph.wiring.role, range(graph.neurons)
    return {
        (a, b)
        for a, b in product(rows, rows)
        if 1 <= rank[b] - rank[a] <= reach and role[a] != Role.OUTPUT and (scores[a] != 0 or scores[b] != 0)
    } - edges(graph)


@given(graphs(), seeds, st.integers(1, 3), st.integers(0, 50), st.sampled_from(list(Score)))
def test_steepest_is_brute_force(graph: Graph, seed: int, reach: int, room: int, score: Score) -> None:
    scores, seen = random_scores(graph, seed), noise(graph, seed)
    routes = Steepest(score)(view_of(graph, seen, reach=reach), scores, Room(room))
    first, second = seen.activation.astype(float), seen.delta.astype(float)
    if score is Score.FISHER:
        first, second = first**2, second**2
    if score is Score.CORRELATION:
        first = second = first - first.mean(axis=1, keepdims=True)
    size = {(a, b): abs(float(np.mean(first[a] * second[b]))) for a, b in touching(graph, scores, reach)}
    wanted = sorted(size, key=lambda pair: (-size[pair], pair[1], pair[0]))[:room]
    assert listed(routes) == wanted
    assert routes.score.tolist() == [size[pair] for pair in wanted]


@given(graphs(), seeds, st.integers(1, 3), st.integers(0, 50))
def test_uniform_draws_different_feasible_pairs(graph: Graph, seed: int, reach: int, room: int) -> None:
    scores = random_scores(graph, seed)
    able = touching(graph, scores, reach)
    drawn = listed(Uniform()(view_of(graph, noise(graph, 0), reach=reach), scores, Room(room)))
    assert len(drawn) == len(set(drawn)) == min(room, len(able))
    assert set(drawn) <= able


def test_uniform_is_uniform() -> None:
    made = wiring([0, 0, 1, 1, 2, 2], [0, 2], [3, 4])
    graph = Graph(made, np.zeros(2, np.float32), np.zeros(6, np.float32))
    scores, seen, draws = np.ones(6, np.float32), noise(graph, 0), 4000
    able = touching(graph, scores, 2)
    assert len(able) == 10
    counts = Counter[Pair]()
    for seed in range(draws):
        counts.update(listed(Uniform()(view_of(graph, seen, reach=2, seed=seed), scores, Room(1))))
    expected = draws / len(able)
    # Chi-square, 9 degrees of freedom, p = 0.001.
    assert sum((counts[pair] - expected) ** 2 / expected for pair in able) < 27.9


@pytest.mark.parametrize("route", [Steepest(), Uniform()])
def test_unlimited_room_needs_a_budget(route: Steepest | Uniform) -> None:
    graph = Graph(wiring([0, 1, 2], [0], [1]), np.zeros(1, np.float32), np.zeros(3, np.float32))
    with pytest.raises(RuleError, match=r"give it a budget, e\.g\. --growth\.budget"):
        route(view_of(graph, noise(graph, 0)), np.ones(3, np.float32), Room())


def test_steepest_asks_the_scorer_of_the_view() -> None:
    graph = Graph(wiring([0, 0, 1, 2], [0], [2]), np.zeros(1, np.float32), np.zeros(4, np.float32))
    rows = np.array([[0.0], [1], [2], [0]]), np.array([[0.0], [0], [3], [5]])
    scorer = RowScorer(-rows[0], rows[1])
    seen = Signals(rows[0], rows[1], np.zeros(1), scorer)
    routes = Steepest()(view_of(graph, seen, reach=2), np.ones(4, np.float32), Room(3))
    assert listed(routes) == [(2, 3), (1, 3), (1, 2)]
    assert routes.score.tolist() == [10.0, 5.0, 3.0]
