"""Members that grow, leave or change places, with their optimizer: survivors keep every bit."""

from __future__ import annotations

import weakref
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import optim

from graphgrow import Edit, Graph, apply
from graphgrow.engine import (
    Adam,
    Descent,
    Loss,
    Network,
    keep_members,
    transplant,
    transplant_members,
)
from graphgrow.engine.methods import Method
from tests.engine.dense import bits, normal, same
from tests.engine.growing import Key, edge_keys, full_edit, neuron_keys, zero_edit
from tests.engine.training import CLIPS, DECAYS, RATES, grown, member_state, quartet, same_state, start, trained

EDITS = pytest.mark.parametrize("edit", [zero_edit, full_edit], ids=["zero", "full"])
METHODS = pytest.mark.parametrize("method", [Adam(), Descent(0.9)], ids=["adam", "momentum"])


def keys(graph: Graph) -> tuple[list[Key], list[Key]]:
    """Ids of the ends of every value, and of the neuron of every bias."""
    network = Network(graph)
    return edge_keys(network), neuron_keys(network)


@METHODS
@EDITS
def test_survivors_keep_their_state_and_newcomers_start_at_zero(edit: Callable[[Graph], Edit], method: Method) -> None:
    population, optimizer = start([0, 1, 2, 3], method)
    trained(population, optimizer, range(4))
    before = [member_state(population, optimizer, number) for number in range(4)]
    olds = population.graphs()
    changes = {number: grown(population, number, edit) for number in (2, 0)}
    transplant_members(population, optimizer, changes)
    for number in (1, 3):
        assert same_state(member_state(population, optimizer, number), before[number])
    for number, (graph, remap) in changes.items():
        assert population.graph(number).same(graph)
        after = member_state(population, optimizer, number)
        assert all(same(one, other) for one, other in zip(after["numbers"], before[number]["numbers"], strict=True))
        inherits = {
            pair: olds[number].wiring.id[[olds[number].wiring.source[row], olds[number].wiring.target[row]]]
            for pair, row in zip(edges_by_row(graph), remap.copy_state.tolist(), strict=True)
            if row >= 0
        }
        fresh = 0
        for name in method.states:
            for k, (own, old_keys) in enumerate(zip(keys(graph), keys(olds[number]), strict=True)):
                held = dict(zip(old_keys, before[number][name][k], strict=True))
                for key, found in zip(own, after[name][k], strict=True):
                    origin = tuple(inherits[key].tolist()) if key in inherits else key
                    fresh += origin not in held
                    assert bits(found) == bits(held.get(origin, torch.zeros(())))
        assert fresh


def edges_by_row(graph: Graph) -> list[Key]:
    wiring = graph.wiring
    return list(zip(wiring.id[wiring.source].tolist(), wiring.id[wiring.target].tolist(), strict=True))


@METHODS
@EDITS
def test_a_grown_member_trains_as_it_would_alone(edit: Callable[[Graph], Edit], method: Method) -> None:
    population, optimizer = start([0, 1, 2, 3], method)
    singles = [start([number], method) for number in range(4)]
    for each in ((population, optimizer), *singles):
        trained(*each, range(3))
    transplant_members(population, optimizer, {number: grown(population, number, edit) for number in (1, 2)})
    for number in (1, 2):
        single, own = singles[number]
        transplant_members(single, own, {0: grown(single, 0, edit)})
    for each in ((population, optimizer), *singles):
        trained(*each, range(3, 6))
    for number, (single, own) in enumerate(singles):
        assert population.graph(number).same(single.graph(0))
        assert same_state(member_state(population, optimizer, number), member_state(single, own, 0))


@EDITS
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 1e-5), (np.float64, 1e-11)])
def test_a_grown_member_trains_as_a_network_with_the_optimizer_of_torch(
    edit: Callable[[Graph], Edit], dtype: type, tolerance: float
) -> None:
    population, optimizer = start([0, 3, 1], dtype=dtype)
    network = Network(quartet(dtype)[3])
    own = optim.AdamW(network.parameters(), lr=RATES[3], weight_decay=DECAYS[3])
    for part in (range(4), range(4, 8)):
        if part.start:
            old = network.graph()
            new, remap = apply(old, edit(old), 1)
            transplant(network, own, new, remap)
            transplant_members(population, optimizer, {1: grown(population, 1, edit)})
        trained(population, optimizer, part)
        for seed in part:
            own.zero_grad()
            x, target = (normal(seed, size, 9, dtype=network.values.dtype) for size in (4, 3))
            torch.autograd.backward(network.objective(x, target, Loss.SQUARED_ERROR).mean)
            torch.nn.utils.clip_grad_norm_(network.parameters(), CLIPS[3])
            own.step()
    for made, wanted in zip(population.member(1), (network.values, network.bias), strict=True):
        assert float((made - wanted.detach()).norm()) <= tolerance * float(wanted.detach().norm())


