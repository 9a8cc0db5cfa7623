"""What every registered rule must hold, whatever it does: no rule is named here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import is_dataclass, replace

import numpy as np
import pytest

from graphgrow.arrays import Json, Memory
from graphgrow.errors import RuleError
from graphgrow.graph.apply import apply
from graphgrow.graph.builders import erdos_renyi
from graphgrow.graph.edit import Edit
from graphgrow.graph.graph import Graph
from graphgrow.graph.wiring import Activation, Role
from graphgrow.growth import registry
from graphgrow.growth.limits import over
from graphgrow.growth.parts import Cause, Need, Proposal, Proposer, Room, View
from graphgrow.growth.rule import Rule, describe
from graphgrow.growth.starts import Outline
from graphgrow.growth.triggers import Every, Never
from graphgrow.measure.signals import Signals
from graphgrow.rng import stream
from tests.growth.worlds import WORLDS, World, check_same_function, make, same_edits, signals_of, view_of

PLENTY = Room(100_000, 100_000)
SEEDS = (0, 1)

every_rule = pytest.mark.parametrize("name", registry.names())
every_world = pytest.mark.parametrize("world", WORLDS.values(), ids=list(WORLDS))


def rule_of(name: str) -> Proposer:
    return registry.load(name).rule


def ask(
    rule: Proposer, world: World, seed: int, room: Room, memory: Memory | None = None, asks: int = 1
) -> tuple[Graph, Proposal]:
    """The network and what the rule proposes on it."""
    graph = make(world, seed)
    view = view_of(graph, reach=world.reach, seed=seed, asks_left=asks)
    return graph, rule.propose(view, {} if memory is None else memory, room)


def net(graph: Graph, edit: Edit) -> int:
    return int(edit.net_edges(graph.wiring).sum())


def check_result(graph: Graph, proposal: Proposal, room: Room) -> Graph:
    """A valid network within the room; the network after."""
    grown, remap = apply(graph, proposal.edit, event=1)
    assert over(proposal.edit, graph.wiring, room).tolist() == [0, 0]
    assert grown.edges - graph.edges == net(graph, proposal.edit) <= room.edges
    assert grown.neurons - graph.neurons <= room.neurons
    assert (grown.wiring.level[grown.wiring.source] < grown.wiring.level[grown.wiring.target]).all()
    fresh = np.flatnonzero(remap.neuron_from < 0)
    assert (grown.wiring.role[fresh] == Role.HIDDEN).all()
    assert (grown.wiring.fan_in[fresh] > 0).all()
    assert (grown.wiring.fan_out[fresh] > 0).all()
    assert np.isfinite(proposal.edit.weight).all()
    return grown


@every_rule
@every_world
def test_result_is_a_valid_network_within_the_room(name: str, world: World) -> None:
    for seed in SEEDS:
        for room in (Room(1, 5), Room(7, 2), Room(40, 40), PLENTY):
            graph, proposal = ask(rule_of(name), world, seed, room)
            check_result(graph, proposal, room)


@every_rule
@pytest.mark.parametrize("kind", [Activation.SIGMOID, Activation.RELU], ids=lambda kind: kind.name.lower())
def test_starts_of_784_inputs_with_one_to_six_hidden_levels(name: str, kind: Activation) -> None:
    for levels in (1, 2, 6):
        rng = stream(levels, "wide start")
        graph = erdos_renyi((784, *[12] * levels, 10), rng, edges=400, kernel=True, activation=kind, dtype=np.float64)
        proposal = rule_of(name).propose(view_of(graph, reach=2, asks_left=3), {}, Room(60, 9))
        check_result(graph, proposal, Room(60, 9))


@every_rule
def test_same_stream_same_edit(name: str) -> None:
    for world in WORLDS.values():
        first = ask(rule_of(name), world, 0, Room(9, 9))[1]
        second = ask(rule_of(name), world, 0, Room(9, 9))[1]
        assert same_edits(first.edit, second.edit)
        assert (first.memory, first.reason, first.cause, first.notes) == (
            second.memory,
            second.reason,
            second.cause,
            second.notes,
        )


@every_rule
def test_inputs_stay_as_they_were(name: str) -> None:
    for world in WORLDS.values():
        graph = make(world)
        memory: dict[str, Json] = {"trigger": {"asked": 3}, "other": [1, 2]}
        seen = signals_of(graph)
        rows = [seen.activation.copy(), seen.delta.copy(), seen.loss.copy()]
        rule_of(name).propose(view_of(graph, seen, reach=world.reach), memory, Room(9, 9))
        assert graph.same(make(world))
        for before, after in zip(rows, (seen.activation, seen.delta, seen.loss), strict=True):
            np.testing.assert_array_equal(before, after)
        assert memory == {"trigger": {"asked": 3}, "other": [1, 2]}


@every_rule
def test_claims_of_function_preservation(name: str) -> None:
    for world in WORLDS.values():
        for seed in SEEDS:
            for room in (Room(5, 5), PLENTY):
                graph, proposal = ask(rule_of(name), world, seed, room)
                if proposal.edit.preserves_function:
                    check_same_function(graph, proposal.edit)


@every_rule
def test_memory_survives_json(name: str) -> None:
    world = WORLDS["sigmoid layered"]
    memory: Memory = {}
    for seed in range(3):
        through: Mapping[str, Json] = json.loads(json.dumps(dict(memory)))
        direct = ask(rule_of(name), world, seed, Room(6, 6), memory)[1]
        proposal = ask(rule_of(name), world, seed, Room(6, 6), through)[1]
        assert same_edits(direct.edit, proposal.edit)
        assert json.loads(json.dumps(dict(proposal.memory))) == direct.memory
        json.dumps(dict(proposal.notes))
        memory = proposal.memory


@every_rule
def test_settings_are_plain_data(name: str) -> None:
    plain = describe(rule_of(name))
    assert json.loads(json.dumps(plain)) == plain
    if is_dataclass(rule_of(name)):
        assert isinstance(plain, dict)
        assert plain["kind"] == type(rule_of(name)).__name__


@every_rule
@every_world
def test_the_room_is_met_exactly_where_candidates_last(name: str, world: World) -> None:
    graph, natural = ask(rule_of(name), world, 0, PLENTY)
    most = net(graph, natural.edit)
    # A neuron needs one in- and one out-edge, so a rule of neurons may have to leave a last single edge.
    slack = 1 if natural.edit.new_level.size else 0
    for room in sorted({1, 2, 3, 4, 5, most // 2, most - 1, most, most + 3}):
        if room < 1:
            continue
        proposal = ask(rule_of(name), world, 0, Room(room, 100_000))[1]
        found = net(graph, proposal.edit)
        assert min(room, most) - slack <= found <= min(room, most)
        if proposal.cause is Cause.NONE:
            assert found == room
        if found < room:
            assert proposal.cause is not Cause.NONE


@every_rule
def test_no_room_no_growth(name: str) -> None:
    for world in WORLDS.values():
        graph, proposal = ask(rule_of(name), world, 0, Room(0, 100))
        assert net(graph, proposal.edit) == 0
        if getattr(rule_of(name), "only_adds", True):
            assert proposal.edit.empty
            assert apply(graph, proposal.edit, event=1)[0].same(graph)


@every_rule
def test_what_is_too_much_goes_by_the_last_ask_or_never(name: str) -> None:
    for world in WORLDS.values():
        graph = make(world)
        surplus = graph.edges // 3
        prunes = bool(getattr(rule_of(name), "may_exceed", False)) and bool(getattr(rule_of(name), "grows", True))
        for event, asks in enumerate((3, 2, 1), start=1):
            view = view_of(graph, reach=world.reach, seed=event, asks_left=asks, step=event)
            left = surplus - (make(world).edges - graph.edges) if prunes else surplus
            proposal = rule_of(name).propose(view, {}, Room(0, 0, left))
            assert -left <= net(graph, proposal.edit) <= 0
            graph, _ = apply(graph, proposal.edit, event)
        assert graph.edges == make(world).edges - (surplus if prunes else 0)


@every_rule
def test_starts_hold_what_they_should(name: str) -> None:
    start = getattr(rule_of(name), "start", None)
    if start is None:
        return
    sample = stream(0, "data").random((40, 9)).astype(np.float32)
    for kind, dtype in ((Activation.SIGMOID, "float32"), (Activation.RELU, "float64")):
        outline = Outline((9, 8, 7, 3), 30, 70, kernel=kind is Activation.RELU, activation=kind, dtype=dtype)
        graph = start(outline, lambda: sample, stream(1, "start"))
        assert graph.same(start(outline, lambda: sample, stream(1, "start")))
        assert graph.edges <= outline.budget or start.exceeds
        assert graph.weight.dtype == dtype
        assert (graph.wiring.role == Role.INPUT).sum() == 9
        assert (graph.wiring.role == Role.OUTPUT).sum() == 3
        assert graph.wiring.levels.size == 4
        assert set(graph.wiring.activation[graph.wiring.role == Role.HIDDEN].tolist()) == {int(kind)}


@every_rule
@every_world
def test_single_edges_stay_within_reach(name: str, world: World) -> None:
    for reach in (1, 2):
        graph, proposal = ask(rule_of(name), replace(world, reach=reach), 0, PLENTY)
        source, target = proposal.edit.source, proposal.edit.target
        old = (source < graph.neurons) & (target < graph.neurons)
        ahead = graph.wiring.rank[target[old]] - graph.wiring.rank[source[old]]
        assert ((ahead >= 1) & (ahead <= reach)).all()
        # A rule that prunes may grow a pair again in the same event.
        present = graph.wiring.edge_rows(source[old], target[old])
        assert set(present[present >= 0].tolist()) <= set(proposal.edit.removed_edges.tolist())


@every_rule
def test_neurons_are_capped(name: str) -> None:
    for world in WORLDS.values():
        wanted = ask(rule_of(name), world, 0, PLENTY)[1].edit.new_level.size
        for neurons in (0, 1, 3):
            graph, proposal = ask(rule_of(name), world, 0, Room(100_000, neurons))
            assert proposal.edit.new_level.size == min(neurons, wanted)
            apply(graph, proposal.edit, event=1)


@every_rule
@pytest.mark.parametrize("trigger", [Never(), Every(3)], ids=["never", "every third"])
def test_nothing_happens_before_the_trigger(name: str, trigger: Never | Every) -> None:
    rule = rule_of(name)
    if not isinstance(rule, Rule):
        pytest.skip("not joined from parts: its trigger is its own")
    waiting = replace(rule, trigger=trigger)
    memory: dict[str, Json] = {}
    for asked in (1, 2):
        proposal = ask(waiting, WORLDS["relu skips"], 0, PLENTY, memory)[1]
        assert proposal.edit.empty
        assert proposal.cause is Cause.TRIGGER
        memory = json.loads(json.dumps(dict(proposal.memory)))
        assert memory["trigger"] == ({"asked": asked} if isinstance(trigger, Every) else {})
    third = ask(waiting, WORLDS["relu skips"], 0, PLENTY, memory)[1]
    assert (third.cause is Cause.TRIGGER) == isinstance(trigger, Never)


@every_rule
def test_no_probe_is_run_for_a_rule_that_never_fires(name: str) -> None:
    rule = rule_of(name)
    if not isinstance(rule, Rule):
        pytest.skip("not joined from parts: its trigger is its own")

    def probe() -> Signals:
        raise AssertionError("probed")

    view = replace(view_of(make(WORLDS["relu layered"])), probe=probe)
    assert replace(rule, trigger=Never()).propose(view, {}, PLENTY).edit.empty


@every_rule
def test_a_rule_that_wants_more_than_a_probe_says_so(name: str) -> None:
    rule = rule_of(name)
    view = view_of(make(WORLDS["tanh skips"]), reach=3)
    wants = getattr(rule, "wants", frozenset())
    for need, field in ((Need.RING, "ring"), (Need.DROPOUT, "dropout")):
        without = replace(view, **{field: getattr(View, field)})
        if need in wants:
            with pytest.raises(RuleError, match="which this loop does not keep: choose another rule or target"):
                rule.propose(without, {}, Room(9, 9))
        else:
            rule.propose(without, {}, Room(9, 9))


@every_rule
@every_world
def test_growth_can_be_repeated(name: str, world: World) -> None:
    graph = make(world)
    memory: dict[str, Json] = {}
    for event in range(1, 5):
        view = view_of(graph, reach=world.reach, seed=event, asks_left=5 - event, step=event)
        proposal = rule_of(name).propose(view, memory, Room(20, 6))
        graph, _ = apply(graph, proposal.edit, event)
        memory = json.loads(json.dumps(dict(proposal.memory)))
    assert graph.edges <= make(world).edges + 80
