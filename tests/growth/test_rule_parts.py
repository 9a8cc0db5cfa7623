"""What a rule says of itself, its stops and notes; and rules of the shelf by what tells them apart."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import numpy as np
import pytest

from graphgrow.arrays import Json, Memory
from graphgrow.graph.apply import apply
from graphgrow.graph.graph import Graph
from graphgrow.graph.history import Series
from graphgrow.growth import registry
from graphgrow.growth.amounts import Everything
from graphgrow.growth.parts import Cause, Move, Need, Proposal, Room, View
from graphgrow.growth.routes import HighToLow, LowToHigh, Steepest
from graphgrow.growth.rule import Rule
from graphgrow.growth.starts import AtBudget, Dense
from graphgrow.growth.stops import Stop, StopCause, Verdict
from graphgrow.growth.structures import Edges, Filled, Prune, PruneToBudget, Rewire
from graphgrow.growth.targets import CriticalModes, Everywhere, Extremes, Katz, MostSevere, Uncertainty
from graphgrow.growth.triggers import Every, Never
from graphgrow.measure.signals import Score
from tests.growth.worlds import WORLDS, make, same_edits, signals_of, view_of

STEEPEST = Move(Everywhere(), Steepest(), Edges())
SIGMOID = WORLDS["sigmoid layered"]


@dataclass(frozen=True)
class After(Stop):
    """Ends growth at the n-th ask, and tells what it was shown."""

    asks: int = 2
    needs = frozenset({Series.ACCURACY})

    def __call__(self, view: View, room: Room, memory: Memory, trigger: Memory) -> Verdict:
        held = memory.get("asked", 0)
        asked = (held if isinstance(held, int) else 0) + 1
        seen: dict[str, Json] = {"asked": asked, "room": room.edges, "trigger": dict(trigger)}
        return Verdict(StopCause.PLATEAU if asked >= self.asks else None, seen, f"asked {asked} times")


def test_a_stop_ends_growth_for_good() -> None:
    graph, memory, causes = make(SIGMOID), dict[str, Json](), []
    rule = Rule(Every(1), (STEEPEST,), Everything(), stops=(After(3),))
    for _ in range(5):
        proposal = rule.propose(view_of(graph), memory, Room(5))
        memory = json.loads(json.dumps(dict(proposal.memory)))
        causes.append(proposal.cause)
        assert proposal.edit.empty == (proposal.cause is Cause.STOPPED)
    assert causes == [Cause.NONE] * 2 + [Cause.STOPPED] * 3
    assert proposal.notes == {"stop": "plateau"}
    assert proposal.reason == "growth stopped: plateau"
    stops = memory["stops"]
    assert isinstance(stops, dict)
    # It is shown the whole room and what the trigger remembered before; once stopped, nobody is asked any more.
    assert stops["parts"] == [{"asked": 3, "room": 5, "trigger": {"asked": 2}}]
    assert memory["trigger"] == {"asked": 2}


def test_a_rule_without_stops_keeps_no_memory_of_them() -> None:
    proposal = Rule(Every(1), (STEEPEST,), Everything()).propose(view_of(make(SIGMOID)), {}, Room(5))
    assert set(proposal.memory) == {"trigger"}


def test_what_a_rule_says_of_itself() -> None:
    rewire, prune = Move(Everywhere(), None, Rewire()), Move(Everywhere(), None, PruneToBudget())
    growing = Rule(Every(1), (STEEPEST,))
    assert (growing.grows, growing.only_adds, growing.needs_budget, growing.may_exceed) == (True, True, True, False)
    rewiring = Rule(Every(1), (rewire,), start=AtBudget(), stops=(After(),))
    assert (rewiring.only_adds, rewiring.needs_budget, rewiring.may_exceed) == (False, False, False)
    assert rewiring.needs == {Series.ACCURACY}
    pruning = Rule(Every(1), (prune,), start=Dense())
    assert (pruning.only_adds, pruning.needs_budget, pruning.may_exceed) == (False, True, True)
    still = Rule(Never(), ())
    assert (still.grows, still.only_adds, still.needs_budget, still.may_exceed) == (False, True, False, False)
    assert Rule(Every(1), (Move(Extremes(), HighToLow(), Edges()),)).needs_budget is False
    # Without a budget the edges that fill its room would be all there are.
    assert Rule(Every(1), (Move(Extremes(), None, Filled()),)).needs_budget


def test_wants_of_parts_inside_parts() -> None:
    assert Rule(Every(1), (STEEPEST,)).wants == frozenset()
    inside = Move(MostSevere(CriticalModes()), Steepest(), Edges())
    assert Rule(Every(1), (STEEPEST, inside)).wants == {Need.RING}
    assert Rule(Every(1), (inside, Move(Uncertainty(), Steepest(), Edges()))).wants == set(Need)


def test_pruning_makes_room_for_what_is_grown_after_it() -> None:
    graph = make(SIGMOID)
    rule = Rule(Every(1), (Move(Everywhere(), None, Prune(0.2)), STEEPEST), Everything())
    for room in (0, 1, 9):
        edit = rule.propose(view_of(graph), {}, Room(room)).edit
        assert edit.removed_edges.size == graph.edges // 5
        grown, _ = apply(graph, edit, event=1)
        assert grown.edges == graph.edges + room


def asked(name: str, graph: Graph, **view: int) -> Proposal:
    return registry.load(name).rule.propose(view_of(graph, **view), {}, Room(12, 9))


def test_scores_that_rules_grow_by() -> None:
    graph = make(SIGMOID)
    seen = signals_of(graph)
    rows = seen.activation.astype(float), seen.delta.astype(float)
    centred = rows[0] - rows[0].mean(axis=1, keepdims=True)
    tables = {
        "gradient": np.abs(rows[0] @ rows[1].T),
        "correlation": np.abs(centred @ centred.T),
        "fisher": rows[0] ** 2 @ (rows[1] ** 2).T,
    }
    ahead = graph.wiring.rank[None, :] - graph.wiring.rank[:, None] == 1
    free = ahead.copy()
    free[graph.wiring.source, graph.wiring.target] = False
    for name, table in tables.items():
        edit = asked(name, graph).edit
        assert edit.source.size == 12
        assert not edit.weight.any()
        border = np.sort(table[free])[::-1][11]
        assert (table[edit.source, edit.target] >= border * (1 - 1e-5)).all()


def test_katz_grows_at_central_neurons() -> None:
    graph = make(SIGMOID)
    central = Katz(0.1)(view_of(graph)) > 0
    edit = asked("katz", graph).edit
    assert edit.source.size == 12
    assert (central[edit.source] | central[edit.target]).all()


@pytest.mark.parametrize(("name", "signs"), [("extrema", {1}), ("low_to_high", {-1}), ("complementary", {1, -1})])
def test_directions_of_routes_between_extrema(name: str, signs: set[int]) -> None:
    found = set[int]()
    for seed in range(4):
        graph = make(WORLDS["tanh skips"], seed)
        scores = Extremes()(view_of(graph, seed=seed))
        edit = asked(name, graph, seed=seed, reach=3).edit
        assert (scores[edit.source] * scores[edit.target] < 0).all()
        found |= set(np.sign(scores[edit.source]).astype(int).tolist())
    assert found == signs


def test_two_thirds_of_the_room_go_to_what_is_extreme_and_critical() -> None:
    graph = make(SIGMOID)
    view = view_of(graph)
    extreme, critical = Extremes()(view) != 0, CriticalModes()(view) != 0
    both, one = extreme & critical, extreme ^ critical
    assert both.any()
    edit = registry.load("extrema_critical").rule.propose(view, {}, Room(12)).edit
    first, second = slice(0, 8), slice(8, 12)
    assert (both[edit.source] | both[edit.target])[first].all()
    assert (one[edit.source] | one[edit.target])[second].all()
    assert edit.source.size == 12


def test_clones_by_centrality_are_more() -> None:
    graph = make(WORLDS["tanh skips"], 1)
    plain = registry.load("extrema_clone").rule.propose(view_of(graph), {}, Room(100_000, 100_000)).edit
    more = registry.load("extrema_katz").rule.propose(view_of(graph), {}, Room(100_000, 100_000)).edit
    assert more.new_level.size > plain.new_level.size
    assert set(more.new_parent.tolist()) == set(plain.new_parent.tolist())


def test_random_with_and_without_weights() -> None:
    graph = make(SIGMOID)
    one, zero = asked("random", graph).edit, asked("random_zero", graph).edit
    assert one.source.tolist() == zero.source.tolist()
    assert one.weight.all()
    assert not zero.weight.any()
    assert not same_edits(one, zero)
    equal = asked("uniform", graph).edit
    assert np.bincount(graph.wiring.rank[equal.source]).tolist() == [3, 3, 3, 3]


def test_direction_is_all_that_tells_low_to_high_from_extrema() -> None:
    one, other = registry.load("extrema").rule, registry.load("low_to_high").rule
    assert isinstance(one, Rule)
    assert isinstance(other, Rule)
    move = one.moves[0]
    assert other == replace(one, moves=(replace(move, route=LowToHigh(levels=3)),))
    assert Score.FISHER.name == "FISHER"
