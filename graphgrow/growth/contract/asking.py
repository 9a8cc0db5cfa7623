"""Asking a rule on a made-up network, and judging what it answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from graphgrow.arrays import Memory
from graphgrow.graph.apply import apply
from graphgrow.graph.edit import Edit
from graphgrow.graph.graph import Graph
from graphgrow.graph.wiring import Role
from graphgrow.growth.contract.worlds import World, forward, make, view_of
from graphgrow.growth.limits import over
from graphgrow.growth.parts import Proposal, Proposer, Room, View
from graphgrow.rng import stream

PLENTY = Room(100_000, 100_000)


@dataclass(frozen=True)
class Ask:
    """One question to a rule: on which network, with which room, and how often it will still be asked."""

    world: World
    seed: int = 0
    room: Room = PLENTY
    asks: int = 1
    memory: Memory = field(default_factory=dict)

    def view(self) -> View:
        """What the rule sees, made anew each time."""
        return view_of(make(self.world, self.seed), reach=self.world.reach, seed=self.seed, asks_left=self.asks)

    def of(self, rule: Proposer) -> tuple[Graph, Proposal]:
        """The network and what the rule proposes on it."""
        view = self.view()
        return view.read(), rule.propose(view, self.memory, self.room)


def net(graph: Graph, edit: Edit) -> int:
    """Edges the edit adds, less those it removes."""
    return int(edit.net_edges(graph.wiring).sum())


def same_edits(first: Edit, second: Edit) -> bool:
    """Whether all fields of two edits agree, array by array."""
    one, other = vars(first), vars(second)
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)


def function_changes(graph: Graph, edit: Edit) -> float:
    """The largest difference that an edit makes to an output, over random inputs that no probe has seen."""
    grown, remap = apply(graph, edit, event=1)
    inputs = stream(0, "other inputs").standard_normal((int((graph.wiring.role == Role.INPUT).sum()), 50))
    before, after = forward(graph, inputs), forward(grown, inputs)
    old = np.flatnonzero(remap.neuron_from >= 0)
    outputs = old[grown.wiring.role[old] == Role.OUTPUT]
    return float(np.abs(after[outputs] - before[remap.neuron_from[outputs]]).max(initial=0))


def faults(graph: Graph, proposal: Proposal, room: Room) -> Iterator[str]:
    """What is wrong with the network that a proposal makes: levels, room, loose ends, weights."""
    edit, wiring = proposal.edit, graph.wiring
    grown, remap = apply(graph, edit, event=1)
    made = grown.wiring
    excess = over(edit, wiring, room)
    if excess.any():
        yield f"{excess[0]} edges and {excess[1]} neurons more than {room} allows: trim with growth.limits.trim"
    if not (made.level[made.source] < made.level[made.target]).all():
        yield "an edge does not lead to a later level"
    if grown.edges - graph.edges != net(graph, edit):
        yield f"{grown.edges - graph.edges} edges more, the edit says {net(graph, edit)}"
    fresh = np.flatnonzero(remap.neuron_from < 0)
    if (made.role[fresh] != Role.HIDDEN).any():
        yield "a new neuron is not hidden"
    if not ((made.fan_in[fresh] > 0) & (made.fan_out[fresh] > 0)).all():
        yield "a new neuron has no in-edge or no out-edge"
    if not np.isfinite(edit.weight).all():
        yield "a weight is not finite"
