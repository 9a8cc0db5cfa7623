"""Caps on totals, on places, by level, by phase, and rest after growth; and how a rule lives with them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphgrow.arrays import Array
from graphgrow.errors import SettingsError
from graphgrow.graph.apply import apply
from graphgrow.graph.builders import from_edges, layered
from graphgrow.graph.edit import Edit
from graphgrow.graph.graph import Graph
from graphgrow.graph.history import Event, History
from graphgrow.growth.amounts import Everything
from graphgrow.growth.clones import VerticalClone
from graphgrow.growth.limits import (
    STRUCTURES,
    CoolDown,
    Density,
    FanCaps,
    GrowthFactor,
    LevelBudgets,
    MinFanIn,
    PhaseCaps,
    WhenFull,
)
from graphgrow.growth.parts import Cause, Limit, Move, Room, View
from graphgrow.growth.routes import Steepest
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import Edges, HorizontalClone, Prune
from graphgrow.growth.targets import Everywhere
from graphgrow.growth.triggers import Every
from graphgrow.rng import stream
from tests.growth.test_routes import noise
from tests.growth.worlds import WORLDS, edit_of, make, view_of
from tests.strategies import graphs, random_edit

seeds = st.integers(0, 2**32 - 1)
STEEPEST = Move(Everywhere(), Steepest(), Edges())


def event(number: int, epoch: int, edges: int = 0, added: int = 0, removed: int = 0, **notes: int) -> Event:
    return Event(number, 100 * epoch, epoch, "main", "r", "", 9, edges, added, removed, notes=notes)


def seen(graph: Graph) -> View:
    """A view of a graph whose weights may be too large for a forward pass."""
    return view_of(graph, noise(graph, 0))


def loads(graph: Graph, edit: Edit, stays: Array) -> tuple[Counter[int], Counter[int]]:
    """Fan-in and fan-out by row of the edit after the groups that stay, worked out edge by edge."""
    wiring = graph.wiring
    there = set(zip(wiring.source.tolist(), wiring.target.tolist(), strict=True))
    gone = set()
    for neuron, group in zip(edit.removed_neurons.tolist(), edit.removed_neuron_group.tolist(), strict=True):
        if stays[group]:
            gone |= {pair for pair in there if neuron in pair}
    for row, group in zip(edit.removed_edges.tolist(), edit.removed_edge_group.tolist(), strict=True):
        if stays[group]:
            gone.add((int(wiring.source[row]), int(wiring.target[row])))
    left = {pair for pair in there if pair not in gone}
    for a, b, group in zip(edit.source.tolist(), edit.target.tolist(), edit.edge_group.tolist(), strict=True):
        if stays[group]:
            left.add((a, b))
    return Counter(b for _, b in left), Counter(a for a, _ in left)


@given(graphs(), seeds, st.integers(1, 4), st.integers(1, 4))
def test_fan_caps_hold_and_judge_from_the_front(graph: Graph, seed: int, most_in: int, most_out: int) -> None:
    edit = random_edit(graph, np.random.default_rng(seed), groups=4)
    limit = FanCaps(most_in, most_out)
    stays = limit.allows(seen(graph), edit)
    before = loads(graph, edit, np.zeros(edit.groups, bool))
    after = loads(graph, edit, stays)
    for cap, one, other in ((most_in, before[0], after[0]), (most_out, before[1], after[1])):
        assert all(other[row] <= max(cap, one[row]) for row in other)
    # Of a part of the groups from the front, the same ones stay.
    for count in range(edit.groups + 1):
        part = edit.keep(np.arange(edit.groups) < count)
        assert limit.allows(seen(graph), part).tolist() == stays[:count].tolist()


def test_fan_caps_keep_the_first_that_fit() -> None:
    graph = from_edges([0, 0, 0, 1, 1], [0], [3], [1.0])
    edit = edit_of(5, 4, source=[1, 2, 0, 1], target=[3, 3, 4, 4], edge_group=[0, 1, 2, 3])
    assert FanCaps(fan_in=2).allows(view_of(graph), edit).tolist() == [True, False, True, True]
    assert FanCaps(fan_out=1).allows(view_of(graph), edit).tolist() == [True, True, False, False]
    # What the first cap turns down does not use up the other.
    assert FanCaps(fan_in=1, fan_out=1).allows(view_of(graph), edit).tolist() == [False, False, False, True]
    assert FanCaps().allows(view_of(graph), edit).all()
    swap = edit_of(5, 1, source=[1], target=[3], removed_edges=[0])
    assert FanCaps(fan_in=1).allows(view_of(graph), swap).all()


@given(graphs(), seeds, st.integers(1, 3))
def test_a_least_fan_in_is_kept(graph: Graph, seed: int, least: int) -> None:
    edit = random_edit(graph, np.random.default_rng(seed), groups=4)
    stays = MinFanIn(least).allows(seen(graph), edit)
    before, after = loads(graph, edit, np.zeros(edit.groups, bool))[0], loads(graph, edit, stays)[0]
    gone = set(edit.removed_neurons.tolist())
    assert all(after[row] >= min(least, before[row]) for row in before if row not in gone)


def test_a_least_fan_in_counts_what_comes_before() -> None:
    graph = from_edges([0, 0, 0, 1], [0, 1], [3, 3], [1.0, 1.0])
    drop = {"removed_edges": [0, 1], "removed_edge_group": [0, 1]}
    assert MinFanIn(1).allows(view_of(graph), edit_of(4, 2, **drop)).tolist() == [True, False]
    more = edit_of(4, 3, **{**drop, "removed_edge_group": [1, 2]}, source=[2], target=[3], edge_group=[0])
    assert MinFanIn(1).allows(view_of(graph), more).tolist() == [True, True, True]
    swap = edit_of(4, 1, removed_edges=[0], source=[2], target=[3])
    assert MinFanIn(2).allows(view_of(graph), swap).tolist() == [True]


def test_budgets_by_level() -> None:
    level = np.repeat(np.arange(5), [2, 3, 3, 3, 1])
    graph = from_edges(level, [0], [2], [1.0])
    born = replace(graph.wiring, neuron_born=np.where(np.isin(np.arange(12), [5, 6]), 1, 0))
    graph = replace(graph, wiring=born)
    limit = LevelBudgets(early=1, middle=3, late=2)
    edit = edit_of(12, 7, new_level=[1, 1, 2, 2, 3, 4, 2], new_opens=[0, 0, 0, 0, 0, 1, 1], new_group=np.arange(7))
    # Level 2 has two neurons that grew; a level opened before it starts empty, and so does one before the outputs.
    assert limit.allows(view_of(graph), edit).tolist() == [True, False, True, False, True, True, True]
    pair = edit_of(12, 1, new_level=[1, 1], new_group=[0, 0])
    assert not limit.allows(view_of(graph), pair).any()
    with pytest.raises(SettingsError, match="0 or more"):
        LevelBudgets(early=-1)


def test_neurons_rest_after_growth() -> None:
    graph = from_edges([0, 0, 1, 1, 2], [0, 1, 2], [2, 3, 4], [1.0] * 3)
    wiring = replace(graph.wiring, edge_born=[2, 0, 1], neuron_born=[0, 0, 0, 2, 0], parent=[-1, -1, -1, 1, -1])
    graph = replace(graph, wiring=wiring)
    history = History(events=(event(1, 1), event(2, 5)))
    edit = edit_of(
        5,
        5,
        new_level=[1],
        new_parent=[1],
        new_group=[4],
        source=[0, 1, 2, 3],
        target=[3, 2, 4, 4],
        edge_group=[0, 1, 2, 3],
    )
    for epochs, stays in (
        (1, [True] * 5),
        (2, [False, False, True, False, False]),
        (5, [False, False, True, False, False]),
        (6, [False] * 5),
    ):
        found = CoolDown(epochs).allows(view_of(graph, history=history, epoch=6), edit)
        assert found.tolist() == stays
    with pytest.raises(SettingsError, match="1 or more"):
        CoolDown(0)


def test_density_counts_the_layered_network() -> None:
    graph = layered((10, 8, 5), 0.25, stream(0, "density"))
    assert Density(0.5).room(view_of(graph)) == Room(60 - 30)
    assert Density(0.1).room(view_of(graph)) == Room(0)
    with pytest.raises(SettingsError, match="share above 0"):
        Density(0)


def test_growth_by_a_factor_of_the_start() -> None:
    graph = make(WORLDS["relu layered"])
    assert GrowthFactor(2).room(view_of(graph)) == Room(graph.edges, graph.neurons)
    born = replace(graph.wiring, neuron_born=np.where(np.arange(graph.neurons) >= 26, 1, 0))
    grown = replace(graph, wiring=born)
    events = (event(1, 1, edges=50, added=12, removed=2), event(2, 2, edges=99, added=49))
    view = view_of(grown, history=History(events=events))
    assert GrowthFactor(2).room(view) == Room(80 - graph.edges, 52 - graph.neurons)
    with pytest.raises(SettingsError, match="1 or more"):
        GrowthFactor(0.5)


@pytest.mark.parametrize("when_full", list(WhenFull))
def test_caps_by_phase(when_full: WhenFull) -> None:
    def left(step: int, *used: tuple[int, int]) -> int:
        events = [replace(event(at, 0, structures=count), step=when) for at, (when, count) in enumerate(used, start=1)]
        limit = PhaseCaps(3, 5, 7, when_full)
        view = view_of(make(WORLDS["relu layered"]), step=step, history=History(events=events))
        assert limit.room(view) == (Room() if limit.left(view) else Room(0, 0))
        edit = edit_of(28, 20, source=[0] * 20, target=np.arange(6, 26), edge_group=np.arange(20))
        assert limit.allows(view, edit).sum() == min(20, limit.left(view))
        assert not (np.diff(limit.allows(view, edit).astype(int)) > 0).any()
        return limit.left(view)

    promote = when_full is WhenFull.PROMOTE
    # Coarse up to step 200, medium up to 500, fine then.
    assert left(100) == (8 if promote else 3)
    assert left(150, (100, 2)) == (6 if promote else 1)
    assert left(150, (100, 3)) == (5 if promote else 0)
    assert left(300, (100, 2)) == (12 if promote else 5)
    # What was promoted counts for the phase that lent it.
    assert left(150, (100, 5)) == (3 if promote else 0)
    assert left(300, (100, 5)) == (10 if promote else 3)
    assert left(900, (100, 5), (300, 4)) == 6
    assert left(900, (800, 9)) == 0
    with pytest.raises(SettingsError, match="expected 0 or more"):
        PhaseCaps(-1)


def test_rules_note_their_structures() -> None:
    graph = make(WORLDS["sigmoid layered"])
    rule = Rule(Every(1), (STEEPEST,), Everything(), (PhaseCaps(coarse=4),))
    proposal = rule.propose(view_of(graph), {}, Room(9))
    assert (proposal.edit.groups, proposal.notes[STRUCTURES]) == (4, 4)
    full = Event(1, 100, 1, "main", "r", "", 9, 9, 4, 0, notes=proposal.notes)
    assert rule.propose(view_of(graph, history=History(events=(full,))), {}, Room(9)).edit.empty


@dataclass(frozen=True)
class Even(Limit):
    """Allows edges to even rows only."""

    def room(self, view: View) -> Room:
        return Room()

    def allows(self, view: View, edit: Edit) -> Array:
        stays = np.ones(edit.groups, bool)
        stays[edit.edge_group[edit.target % 2 == 1]] = False
        return stays


@pytest.mark.parametrize("room", [1, 5, 20, 10_000])
def test_what_limits_turn_down_does_not_cost_the_budget(room: int) -> None:
    graph = make(WORLDS["relu layered"])
    rule = Rule(Every(1), (STEEPEST,), Everything(), (Even(),))
    proposal = rule.propose(view_of(graph), {}, Room(room))
    every = Rule(Every(1), (STEEPEST,), Everything()).propose(view_of(graph), {}, Room(10_000)).edit
    wanted = every.target % 2 == 0
    assert proposal.edit.target.tolist() == every.target[wanted][:room].tolist()
    assert proposal.edit.source.tolist() == every.source[wanted][:room].tolist()
    assert (proposal.cause is Cause.NONE) == (room <= wanted.sum())


def test_limits_hold_for_all_moves_together() -> None:
    graph = make(WORLDS["relu layered"])
    drop = Move(Everywhere(), None, Prune(0.3))
    rule = Rule(Every(1), (drop, STEEPEST), Everything(), (FanCaps(fan_in=5), MinFanIn(2)))
    edit = rule.propose(view_of(graph), {}, Room(20)).edit
    grown, _ = apply(graph, edit, event=1)
    old = graph.wiring.fan_in
    assert (grown.wiring.fan_in <= np.maximum(5, old)).all()
    assert (grown.wiring.fan_in[6:] >= np.minimum(2, old[6:])).all()
    assert edit.removed_edges.size
    assert grown.edges == graph.edges + 20


def test_clones_are_turned_down_and_others_taken() -> None:
    graph = make(WORLDS["sigmoid layered"])
    clones = Move(Everywhere(), None, VerticalClone())
    limits = (LevelBudgets(early=0, middle=2, late=0),)
    edit = Rule(Every(1), (clones,), Everything(), limits).propose(view_of(graph), {}, Room(500, 9)).edit
    assert edit.new_level.tolist() == [2, 2]
    splits = Move(Everywhere(), None, HorizontalClone())
    limits = (LevelBudgets(early=1, middle=0, late=1),)
    edit = Rule(Every(1), (splits,), Everything(), limits).propose(view_of(graph), {}, Room(500, 9)).edit
    assert sorted(edit.new_level.tolist()) == [1, 3]


@pytest.mark.parametrize("settings", [{"fan_in": 0}, {"fan_out": -1}])
def test_fan_settings(settings: dict[str, int]) -> None:
    with pytest.raises(SettingsError, match="1 or more, or None"):
        FanCaps(**settings)
    with pytest.raises(SettingsError, match="1 or more"):
        MinFanIn(0)