@METHODS
@given(keep=st.permutations(range(4)).flatmap(lambda order: st.integers(1, 4).map(lambda size: order[:size])))
@settings(max_examples=15)
def test_kept_members_keep_every_bit_in_the_order_asked_for(method: Method, keep: list[int]) -> None:
    population, optimizer = start([0, 1, 2, 3], method)
    trained(population, optimizer, range(3))
    before = [member_state(population, optimizer, number) for number in range(4)]
    twin, other = start([0, 1, 2, 3], method)
    trained(twin, other, range(6))
    wirings = population.wirings
    keep_members(population, optimizer, keep)
    assert len(population) == len(keep)
    for place, number in enumerate(keep):
        assert population.wirings[place] is wirings[number]
        assert same_state(member_state(population, optimizer, place), before[number])
    # What they do afterwards is what they would have done in the full company.
    trained(population, optimizer, range(3, 6))
    for place, number in enumerate(keep):
        assert same_state(member_state(population, optimizer, place), member_state(twin, other, number))


def test_members_grow_after_others_left() -> None:
    population, optimizer = start([0, 1, 2, 3])
    single, own = start([3])
    for each in ((population, optimizer), (single, own)):
        trained(*each, range(2))
    keep_members(population, optimizer, [3, 1])
    for model, held in ((population, optimizer), (single, own)):
        transplant_members(model, held, {0: grown(model, 0, full_edit)})
        trained(model, held, range(2, 4))
        transplant_members(model, held, {0: grown(model, 0, zero_edit)})
        trained(model, held, range(4, 6))
    assert same_state(member_state(population, optimizer, 0), member_state(single, own, 0))


def test_a_diverged_member_can_be_dropped_and_stops_no_other_from_growing() -> None:
    population, optimizer = start([0, 1, 2])
    with torch.no_grad():
        population.member(1)[0][0] = float("nan")  # no Graph can hold it
    nan = population.member(1)[0].clone()
    transplant_members(population, optimizer, {0: grown(population, 0, zero_edit)})
    assert same(population.member(1)[0], nan)
    keep_members(population, optimizer, [1, 0])
    assert same(population.member(0)[0], nan)
    keep_members(population, optimizer, [1])
    assert len(population) == 1


def test_frozen_parameters_stay_frozen_and_gradients_are_forgotten() -> None:
    population, optimizer = start([0, 1])
    trained(population, optimizer, range(1))
    population.bias.requires_grad_(False)
    transplant_members(population, optimizer, {0: grown(population, 0, zero_edit)})
    assert [parameter.requires_grad for parameter in population.parameters()] == [True, False]
    assert population.values.grad is None
    keep_members(population, optimizer, [1])
    assert [parameter.requires_grad for parameter in population.parameters()] == [True, False]


def test_the_plans_of_before_are_freed_at_once() -> None:
    # Both are in memory while members change, and at 1e8 edges each takes gigabytes.
    population, optimizer = start([0, 1])
    trained(population, optimizer, range(1))
    for change in (
        lambda: transplant_members(population, optimizer, {0: grown(population, 0, zero_edit)}),
        lambda: keep_members(population, optimizer, [1, 0]),
    ):
        before = weakref.ref(population.plan)
        change()
        assert before() is None


def test_without_an_optimizer() -> None:
    population, optimizer = start([0, 1, 2])
    twin = start([0, 1, 2])[0]
    change = grown(population, 1, full_edit)
    transplant_members(population, optimizer, {1: change})
    transplant_members(twin, None, {1: change})
    keep_members(population, optimizer, [2, 1])
    keep_members(twin, None, [2, 1])
    assert all(one.same(other) for one, other in zip(population.graphs(), twin.graphs(), strict=True))


def test_no_change_changes_no_bit() -> None:
    population, optimizer = start([0, 1])
    trained(population, optimizer, range(2))
    before = [member_state(population, optimizer, number) for number in range(2)]
    transplant_members(population, optimizer, {})
    assert all(same_state(member_state(population, optimizer, k), before[k]) for k in range(2))
