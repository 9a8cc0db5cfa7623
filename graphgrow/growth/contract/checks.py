"""What every rule must hold, whatever it does: one function per promise, each telling what breaks it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import is_dataclass, replace

import numpy as np

from graphgrow.arrays import Json, Memory
from graphgrow.errors import RuleError
from graphgrow.graph.apply import apply
from graphgrow.graph.builders import erdos_renyi
from graphgrow.graph.edit import Edit
from graphgrow.graph.graph import Graph
from graphgrow.graph.pairs import Pairs
from graphgrow.graph.wiring import Activation, Role
from graphgrow.growth.contract.asking import PLENTY, Ask, faults, function_changes, net, same_edits
from graphgrow.growth.contract.worlds import WORLDS, make, signals_of, view_of
from graphgrow.growth.limits import over
from graphgrow.growth.parts import Cause, Need, Proposer, Room, View
from graphgrow.growth.routes import level_pairs
from graphgrow.growth.rule import Rule, describe
from graphgrow.growth.starts import Outline
from graphgrow.growth.triggers import Every, Never
from graphgrow.measure.signals import Signals
from graphgrow.rng import stream

SEEDS = (0, 1)
EXACT = 1e-9  # how far outputs of float64 networks may move where an edit claims to keep them
Check = Callable[[Proposer], Iterator[str]]


def valid_network(rule: Proposer) -> Iterator[str]:
    """The network after is acyclic, within the room, and without loose ends."""
    for name, world in WORLDS.items():
        for seed in SEEDS:
            for room in (Room(1, 5), Room(7, 2), Room(40, 40), PLENTY):
                graph, proposal = Ask(world, seed, room).of(rule)
                yield from (f"{name}: {fault}" for fault in faults(graph, proposal, room))


def wide_starts(rule: Proposer) -> Iterator[str]:
    """The same on starts of 784 inputs with one to six hidden levels."""
    for kind in (Activation.SIGMOID, Activation.RELU):
        for levels in (1, 2, 6):
            rng, sizes = stream(levels, "wide start"), (784, *[12] * levels, 10)
            graph = erdos_renyi(sizes, rng, edges=400, kernel=True, activation=kind, dtype=np.float64)
            proposal = rule.propose(view_of(graph, reach=2, asks_left=3), {}, Room(60, 9))
            found = faults(graph, proposal, Room(60, 9))
            yield from (f"784 inputs, {levels} hidden levels: {fault}" for fault in found)


def same_stream_same_edit(rule: Proposer) -> Iterator[str]:
    """Asked twice alike it answers twice alike: it draws from `view.rng` alone and remembers nothing by itself."""
    for name, world in WORLDS.items():
        (_, first), (_, second) = (Ask(world, room=Room(9, 9)).of(rule) for _ in range(2))
        if not same_edits(first.edit, second.edit):
            yield f"{name}: another edit when asked again"
        kept = [(one.memory, one.reason, one.cause, one.notes) for one in (first, second)]
        if kept[0] != kept[1]:
            yield f"{name}: other words or memory when asked again"


def inputs_unchanged(rule: Proposer) -> Iterator[str]:
    """Graph, signals and memory stay as they were."""
    for name, world in WORLDS.items():
        graph = make(world)
        memory: dict[str, Json] = {"trigger": {"asked": 3}, "other": [1, 2]}
        seen = signals_of(graph)
        before = [rows.copy() for rows in (seen.activation, seen.delta, seen.loss)]
        rule.propose(view_of(graph, seen, reach=world.reach), memory, Room(9, 9))
        if not graph.same(make(world)):
            yield f"{name}: it changed the graph of its view"
        now = (seen.activation, seen.delta, seen.loss)
        if not all(np.array_equal(one, other) for one, other in zip(before, now, strict=True)):
            yield f"{name}: it changed the signals of its view"
        if memory != {"trigger": {"asked": 3}, "other": [1, 2]}:
            yield f"{name}: it changed the memory it was given, instead of answering with another"


def function_preservation(rule: Proposer) -> Iterator[str]:
    """An edit that says it preserves the function does, numerically."""
    for name, world in WORLDS.items():
        for seed in SEEDS:
            for room in (Room(5, 5), PLENTY):
                graph, proposal = Ask(world, seed, room).of(rule)
                if proposal.edit.preserves_function and (far := function_changes(graph, proposal.edit)) > EXACT:
                    yield f"{name}: says that it preserves the function, an output moves by {far:.3g}"


def plain_memory(rule: Proposer) -> Iterator[str]:
    """Memory and notes are plain data: through JSON the rule goes on as it would have."""
    memory: Memory = {}
    for seed in range(3):
        ask = Ask(WORLDS["sigmoid layered"], seed, Room(6, 6), memory=memory)
        through: Mapping[str, Json] = json.loads(json.dumps(dict(memory)))
        direct, stored = ask.of(rule)[1], replace(ask, memory=through).of(rule)[1]
        if not same_edits(direct.edit, stored.edit) or json.loads(json.dumps(dict(stored.memory))) != direct.memory:
            yield "its memory does not survive JSON: use numbers, text, lists and dictionaries with text as keys"
        json.dumps(dict(stored.notes))
        memory = stored.memory


def plain_settings(rule: Proposer) -> Iterator[str]:
    """What it is made of can be told as plain data, as runs store it."""
    plain = describe(rule)
    if json.loads(json.dumps(plain)) != plain:
        yield f"its description does not survive JSON: {plain}"
    if is_dataclass(rule) and not (isinstance(plain, dict) and plain["kind"] == type(rule).__name__):
        yield f"its description does not say its kind: {plain}"


def room_met(rule: Proposer) -> Iterator[str]:
    """The room is met exactly where candidates last, and where not, a cause is told."""
    for name, world in WORLDS.items():
        graph, natural = Ask(world).of(rule)
        most = net(graph, natural.edit)
        # A neuron needs one in- and one out-edge, so a rule of neurons may have to leave a last single edge; whole
        # pieces may have to leave more, where no absent pair is left to fill the rest.
        slack = 1 if natural.edit.new_level.size else 0
        slack = most if getattr(rule, "whole", False) and _full(graph, world.reach) else slack
        for room in sorted({1, 2, 3, 4, 5, most // 2, most - 1, most, most + 3}):
            if room < 1:
                continue
            proposal = Ask(world, room=Room(room, 100_000)).of(rule)[1]
            found, wanted = net(graph, proposal.edit), min(room, most)
            if not wanted - slack <= found <= wanted:
                yield f"{name}: room for {room} edges and {most} to be found, it adds {found}"
            if proposal.cause is Cause.NONE and found != room:
                yield f"{name}: adds {found} of {room} edges and tells no cause"


def no_room(rule: Proposer) -> Iterator[str]:
    """Without room nothing is added; a rule that only adds then does nothing at all."""
    for name, world in WORLDS.items():
        graph, proposal = Ask(world, room=Room(0, 100)).of(rule)
        if net(graph, proposal.edit):
            yield f"{name}: without room it adds {net(graph, proposal.edit)} edges"
        only_adds = getattr(rule, "only_adds", True)
        if only_adds and not (proposal.edit.empty and apply(graph, proposal.edit, event=1)[0].same(graph)):
            yield f"{name}: without room it changes the network, though it only adds"


def surplus(rule: Proposer) -> Iterator[str]:
    """A rule that prunes gets rid of all that is too much by its last ask; others never remove it."""
    prunes = bool(getattr(rule, "may_exceed", False)) and bool(getattr(rule, "grows", True))
    for name, world in WORLDS.items():
        graph = start = make(world)
        too_many = start.edges // 3
        for event, asks in enumerate((3, 2, 1), start=1):
            view = view_of(graph, reach=world.reach, seed=event, asks_left=asks, step=event)
            left = too_many - (start.edges - graph.edges) if prunes else too_many
            proposal = rule.propose(view, {}, Room(0, 0, left))
            if not -left <= net(graph, proposal.edit) <= 0:
                yield f"{name}: {left} edges too many, it changes their number by {net(graph, proposal.edit)}"
            graph, _ = apply(graph, proposal.edit, event)
        if start.edges - graph.edges != (too_many if prunes else 0):
            yield f"{name}: {too_many} edges were too many, {start.edges - graph.edges} are gone after the last ask"


def own_start(rule: Proposer) -> Iterator[str]:
    """A start of its own has the levels, dtype and activation asked for, and no more edges than it may."""
    start = getattr(rule, "start", None)
    if start is None:
        return
    sample = stream(0, "data").random((40, 9)).astype(np.float32)
    for kind, dtype in ((Activation.SIGMOID, "float32"), (Activation.RELU, "float64")):
        outline = Outline((9, 8, 7, 3), 30, 70, kernel=kind is Activation.RELU, activation=kind, dtype=dtype)
        graph, again = (start(outline, lambda: sample, stream(1, "start")) for _ in range(2))
        wiring = graph.wiring
        if not graph.same(again):
            yield "the start differs when it is made again"
        if graph.edges > outline.budget and not start.exceeds:
            yield f"the start has {graph.edges} edges, the budget is {outline.budget}"
        ends = (int((wiring.role == Role.INPUT).sum()), int((wiring.role == Role.OUTPUT).sum()), wiring.levels.size)
        if ends != (9, 3, 4) or graph.weight.dtype != dtype:
            yield f"the start has (inputs, outputs, levels) {ends} of {graph.weight.dtype}, not (9, 3, 4) of {dtype}"
        if set(wiring.activation[wiring.role == Role.HIDDEN].tolist()) != {int(kind)}:
            yield f"hidden neurons of the start are not all {kind.name}"


def reach_kept(rule: Proposer) -> Iterator[str]:
    """New edges between old neurons go no further than the view's reach, and none of them is there already."""
    for name, world in WORLDS.items():
        for reach in (1, 2):
            graph, proposal = Ask(replace(world, reach=reach)).of(rule)
            source, target = proposal.edit.source, proposal.edit.target
            old = (source < graph.neurons) & (target < graph.neurons)
            ahead = graph.wiring.rank[target[old]] - graph.wiring.rank[source[old]]
            # An edge that is handed on with its state may span what it spanned before.
            handed = proposal.edit.copy_state[old]
            span = graph.wiring.rank[graph.wiring.target] - graph.wiring.rank[graph.wiring.source]
            far = np.where(handed >= 0, np.maximum(reach, span[handed]), reach) if span.size else reach
            if not ((ahead >= 1) & (ahead <= far)).all():
                yield f"{name}: an edge spans more levels than the reach of {reach}, or leads back"
            # A rule that prunes may grow a pair again in the same event.
            present = graph.wiring.edge_rows(source[old], target[old])
            if not set(present[present >= 0].tolist()) <= set(proposal.edit.removed_edges.tolist()):
                yield f"{name}: it adds an edge that exists"


