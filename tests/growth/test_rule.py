"""Rules joined from parts: several moves, limits, amounts, and what they refuse."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from graphgrow.arrays import Array
from graphgrow.errors import RuleError, SettingsError
from graphgrow.graph.apply import apply
from graphgrow.graph.edit import Edit
from graphgrow.graph.graph import Graph
from graphgrow.growth.amounts import Declining, Evenly, Everything
from graphgrow.growth.clones import VerticalClone
from graphgrow.growth.limits import Budget
from graphgrow.growth.parts import UNLIMITED, Cause, Move, Room, Route, Routes, Structure, View
from graphgrow.growth.routes import Steepest, Uniform
from graphgrow.growth.rule import Rule, describe
from graphgrow.growth.structures import Begin, Edges
from graphgrow.growth.targets import Everywhere, Extremes
from graphgrow.growth.triggers import Every, Never
from graphgrow.measure.signals import Score
from tests.growth.worlds import WORLDS, edit_of, make, same_edits, view_of

WORLD = WORLDS["relu layered"]
STEEPEST = Move(Everywhere(), Steepest(), Edges())


@dataclass(frozen=True)
class First(Route):
    """The first few routes of another."""

    route: Route
    count: int

    def __call__(self, view: View, scores: Array, room: Room) -> Routes:
        found = self.route(view, scores, room)
        return Routes(found.source[: self.count], found.target[: self.count], found.score[: self.count])


@dataclass(frozen=True)
class Weakest(Structure):
    """Removes and sets the edges of smallest weight; new edges in their place inherit their state."""

    removed: int = 0
    halved: int = 0
    copies: int = 0

    def __call__(self, view: View, scores: Array, routes: Routes | None, room: Room) -> Edit:
        graph = view.read()
        order = np.argsort(np.abs(graph.weight), kind="stable")
        gone, kept = order[: self.removed], order[::-1][: self.halved]
        fresh = Steepest()(view, np.ones(graph.neurons, np.float32), Room(self.copies))
        return edit_of(
            graph.neurons,
            1,
            removed_edges=gone,
            set_edges=kept,
            set_weight=graph.weight[kept] / 2,
            source=fresh.source,
            target=fresh.target,
            copy_state=order[::-1][: self.copies],
        )


@dataclass
class Rooms(Structure):
    """Adds nothing and writes down the room it was given."""

    seen: list[Room] = field(default_factory=list)

    def __call__(self, view: View, scores: Array, routes: Routes | None, room: Room) -> Edit:
        self.seen.append(room)
        return Edit(view.read().neurons, 0)


def joined(*moves: Move) -> Rule:
    return Rule(Every(1), moves, Everything())


def grown(rule: Rule, room: Room) -> tuple[Graph, Edit, Graph]:
    """The start, the edit, and the network after it."""
    graph = make(WORLD)
    edit = rule.propose(view_of(graph), {}, room).edit
    return graph, edit, apply(graph, edit, event=1)[0]


def test_the_second_move_sees_the_edges_of_the_first() -> None:
    few = Move(Everywhere(), First(Steepest(), 3), Edges())
    _, alone, _ = grown(joined(STEEPEST), Room(10))
    _, both, _ = grown(joined(few, STEEPEST), Room(10))
    pairs = list(zip(both.source.tolist(), both.target.tolist(), strict=True))
    assert len(set(pairs)) == 10
    assert pairs == list(zip(alone.source.tolist(), alone.target.tolist(), strict=True))
    assert both.edge_group.tolist() == list(range(10))


def test_moves_share_the_room() -> None:
    seen = Rooms()
    few = Move(Everywhere(), First(Steepest(), 3), Edges())
    grown(joined(few, Move(Everywhere(), None, seen), few, Move(Everywhere(), None, seen)), Room(10, 4))
    assert seen.seen == [Room(7, 4), Room(4, 4)]
    grown(joined(few, few, Move(Everywhere(), None, seen)), Room(6, 4))
    assert len(seen.seen) == 2


def test_function_is_preserved_only_if_every_move_preserves_it() -> None:
    few = Move(Everywhere(), First(Steepest(), 3), Edges())
    random = Move(Everywhere(), Uniform(), Edges(Begin.XAVIER))
    assert grown(joined(few, STEEPEST), Room(10))[1].preserves_function
    assert not grown(joined(few, random), Room(10))[1].preserves_function


def test_a_move_behind_one_that_changes_neurons_is_refused() -> None:
    clones = Move(Everywhere(), None, VerticalClone())
    with pytest.raises(RuleError, match="must be the last one: split the rule, or swap its moves"):
        grown(joined(clones, STEEPEST), Room(500, 2))
    few = Move(Everywhere(), First(Steepest(), 3), Edges())
    start, edit, after = grown(joined(few, clones), Room(40, 2))
    assert edit.new_level.size == 2
    assert after.edges == start.edges + edit.source.size
    # Nothing was cloned, so nothing is in the way.
    assert grown(joined(clones, STEEPEST), Room(5, 0))[1].source.size == 5


def test_rows_of_a_later_move_are_those_of_the_first_graph() -> None:
    change = Move(Everywhere(), None, Weakest(halved=2, copies=2))
    zero = Move(Everywhere(), First(Steepest(), 3), Edges())
    start, edit, after = grown(joined(zero, change), Room(20))
    strongest = np.argsort(np.abs(start.weight), kind="stable")[::-1][:2]
    assert edit.set_edges.tolist() == strongest.tolist()
    np.testing.assert_array_equal(edit.set_weight, start.weight[strongest] / 2)
    assert edit.copy_state.tolist() == [-1, -1, -1, *strongest.tolist()]
    assert after.edges == start.edges + 5


def test_removing_what_a_move_before_added_is_refused() -> None:
    zero = Move(Everywhere(), First(Steepest(), 3), Edges())
    with pytest.raises(RuleError, match="let one move do both"):
        grown(joined(zero, Move(Everywhere(), None, Weakest(removed=1))), Room(20))


def test_edges_removed_first_make_room_for_a_later_move() -> None:
    drop = Move(Everywhere(), None, Weakest(removed=4))
    start, edit, after = grown(joined(drop, STEEPEST), Room(5))
    assert edit.removed_edges.size == 4
    assert edit.source.size == 9
    assert after.edges == start.edges + 5


def test_limits_narrow_the_room() -> None:
    graph = make(WORLD)
    for budget, expected in ((Budget(graph.edges + 4), 4), (Budget(graph.edges), 0), (Budget(), 9), (Budget(1), 0)):
        rule = Rule(Every(1), (STEEPEST,), Everything(), (budget,))
        assert rule.propose(view_of(graph), {}, Room(9)).edit.source.size == expected
    both = Rule(Every(1), (STEEPEST,), Everything(), (Budget(graph.edges + 6), Budget(graph.edges + 2)))
    assert both.propose(view_of(graph), {}, Room(9)).edit.source.size == 2


@pytest.mark.parametrize("asks", [1, 2, 3, 7, 20])
@pytest.mark.parametrize("room", [0, 1, 5, 20, 31])
def test_even_parts_sum_to_the_room(asks: int, room: int) -> None:
    graph, left, parts = make(WORLD), room, []
    for ask in range(asks):
        part = Evenly()(view_of(graph, asks_left=asks - ask), Room(left, 3))
        assert part.neurons == 3
        parts.append(part.edges)
        left -= part.edges
    assert left == 0
    assert max(parts) - min(parts) <= 1


def test_even_growth_reaches_its_budget_at_the_last_ask() -> None:
    graph = make(WORLD)
    goal, steps = graph.edges + 23, []
    for ask in range(5):
        view = view_of(graph, asks_left=5 - ask, seed=ask)
        proposal = Rule(Every(1), (STEEPEST,), Evenly()).propose(view, {}, Room(goal - graph.edges))
        steps.append(proposal.edit.source.size)
        graph, _ = apply(graph, proposal.edit, ask + 1)
    assert steps == [5, 5, 5, 4, 4]


def test_declining_growth_takes_a_share_and_the_rest_at_the_last_ask() -> None:
    graph, left, parts = make(WORLD), 100, []
    for ask in range(4):
        parts.append(Declining(0.5)(view_of(graph, asks_left=4 - ask), Room(left)).edges)
        left -= parts[-1]
    assert parts == [50, 25, 13, 12]
    assert Declining()(view_of(graph, asks_left=9), Room(1)).edges == 1
    for share in (0, -0.1, 1.1):
        with pytest.raises(SettingsError, match="more than 0 and at most 1"):
            Declining(share)


def test_amounts_of_an_unlimited_room() -> None:
    view = view_of(make(WORLD), asks_left=4)
    assert (
        Evenly()(view, Room()) == Everything()(view, Room()) == Declining()(view, Room()) == Room(UNLIMITED, UNLIMITED)
    )
    assert Evenly()(view_of(make(WORLD), asks_left=0), Room(6)).edges == 6


def test_reasons_and_causes() -> None:
    graph = make(WORLD)
    rule = Rule(Every(2), (STEEPEST,), Everything())
    waiting = rule.propose(view_of(graph), {"own": 1}, Room(3))
    assert (waiting.cause, waiting.memory) == (Cause.TRIGGER, {"own": 1, "trigger": {"asked": 1}})
    assert waiting.reason == "ask 1, every 2"
    met = rule.propose(view_of(graph), waiting.memory, Room(3))
    assert (met.cause, met.memory) == (Cause.NONE, {"own": 1, "trigger": {"asked": 2}})
    short = rule.propose(view_of(graph), waiting.memory, Room(100_000))
    assert short.cause is Cause.CANDIDATES
    assert rule.propose(view_of(graph), {"trigger": "nonsense"}, Room(3)).memory["trigger"] == {"asked": 1}


def test_every_needs_a_whole_number_of_asks() -> None:
    with pytest.raises(SettingsError, match="expected 1 or more"):
        Every(0)


def test_describe_names_parts_and_settings() -> None:
    move = Move(Everywhere(), Steepest(Score.CORRELATION), Edges(Begin.XAVIER))
    plain = describe(Rule(Never(), (move, Move(Extremes(), None, VerticalClone())), limits=(Budget(5),)))
    assert isinstance(plain, dict)
    assert plain["trigger"] == {"kind": "Never"}
    assert plain["amount"] == {"kind": "Declining", "share": 1 / 3}
    assert plain["limits"] == [{"kind": "Budget", "edges": 5, "neurons": None}]
    moves = plain["moves"]
    assert isinstance(moves, list)
    assert isinstance(moves[0], dict)
    assert moves[0]["route"] == {"kind": "Steepest", "score": "correlation", "most_pairs": 1 << 27}
    assert moves[0]["structure"] == {"kind": "Edges", "begin": "xavier"}
    assert isinstance(moves[1], dict)
    assert moves[1]["route"] is None


def test_describe_keeps_mappings_and_numpy_numbers() -> None:
    assert describe({"weights": {"a": np.float32(0.5)}, "count": np.int64(3)}) == {"weights": {"a": 0.5}, "count": 3}


def test_the_same_rule_twice_gives_the_same_edit() -> None:
    random = joined(Move(Everywhere(), Uniform(), Edges(Begin.XAVIER)))
    assert same_edits(grown(random, Room(9))[1], grown(random, Room(9))[1])
