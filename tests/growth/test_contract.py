"""What every registered rule must hold, whatever it does: no rule is named here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import is_dataclass, replace

import numpy as np
import pytest

from graphgrow.arrays import Json, Memory
from graphgrow.graph.apply import apply
from graphgrow.graph.edit import Edit
from graphgrow.graph.graph import Graph
from graphgrow.graph.wiring import Role
from graphgrow.growth import registry
from graphgrow.growth.limits import over
from graphgrow.growth.parts import Cause, Proposal, Proposer, Room
from graphgrow.growth.rule import Rule, describe
from graphgrow.growth.triggers import Every, Never
from graphgrow.measure.signals import Signals
from graphgrow.rng import stream
from tests.growth.worlds import WORLDS, World, forward, make, same_edits, signals_of, view_of

PLENTY = Room(100_000, 100_000)
SEEDS = (0, 1)

every_rule = pytest.mark.parametrize("name", registry.names())
every_world = pytest.mark.parametrize("world", WORLDS.values(), ids=list(WORLDS))
every_seed = pytest.mark.parametrize("seed", SEEDS)


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


@every_rule
@every_world
@every_seed
@pytest.mark.parametrize("room", [Room(1, 5), Room(7, 2), Room(40, 40), PLENTY])
def test_result_is_a_valid_network_within_the_room(name: str, world: World, seed: int, room: Room) -> None:
    graph, proposal = ask(rule_of(name), world, seed, room)
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


@every_rule
@every_world
def test_same_stream_same_edit(name: str, world: World) -> None:
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
@every_world
def test_inputs_stay_as_they_were(name: str, world: World) -> None:
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
@every_world
def test_claims_of_function_preservation(name: str, world: World) -> None:
    for seed in SEEDS:
        for room in (Room(5, 5), PLENTY):
            graph, proposal = ask(rule_of(name), world, seed, room)
            if not proposal.edit.preserves_function:
                continue
            grown, remap = apply(graph, proposal.edit, event=1)
            inputs = stream(seed, "other inputs").standard_normal((world.sizes[0], 50))
            before, after = forward(graph, inputs), forward(grown, inputs)
            old = np.flatnonzero(remap.neuron_from >= 0)
            outputs = old[grown.wiring.role[old] == Role.OUTPUT]
            np.testing.assert_allclose(after[outputs], before[remap.neuron_from[outputs]], rtol=0, atol=1e-9)


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
@every_world
def test_no_room_no_change(name: str, world: World) -> None:
    graph, proposal = ask(rule_of(name), world, 0, Room(0, 100))
    assert proposal.edit.empty
    assert apply(graph, proposal.edit, event=1)[0].same(graph)


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
@every_world
@pytest.mark.parametrize("neurons", [0, 1, 3])
def test_neurons_are_capped(name: str, world: World, neurons: int) -> None:
    graph, proposal = ask(rule_of(name), world, 0, Room(100_000, neurons))
    wanted = ask(rule_of(name), world, 0, PLENTY)[1].edit.new_level.size
    assert proposal.edit.new_level.size == min(neurons, wanted)
    apply(graph, proposal.edit, event=1)


@every_rule
@pytest.mark.parametrize("trigger", [Never(), Every(3)])
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
