"""Scores that are products of rows, and routes that listen to several of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphgrow.arrays import Array
from graphgrow.errors import SettingsError
from graphgrow.graph.graph import Graph
from graphgrow.graph.pairs import Pairs
from graphgrow.graph.wiring import Activation
from graphgrow.growth.parts import Room, View
from graphgrow.growth.phases import Phases
from graphgrow.growth.routes import Blend, ByCut, ByExtrema, ByScore, Consensus, PairScore, marked_pairs
from graphgrow.growth.routes.blend import FOUNDING_WEIGHTS, Weighed, _ranked
from graphgrow.growth.targets import Extremes
from graphgrow.measure.signals import Score
from graphgrow.measure.spectra import fiedler
from tests.growth.test_candidates import members
from tests.growth.test_routes import edges, listed
from tests.growth.worlds import WORLDS, make, small, view_of

Pair = tuple[int, int]
SCORES = [ByExtrema(), *(ByScore(score) for score in Score), ByCut()]
every_score = pytest.mark.parametrize("score", SCORES, ids=lambda score: f"{type(score).__name__}{vars(score) or ''}")


@dataclass(frozen=True)
class Table(PairScore):
    """Scores from a table of pairs, 0 for others."""

    values: tuple[tuple[Pair, float], ...]

    def of(self, view: View, source: Array, target: Array) -> Array:
        held = dict(self.values)
        ends = zip(source.tolist(), target.tolist(), strict=True)
        return np.array([held.get(pair, 0) for pair in ends], np.float32)

    def best(self, view: View, pairs: Pairs, count: int) -> tuple[Array, Array, Array]:
        source, target = pairs.at(np.arange(pairs.size))
        able = pairs.wiring.edge_rows(source, target) < 0
        source, target = source[able], target[able]
        score = self.of(view, source, target)
        order = np.lexsort((source, target, -score))[:count]
        return source[order], target[order], score[order]


@every_score
def test_the_best_pairs_are_those_of_highest_score(score: PairScore) -> None:
    for world in (WORLDS["sigmoid layered"], WORLDS["relu skips"]):
        graph = make(world)
        view = view_of(graph, reach=2)
        pairs = marked_pairs(graph.wiring, np.ones(graph.neurons, bool), 2)
        source, target, found = score.best(view, pairs, 20)
        np.testing.assert_allclose(found, score.of(view, source, target), rtol=1e-4, atol=1e-6)
        every = np.array(sorted(set(members(pairs)) - edges(graph)))
        values = score.of(view, every[:, 0], every[:, 1])
        top = np.sort(values)[::-1][: found.size]
        np.testing.assert_allclose(found, top, rtol=1e-4, atol=1e-6)
        assert found.size == 20 or not np.sort(values)[::-1][found.size]


def test_scores_of_extrema_are_half_the_sum() -> None:
    graph = make(WORLDS["sigmoid layered"])
    view = view_of(graph)
    severity = np.abs(Extremes()(view))
    source, target = np.array([6, 7, 8]), np.array([14, 15, 22])
    np.testing.assert_allclose(ByExtrema().of(view, source, target), (severity[source] + severity[target]) / 2)


def test_the_cut_score_is_the_slope_of_the_fiedler_value() -> None:
    edge = [(0, 2, 1.0), (0, 3, 1.0), (1, 4, 1.0), (1, 5, 1.0), (2, 6, 1.0), (3, 6, 1.0), (4, 7, 1.0), (5, 7, 1.0)]
    graph = small((2, 4, 2), [*edge, (2, 7, 1.0)], Activation.RELU)
    view, before = view_of(graph, reach=2), fiedler(graph.wiring)
    size = 1e-5
    # Every feasible pair across the cut, added with a tiny weight.
    pairs = [(0, 4), (0, 5), (1, 2), (1, 3), (3, 7), (4, 6), (5, 6), (0, 7), (1, 6)]
    gains = []
    for source, target in pairs:
        more = small((2, 4, 2), [*edge, (2, 7, 1.0), (source, target, size)], Activation.RELU)
        weight = np.where(more.weight == size, size, 1.0)
        gains.append((fiedler(more.wiring, weight).value - before.value) / size)
    found = ByCut().of(view, *np.array(pairs).T)
    # The vector has unit length; the slope belongs to one of unit length weighted by degrees.
    degree = graph.wiring.fan_in + graph.wiring.fan_out
    np.testing.assert_allclose(found / (degree * before.vector**2).sum(), gains, rtol=1e-3)
    assert ByCut().of(view, np.array([0]), np.array([6])).tolist() == [0]


def test_no_cut_no_score() -> None:
    graph = make(WORLDS["relu empty"])
    view = view_of(graph)
    pairs = marked_pairs(graph.wiring, np.ones(graph.neurons, bool), 1)
    assert ByCut().best(view, pairs, 5)[0].size == 0
    whole = small((2, 2), [(0, 2, 1.0), (0, 3, 1.0), (1, 2, 1.0), (1, 3, 1.0)], Activation.RELU)
    # A complete two-sided network has the Fiedler value 1.
    assert ByCut().of(view_of(whole), np.array([0]), np.array([2])).tolist() == [0]


@given(st.lists(st.integers(0, 4), max_size=8))
def test_ranks_run_from_0_to_1(values: list[int]) -> None:
    found = _ranked(np.array(values, float))
    for at, value in enumerate(values):
        others = values[:at] + values[at + 1 :]
        smaller, equal = sum(other < value for other in others), sum(other == value for other in others)
        assert found[at] == pytest.approx((smaller + equal / 2) / len(others) if others else 0.5)


def bare() -> Graph:
    return small((2, 2, 2), [(0, 2, 1.0)], Activation.RELU)


ONES = np.ones(6, np.float32)
FIRST = Table((((0, 3), 9.0), ((1, 2), 5.0), ((1, 3), 1.0)))
SECOND = Table((((1, 3), 9.0), ((1, 2), 5.0), ((2, 4), 1.0)))


def test_a_blend_adds_weighted_ranks() -> None:
    blend = Blend((Weighed(FIRST, 1, 1, 1), Weighed(SECOND, 1, 1, 1)), width=3)
    # Looked at: (0, 3), (1, 2), (1, 3), (2, 4). Ranks by FIRST 1, 2/3, 1/3, 0, by SECOND 0, 2/3, 1, 1/3.
    routes = blend(view_of(bare(), step=1), ONES, Room(1))
    assert listed(routes) == [(1, 2)]
    np.testing.assert_allclose(routes.score, [4 / 3])
    assert listed(blend(view_of(bare()), ONES, Room(3))) == [(1, 2), (1, 3), (0, 3)]
    lean = Blend((Weighed(FIRST, 1, 1, 1), Weighed(SECOND, 0.1, 0.1, 0.1)), width=3)
    assert listed(lean(view_of(bare()), ONES, Room(2))) == [(0, 3), (1, 2)]


def test_weights_go_by_phase() -> None:
    blend = Blend((Weighed(FIRST, 1, 0, 0), Weighed(SECOND, 0, 1, 1)), width=1)
    for step, best in ((1, (0, 3)), (200, (0, 3)), (201, (1, 3)), (900, (1, 3))):
        assert listed(blend(view_of(bare(), step=step), ONES, Room(1))) == [best]
    early = replace(blend, phases=Phases(early=0.05, late=0.1))
    assert listed(early(view_of(bare(), step=60), ONES, Room(1))) == [(1, 3)]
    with pytest.raises(SettingsError, match="a weight above 0 in each phase"):
        Blend((Weighed(FIRST, 1, 0, 0), Weighed(SECOND, 0, 0, 1)))
    with pytest.raises(SettingsError, match="weights of 0 or more"):
        Weighed(FIRST, 1, -1, 0)


def test_founding_weights() -> None:
    sums = [sum(vars(each)[phase] for each in FOUNDING_WEIGHTS) for phase in ("coarse", "medium", "fine")]
    assert sums == pytest.approx([1, 1, 1])
    assert [each.medium for each in FOUNDING_WEIGHTS] == [0.3, 0.3, 0.2, 0.2]


def test_a_consensus_counts_votes_first() -> None:
    third = Table((((1, 2), 9.0), ((0, 3), 1.0), ((3, 5), 0.5)))
    routes = Consensus((FIRST, SECOND, third))(view_of(bare()), ONES, Room(2))
    # Votes with two each: (0, 3) twice, (1, 2) three times, (1, 3) once.
    assert listed(routes) == [(1, 2), (0, 3)]
    assert routes.score.tolist() == [3, 2]
    # Two votes count for more than one, whatever all the others think of the pair.
    divided = [{(0, 3): 9}, {(0, 3): 9}, {(1, 2): 9}, {(1, 3): 9}, {(2, 4): 9}]
    tables = [Table(tuple({(1, 2): 5.0, (1, 3): 4.0, (2, 4): 3.0, (0, 3): 1.0, **each}.items())) for each in divided]
    assert listed(Consensus(tuple(tables))(view_of(bare()), ONES, Room(1))) == [(0, 3)]
    agreed = Consensus((FIRST, SECOND, third), least=3)
    assert listed(agreed(view_of(bare()), ONES, Room(2))) == [(1, 2)]
    for least in (0, 4):
        with pytest.raises(SettingsError, match="expected 1 to 3"):
            Consensus((FIRST, SECOND, third), least=least)


@pytest.mark.parametrize("route", [Blend(), Consensus()], ids=lambda route: type(route).__name__)
@pytest.mark.parametrize("name", ["sigmoid layered", "relu empty", "sigmoid full", "tanh skips"])
def test_as_many_as_there_is_room_for(route: Blend | Consensus, name: str) -> None:
    world = WORLDS[name]
    graph = make(world)
    ones = np.ones(graph.neurons, np.float32)
    pairs = marked_pairs(graph.wiring, ones > 0, world.reach)
    for room in (0, 1, 7, 10_000):
        for step in (100, 400, 900):
            found = listed(route(view_of(graph, reach=world.reach, step=step), ones, Room(room)))
            assert len(set(found)) == len(found) == min(room, pairs.absent())
            assert set(found) <= set(members(pairs)) - edges(graph)
