"""What every target, route, structure, limit and start must hold: no part is named here."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pytest

from graphgrow.arrays import Array
from graphgrow.errors import RuleError
from graphgrow.graph.apply import apply
from graphgrow.graph.edit import Edit
from graphgrow.graph.graph import Graph
from graphgrow.graph.wiring import Role
from graphgrow.growth.limits import over, trim
from graphgrow.growth.parts import UNLIMITED, Amount, Limit, Room, Route, Routes, Structure, Target, Trigger, View
from graphgrow.growth.routes import LevelChoice, PairScore, Pick, Steepest, level_pairs, marked_pairs
from graphgrow.growth.rule import describe
from graphgrow.growth.starts import Start
from graphgrow.growth.stops import Stop
from graphgrow.growth.structures import Quota, Share
from graphgrow.growth.targets import Extremes
from graphgrow.growth.trials import Evidence, Judge
from tests.growth.walk import bases, concrete
from tests.growth.worlds import WORLDS, World, check_same_function, make, same_edits, signals_of, view_of

KINDS = (Target, Route, Structure, Limit, Start, LevelChoice, PairScore, Pick, Quota, Share)
PLENTY = Room(100_000, 100_000)
ROOMS = (Room(0, 0, 7), Room(1, 5), Room(7, 2), Room(40, 40), PLENTY)


def parts_of(kind: type) -> list[Any]:
    """Every part of that kind in the library, made without settings."""
    return [each() for each in concrete(kind)]


def each_of(kind: type, name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(name, parts_of(kind), ids=lambda part: type(part).__name__)


def worlds() -> list[tuple[World, Graph]]:
    return [(world, make(world)) for world in WORLDS.values()]


def look(world: World, graph: Graph) -> View:
    return view_of(graph, reach=world.reach)


def scores_of(graph: Graph) -> list[Array]:
    """Real extrema, everything, nothing, and signed ones on all neurons, outputs and inputs included."""
    mixed = np.random.default_rng(0).choice([-1, -0.5, 0, 0.5, 1], graph.neurons)
    made = [Extremes()(view_of(graph)), np.ones(graph.neurons), np.zeros(graph.neurons), mixed]
    return [scores.astype(np.float32) for scores in made]


def test_every_kind_of_part_has_a_contract() -> None:
    # Triggers, amounts and stops have theirs in test_when_contract, judges of trials below.
    assert bases() == {*KINDS, Trigger, Amount, Stop, Judge}


@pytest.mark.parametrize("judge", [each() for each in concrete(Judge)], ids=lambda judge: type(judge).__name__)
def test_judges_keep_what_helps_and_undo_what_harms(judge: Judge) -> None:
    before = Evidence(1.0, 0.5, 0.1)
    better, worse = Evidence(0.5, 0.9, 0.1), Evidence(2.0, 0.1, 0.1)
    assert is_dataclass(judge)
    assert judge == type(judge)()
    assert judge(before, better)
    assert not judge(before, worse)
    assert judge(before, better) == judge(before, better)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_parts_are_frozen_and_equal_by_value(kind: type) -> None:
    parts = parts_of(kind)
    assert parts
    assert len(set(parts)) == len(parts)
    for part in parts:
        assert is_dataclass(part)
        assert part == type(part)()
        assert hash(part) == hash(type(part)())
        assert (type(part).__doc__ or "").endswith((".", "\n    "))
        assert json.loads(json.dumps(describe(part))) == describe(part)
        for item in fields(part):
            with pytest.raises(AttributeError):
                setattr(part, item.name, None)


@each_of(Target, "target")
def test_targets_score_every_neuron(target: Target) -> None:
    for world, graph in worlds():
        seen = signals_of(graph)
        rows = seen.activation.copy(), seen.delta.copy()
        scores = target(look(world, graph))
        assert scores.dtype == np.float32
        assert scores.shape == (graph.neurons,)
        assert np.isfinite(scores).all()
        np.testing.assert_array_equal(scores, target(look(world, graph)))
        target(view_of(graph, seen, reach=world.reach))
        np.testing.assert_array_equal(rows[0], seen.activation)
        np.testing.assert_array_equal(rows[1], seen.delta)


@each_of(Route, "route")
def test_routes_are_feasible_absent_pairs(route: Route) -> None:
    for world, graph in worlds():
        for scores in scores_of(graph):
            for room in ROOMS:
                routes = route(look(world, graph), scores, room)
                check_routes(graph, routes, world.reach)
                again = route(look(world, graph), scores, room)
                np.testing.assert_array_equal(routes.source, again.source)
                np.testing.assert_array_equal(routes.target, again.target)
                if not scores.any():
                    assert not routes.source.size
                if route.fills:
                    assert routes.source.size <= max(0, room.edges)


def check_routes(graph: Graph, routes: Routes, reach: int) -> None:
    wiring = graph.wiring
    assert routes.source.dtype == routes.target.dtype == np.int32
    assert routes.score.dtype == np.float32
    assert routes.source.shape == routes.target.shape == routes.score.shape
    assert len(set(zip(routes.source.tolist(), routes.target.tolist(), strict=True))) == routes.source.size
    assert (graph.edge_rows(routes.source, routes.target) < 0).all()
    ahead = wiring.rank[routes.target] - wiring.rank[routes.source]
    assert ((ahead >= 1) & (ahead <= reach)).all()
    assert Role.OUTPUT not in wiring.role[routes.source]
    assert Role.INPUT not in wiring.role[routes.target]


@each_of(Route, "route")
def test_only_routes_that_fill_need_a_budget(route: Route) -> None:
    graph = make(WORLDS["relu layered"])
    ones = np.ones(graph.neurons, np.float32)
    if route.fills:
        with pytest.raises(RuleError, match="give it a budget"):
            route(view_of(graph), ones, Room(UNLIMITED))
    else:
        route(view_of(graph), ones, Room(UNLIMITED))


@each_of(Structure, "structure")
def test_structures_keep_what_they_declare(structure: Structure) -> None:
    grew = False
    for world, graph in worlds():
        for scores in scores_of(graph):
            for room in ROOMS:
                edit = built(structure, world, graph, scores, room)
                assert same_edits(edit, built(structure, world, graph, scores, room))
                cut = trim(edit, graph.wiring, room)
                grown, remap = apply(graph, cut, event=1)
                assert over(cut, graph.wiring, room).tolist() == [0, 0]
                fresh = np.flatnonzero(remap.neuron_from < 0)
                assert (grown.wiring.fan_in[fresh] > 0).all()
                assert (grown.wiring.fan_out[fresh] > 0).all()
                assert (grown.wiring.role[fresh] == Role.HIDDEN).all()
                assert np.isfinite(grown.weight).all()
                if structure.only_adds:
                    assert (cut.net_edges(graph.wiring) >= 0).all()
                    assert not cut.removed_neurons.size
                    assert grown.edges >= graph.edges
                assert structure.adds_neurons or not edit.new_level.size
                if cut.preserves_function:
                    check_same_function(graph, cut)
                if structure.prunes:
                    assert grown.edges == graph.edges - min(room.surplus, graph.edges)
                grew |= not cut.empty
    assert grew


def built(structure: Structure, world: World, graph: Graph, scores: Array, room: Room) -> Edit:
    routes = Steepest()(look(world, graph), scores, Room(room.edges))
    return structure(look(world, graph), scores, routes, room)


@each_of(Limit, "limit")
def test_limits_judge_from_the_front(limit: Limit) -> None:
    for world, graph in worlds():
        view = look(world, graph)
        room = limit.room(view)
        assert min(room.edges, room.neurons, room.surplus) >= 0
        for structure in parts_of(Structure):
            edit = built(structure, world, graph, scores_of(graph)[1], Room(20, 9, 5))
            stays = limit.allows(view, edit)
            assert stays.dtype == bool
            assert stays.shape == (edit.groups,)
            half = edit.keep(np.arange(edit.groups) < edit.groups // 2)
            assert limit.allows(view, half).tolist() == stays[: edit.groups // 2].tolist()
            # What was let through once is let through again.
            assert limit.allows(view, edit.keep(stays)).all()


@each_of(Pick, "pick")
def test_picks_find_as_many_as_there_are(pick: Pick) -> None:
    for world, graph in worlds():
        view = look(world, graph)
        every = marked_pairs(graph.wiring, np.ones(graph.neurons, bool), world.reach)
        pairs = type(every)(graph.wiring, level_pairs(graph.wiring, world.reach))
        for count in (0, 1, 9, 10_000):
            routes = pick(view, pairs, count)
            check_routes(graph, routes, world.reach)
            assert routes.source.size == min(count, pairs.absent())


@each_of(PairScore, "score")
def test_scores_are_never_negative(score: PairScore) -> None:
    for world, graph in worlds():
        view = look(world, graph)
        pairs = marked_pairs(graph.wiring, np.ones(graph.neurons, bool), world.reach)
        source, target = pairs.at(np.arange(pairs.size))
        values = score.of(view, source, target)
        assert values.dtype == np.float32
        assert (values >= 0).all()
        found = score.best(view, pairs, 15)
        assert (np.diff(found[2]) <= 0).all()
        assert (graph.edge_rows(found[0], found[1]) < 0).all()