def neurons_capped(rule: Proposer) -> Iterator[str]:
    """No more new neurons, less those that go, than there is room for, and not fewer where more were wanted."""
    for name, world in WORLDS.items():
        wanted = _gained(Ask(world).of(rule)[1].edit)
        for neurons in (0, 1, 3):
            graph, proposal = Ask(world, room=Room(100_000, neurons)).of(rule)
            made = _gained(proposal.edit)
            if made != min(neurons, wanted) or over(proposal.edit, graph.wiring, Room(100_000, neurons)).any():
                yield f"{name}: room for {neurons} neurons and {wanted} wanted, it adds {made}"


def _gained(edit: Edit) -> int:
    """Neurons the edit adds, less those it removes."""
    return int(edit.new_level.size - np.unique(edit.removed_neurons).size)


def _full(graph: Graph, reach: int) -> bool:
    """Whether every pair in reach is joined."""
    return not Pairs(graph.wiring, level_pairs(graph.wiring, reach)).absent()


def quiet_before_trigger(rule: Proposer) -> Iterator[str]:
    """A rule joined from parts does nothing, and probes nothing, before its trigger fires."""
    if not isinstance(rule, Rule):
        return

    def probe() -> Signals:
        raise RuleError("it probed, though its trigger never fires")

    view = replace(view_of(make(WORLDS["relu layered"])), probe=probe)
    if not replace(rule, trigger=Never(), stops=()).propose(view, {}, PLENTY).edit.empty:
        yield "it changes the network, though its trigger never fires"
    waiting, memory = replace(rule, trigger=Every(3), stops=()), dict[str, Json]()
    for asked in (1, 2, 3):
        proposal = Ask(WORLDS["relu skips"], memory=memory).of(waiting)[1]
        if (proposal.cause is Cause.TRIGGER) != (asked < 3) or (asked < 3 and not proposal.edit.empty):
            yield f"with a trigger that fires at the third ask, ask {asked} is answered with {proposal.cause.name}"
        memory = json.loads(json.dumps(dict(proposal.memory)))


