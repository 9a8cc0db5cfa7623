"""What a transplant holds at a time, and what it leaves alone: old plans, old state, graphs that cannot run."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
import torch
from torch import optim

from graphgrow import Graph, Remap, Role, Wiring, apply
from graphgrow.engine import Fresh, Network, Plan, compile, transplant
from graphgrow.engine import network as network_module
from graphgrow.engine.transplant import Carry, carries
from graphgrow.errors import GraphError
from graphgrow.graph import blocks, identity_remap
from tests.engine.dense import example, normal, step
from tests.engine.growing import OPTIMIZERS, full_edit, scalars, vectors


def trained(name: str = "Adam amsgrad") -> tuple[Network, optim.Optimizer]:
    network = Network(example())
    optimizer = OPTIMIZERS[name](network.parameters())
    for at in range(3):
        step(network, optimizer, at)
    return network, optimizer


def test_the_old_plan_and_gradient_are_gone_before_the_new_plan_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    network, optimizer = trained()
    old, parameters = weakref.ref(network.plan), list(network.parameters())
    graph = network.graph()
    grown, remap = apply(graph, full_edit(graph), 1)
    seen = []

    def watched(wiring: Wiring) -> Plan:
        gc.collect()
        seen.append((old() is None, [parameter.grad for parameter in parameters]))
        return compile(wiring)

    monkeypatch.setattr(network_module, "compile", watched)
    transplant(network, optimizer, grown, remap)
    assert seen == [(True, [None, None])]
    assert network.graph().same(grown)


@pytest.mark.parametrize("missing", [Role.INPUT, Role.OUTPUT])
def test_a_graph_that_cannot_run_is_refused_while_there_is_a_plan(missing: Role) -> None:
    network, optimizer = trained()
    graph, plan, state = network.graph(), network.plan, vectors(network, optimizer)
    bare = without(graph, missing)
    with pytest.raises(GraphError, match="a network needs at least one of each"):
        transplant(network, optimizer, bare, identity_remap(bare.wiring))
    assert network.plan is plan
    assert network.graph().same(graph)
    assert vectors(network, optimizer) == state
    step(network, optimizer, 3)


def without(graph: Graph, role: Role) -> Graph:
    """As many neurons and edges, and none of one role."""
    wiring = graph.wiring
    fields = {name: getattr(wiring, name) for name in Wiring.__dataclass_fields__}
    fields["role"] = np.where(wiring.role == role, Role.HIDDEN, wiring.role)
    if role is Role.INPUT:
        fields["level"] = wiring.level + 1
    return Graph(Wiring(**fields), graph.weight, graph.bias)


@pytest.mark.parametrize("fresh", list(Fresh))
def test_short_blocks_carry_the_same(fresh: Fresh, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for block in (2, 1 << 17):
        monkeypatch.setattr(blocks, "BLOCK", block)
        network, optimizer = trained()
        graph = network.graph()
        transplant(network, optimizer, *apply(graph, full_edit(graph), 1), fresh)
        found.append((vectors(network, optimizer), scalars(network, optimizer), network.graph()))
    assert found[0][:2] == found[1][:2]
    assert found[0][2].same(found[1][2])


def test_carries_lead_from_new_slots_to_old_ones() -> None:
    graph = example()
    grown, remap = apply(graph, full_edit(graph), 1)
    before, after = compile(graph.wiring), compile(grown.wiring)
    values, bias = carries(before, after, remap)
    assert values.old.dtype == bias.old.dtype == torch.int32
    for carry, pairs in ((values, wanted_values(before, after, remap)), (bias, wanted_biases(before, after, remap))):
        assert carry.old.tolist() == pairs
        assert carry.born.tolist() == [at for at, old in enumerate(pairs) if old < 0]
        assert carry.rows.tolist() == [max(old, 0) for old in pairs]
    owner = np.repeat(np.arange(after.neurons), np.diff(after.pointer))
    assert values.group.tolist() == owner.tolist()
    assert np.unique(bias.group.numpy()).size == after.levels - 1


def wanted_values(before: Plan, after: Plan, remap: Remap) -> list[int]:
    value_of = {edge: value for value, edge in enumerate(before.edge.tolist())}
    rows = np.where(remap.edge_from >= 0, remap.edge_from, remap.copy_state)[after.edge]
    return [value_of.get(row, -1) for row in rows.tolist()]


def wanted_biases(before: Plan, after: Plan, remap: Remap) -> list[int]:
    slot_of = {row: slot - before.inputs for row, slot in enumerate(before.slot.tolist())}
    return [slot_of.get(row, -1) for row in remap.neuron_from[after.row[after.inputs :]].tolist()]


def test_a_carry_stays_where_it_is_wanted() -> None:
    carry = Carry(torch.tensor([0, -1], dtype=torch.int32), torch.tensor([2]))
    assert carry.on(torch.device("cpu")) is carry
    assert carry.on(torch.device("meta")).old.device.type == "meta"


def test_float64_state_of_a_float32_network_keeps_its_bits() -> None:
    network, optimizer = trained()
    state = optimizer.state[network.values]
    state["exp_avg"] = normal(3, network.values.numel(), dtype=torch.float64)
    graph, kept = network.graph(), state["exp_avg"].clone()
    before = network.plan
    grown, remap = apply(graph, full_edit(graph), 1)
    came = carries(before, compile(grown.wiring), remap)[0]
    del before
    transplant(network, optimizer, grown, remap)
    made = optimizer.state[network.values]["exp_avg"]
    assert made.dtype == torch.float64
    survives = came.old >= 0
    assert made[survives].tolist() == kept[came.old[survives].long()].tolist()
    assert not made[~survives].any()
