"""Pairs of levels, shortlists, equal shares and prediction as routes."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphgrow.errors import RuleError, SettingsError
from graphgrow.graph.builders import erdos_renyi, layered
from graphgrow.graph.graph import Graph
from graphgrow.graph.pairs import Pairs, Rectangle
from graphgrow.graph.wiring import Role
from graphgrow.growth.links import Paths, best_linked
from graphgrow.growth.parts import Room, Route
from graphgrow.growth.routes import (
    Best,
    Drawn,
    EqualPerPair,
    Linked,
    LinkPrediction,
    Portion,
    Steepest,
    level_pairs,
    marked_pairs,
    shortlist,
    touching_parts,
)
from graphgrow.growth.routes.candidates import bounded
from graphgrow.measure.signals import Score
from graphgrow.rng import stream
from tests.growth.test_routes import listed, noise
from tests.growth.worlds import WORLDS, make, view_of
from tests.strategies import graphs

Pair = tuple[int, int]


def members(pairs: Pairs) -> list[Pair]:
    source, target = pairs.at(np.arange(pairs.size))
    return list(zip(source.tolist(), target.tolist(), strict=True))


@given(graphs(), st.integers(1, 4))
def test_level_pairs_are_all_feasible_pairs_once(graph: Graph, reach: int) -> None:
    parts = level_pairs(graph.wiring, reach)
    every = np.ones(graph.neurons, bool)
    found = members(Pairs(graph.wiring, parts))
    assert len(found) == len(set(found))
    assert set(found) == set(members(marked_pairs(graph.wiring, every, reach)))
    for part in parts:
        assert len(set(graph.wiring.rank[part.sources].tolist())) == 1
        assert len(set(graph.wiring.rank[part.targets].tolist())) == 1
        assert Role.OUTPUT not in graph.wiring.role[part.sources]


@given(graphs(), st.integers(0, 1000))
def test_touching_parts_of_a_rectangle(graph: Graph, seed: int) -> None:
    marked = np.random.default_rng(seed).random(graph.neurons) < 0.4
    for part in level_pairs(graph.wiring, 2):
        found = members(Pairs(graph.wiring, touching_parts(part, marked)))
        every = members(Pairs(graph.wiring, (part,)))
        assert len(found) == len(set(found))
        assert set(found) == {(a, b) for a, b in every if marked[a] or marked[b]}


def wide() -> Graph:
    return erdos_renyi((30, 20, 20, 5), stream(0, "wide"), density=0.1)


def test_a_shortlist_keeps_the_largest_ends() -> None:
    graph = wide()
    rng = np.random.default_rng(0)
    first, second = rng.random((2, graph.neurons))
    pairs = marked_pairs(graph.wiring, np.ones(graph.neurons, bool), 1)
    short = shortlist(pairs, 5, first, second, pairs.size // 4)
    assert short.size <= pairs.size // 4 + 60
    assert set(members(short)) < set(members(pairs))
    for part, whole in zip(short.rectangles, pairs.rectangles, strict=True):
        left_out = np.setdiff1d(whole.sources, part.sources)
        assert first[part.sources].min() > first[left_out].max()
        assert (np.diff(part.sources) > 0).all()
        assert (np.diff(part.targets) > 0).all()


def test_a_shortlist_holds_as_many_absent_pairs_as_are_asked_for() -> None:
    graph = layered((12, 10, 8), [1.0, 0.1], stream(1, "full"))
    pairs = marked_pairs(graph.wiring, np.ones(graph.neurons, bool), 1)
    ones = np.ones(graph.neurons)
    for count in (1, 20, pairs.absent(), pairs.absent() + 5):
        assert shortlist(pairs, count, ones, ones, 8).absent() >= min(count, pairs.absent())
    assert shortlist(pairs, 3, ones, ones, pairs.size) is pairs


@pytest.mark.parametrize("score", list(Score))
def test_the_best_of_a_shortlist(score: Score) -> None:
    graph = make(WORLDS["relu layered"])
    view = view_of(graph)
    pairs = marked_pairs(graph.wiring, np.ones(graph.neurons, bool), 1)
    exact, short = Best(score)(view, pairs, 12), Best(score, most_pairs=pairs.size // 3)(view, pairs, 12)
    assert short.source.size == 12
    assert graph.wiring.edge_rows(short.source, short.target).max() == -1
    # A guess, but a good one: it finds most of what the best pairs score.
    assert exact.score.sum() >= short.score.sum() > 0.6 * exact.score.sum()
    np.testing.assert_allclose(view.probe().scorer.pairs(short.source, short.target, score), short.score, rtol=1e-5)


def test_steepest_uses_the_shortlist_where_pairs_are_too_many() -> None:
    graph = make(WORLDS["relu layered"])
    ones = np.ones(graph.neurons, np.float32)
    pairs = marked_pairs(graph.wiring, ones > 0, 1)
    small = Steepest(most_pairs=pairs.size // 3)(view_of(graph), ones, Room(12))
    assert listed(small) == listed(Best(most_pairs=pairs.size // 3)(view_of(graph), pairs, 12))
    assert listed(small) != listed(Steepest()(view_of(graph), ones, Room(12)))
    with pytest.raises(SettingsError, match="most_pairs of 1 or more"):
        Best(most_pairs=0)


def test_equal_counts_from_each_pair_of_levels() -> None:
    graph = layered((20, 15, 10, 2), [0.1, 0.1, 0.9], stream(2, "equal"))
    ones = np.ones(graph.neurons, np.float32)
    routes = EqualPerPair()(view_of(graph), ones, Room(31))
    blocks = Counter(graph.wiring.rank[routes.source].tolist())
    # The last pair of levels has 2 absent pairs.
    assert sorted(blocks.values()) == [2, 14, 15]
    assert blocks[2] == 2
    assert len(set(listed(routes))) == 31
    # Whatever part is cut off, what is left is spread as evenly.
    assert sorted(Counter(graph.wiring.rank[routes.source[:9]].tolist()).values()) == [2, 3, 4]


def test_equal_counts_with_marks_and_skips() -> None:
    graph = make(WORLDS["tanh skips"])
    marks = np.zeros(graph.neurons, np.float32)
    marks[[6, 13, 20]] = 1
    routes = EqualPerPair(Best())(view_of(graph, reach=3), marks, Room(40))
    able = set(members(marked_pairs(graph.wiring, marks != 0, 3)))
    assert set(listed(routes)) <= able
    assert (marks[routes.source] + marks[routes.target] > 0).all()
    assert np.unique(graph.wiring.rank[routes.source] * 9 + graph.wiring.rank[routes.target]).size >= 5


@given(graphs(), st.integers(0, 1000), st.integers(1, 3), st.integers(0, 40))
def test_prediction_first_then_lots(graph: Graph, seed: int, reach: int, room: int) -> None:
    scores = np.random.default_rng(seed).choice([0, 1], graph.neurons).astype(np.float32)
    routes = LinkPrediction()(view_of(graph, noise(graph, 0), reach=reach), scores, Room(room))
    able = marked_pairs(graph.wiring, scores != 0, reach)
    assert routes.source.size == min(room, able.absent())
    found = listed(routes)
    assert len(set(found)) == len(found)
    assert set(found) <= set(members(able))
    whole = Pairs(graph.wiring, level_pairs(graph.wiring, reach))
    predicted = best_linked(whole, room, Paths.CH3, scores != 0)
    assert found[: predicted[0].size] == list(zip(predicted[0].tolist(), predicted[1].tolist(), strict=True))
    assert not routes.score[predicted[0].size :].any()


def test_linked_and_drawn_fill_up() -> None:
    graph = make(WORLDS["relu empty"])
    pairs = Pairs(graph.wiring, level_pairs(graph.wiring, 1))
    for pick in (Linked(), Drawn()):
        found = listed(pick(view_of(graph), pairs, 10_000))
        assert sorted(found) == sorted(members(pairs))


def test_a_portion_of_the_room() -> None:
    graph = make(WORLDS["relu layered"])
    ones = np.ones(graph.neurons, np.float32)
    whole = listed(Steepest()(view_of(graph), ones, Room(10)))
    for share, count in ((0.5, 5), (0.25, 3), (1.0, 10)):
        assert listed(Portion(Steepest(), share)(view_of(graph), ones, Room(10))) == whole[:count]
    with pytest.raises(SettingsError, match="share above 0"):
        Portion(share=0)


@pytest.mark.parametrize(
    "route", [EqualPerPair(), LinkPrediction(), Portion(), Steepest()], ids=lambda route: type(route).__name__
)
def test_routes_that_fill_need_a_budget(route: Route) -> None:
    graph = make(WORLDS["relu layered"])
    with pytest.raises(RuleError, match="give it a budget"):
        route(view_of(graph), np.ones(graph.neurons, np.float32), Room())
    assert route.fills


def test_a_bounded_room() -> None:
    assert bounded(Room(7)) == 7
    assert Rectangle(np.zeros(2, np.int32), np.zeros(3, np.int32)).size == 6