def needs_said(rule: Proposer) -> Iterator[str]:
    """What it reads beyond one probe it says in `wants`, and no more, so that the loop keeps it or refuses in time."""
    view = view_of(make(WORLDS["tanh skips"]), reach=3)
    for need, field in ((Need.RING, "ring"), (Need.DROPOUT, "dropout")):
        told, reads = need in getattr(rule, "wants", frozenset()), False
        try:
            rule.propose(replace(view, **{field: getattr(View, field)}), {}, Room(9, 9))
        except RuleError as error:
            reads = "which this loop does not keep" in str(error)
        if told != reads:
            words = ("says", "does not read") if told else ("does not say", "reads")
            yield f"it {words[0]} that it wants {need.value}, and it {words[1]} them"


def repeatable(rule: Proposer) -> Iterator[str]:
    """Growth can be repeated on what it made, its memory stored in between."""
    for name, world in WORLDS.items():
        graph, memory = make(world), dict[str, Json]()
        for event in range(1, 5):
            view = view_of(graph, reach=world.reach, seed=event, asks_left=5 - event, step=event)
            proposal = rule.propose(view, memory, Room(20, 6))
            graph, _ = apply(graph, proposal.edit, event)
            memory = json.loads(json.dumps(dict(proposal.memory)))
        if graph.edges > make(world).edges + 80:
            yield f"{name}: {graph.edges} edges after four events of at most 20"
