"""Members that grow, leave or change places, with their optimizer: survivors keep every bit."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, optim

from graphgrow import Edit, Graph, Remap, apply
from graphgrow.engine import (
    Adam,
    Descent,
    Loss,
    MemberOptimizer,
    Network,
    Population,
    keep_members,
    transplant,
    transplant_members,
)
from graphgrow.engine.methods import Method
from graphgrow.errors import EditError, OptimizerError, SettingsError
from tests.engine.dense import bits, example, normal, same
from tests.engine.growing import Key, edge_keys, full_edit, neuron_keys, zero_edit

EDITS = pytest.mark.parametrize("edit", [zero_edit, full_edit], ids=["zero", "full"])
METHODS = pytest.mark.parametrize("method", [Adam(), Descent(0.9)], ids=["adam", "momentum"])
RATES, DECAYS, CLIPS = np.array([1e-2, 3e-3, 5e-3, 2e-2]), np.array([0.0, 0.1, 0.5, 0.2]), np.array([np.inf, 1, 2, 0.5])


def graphs(dtype: type = np.float32) -> list[Graph]:
    return [example(seed, dtype, (4, *hidden, 3)) for seed, hidden in enumerate(([6, 5], [3, 3], [8, 4, 3], [5, 5]))]


def start(
    members: list[int], method: Method | None = None, dtype: type = np.float32
) -> tuple[Population, MemberOptimizer]:
    """A population of some of these graphs, whose numbers differ from member to member."""
    population = Population([graphs(dtype)[number] for number in members])
    return population, MemberOptimizer(
        population, method, learning_rate=RATES[members], weight_decay=DECAYS[members], clip=CLIPS[members]
    )


def trained(population: Population, optimizer: MemberOptimizer, seeds: range) -> None:
    for seed in seeds:
        dtype = population.values.dtype
        optimizer.zero_grad()
        population.backpropagate(normal(seed, 4, 9, dtype=dtype), normal(seed, 3, 9, dtype=dtype), Loss.SQUARED_ERROR)
        optimizer.step()


def grown(population: Population, number: int, edit: Callable[[Graph], Edit]) -> tuple[Graph, Remap]:
    graph = population.graph(number)
    return apply(graph, edit(graph), 1)


def member_state(population: Population, optimizer: MemberOptimizer, number: int) -> dict[str, list[Tensor]]:
    """Everything that belongs to one member: parameters, optimizer state and numbers."""
    bounds = [(int(each[number]), int(each[number + 1])) for each in population.offsets]
    made = {"parameters": [part.clone() for part in population.member(number)]}
    for name, held in optimizer.state.items():
        made[name] = [each[first:last].clone() for each, (first, last) in zip(held, bounds, strict=True)]
    numbers = (optimizer.learning_rate, optimizer.weight_decay, optimizer.clip, optimizer.steps)
    made["numbers"] = [torch.tensor(each[number]) for each in numbers]
    return made


def same_state(first: dict[str, list[Tensor]], second: dict[str, list[Tensor]]) -> bool:
    return first.keys() == second.keys() and all(
        same(one, other) for name in first for one, other in zip(first[name], second[name], strict=True)
    )


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
    network = Network(graphs(dtype)[3])
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


@pytest.fixture
def company() -> Iterator[tuple[Population, MemberOptimizer]]:
    """Two members on their way; at the end nothing of theirs may have changed."""
    population, optimizer = start([0, 1])
    trained(population, optimizer, range(2))
    before = [member_state(population, optimizer, number) for number in range(2)]
    held = population.program, population.values, population.plans
    yield population, optimizer
    assert held == (population.program, population.values, population.plans)
    assert all(same_state(member_state(population, optimizer, number), before[number]) for number in range(2))


Company = tuple[Population, MemberOptimizer]


@pytest.mark.parametrize("number", [-1, 2])
def test_a_member_that_is_not_there(company: Company, number: int) -> None:
    change, message = grown(company[0], 0, zero_edit), rf"member {number} of 2: expected 0\.\.1"
    with pytest.raises(SettingsError, match=message):
        transplant_members(*company, {0: change, number: change})
    with pytest.raises(SettingsError, match=message):
        keep_members(*company, [0, number])


@pytest.mark.parametrize("keep", [[], [0, 0], [1, 0, 1]])
def test_none_or_one_twice(company: Company, keep: list[int]) -> None:
    with pytest.raises(SettingsError, match=r"expected members to keep, each once, got \["):
        keep_members(*company, keep)


def test_the_remap_of_another_change(company: Company) -> None:
    graph, remap = grown(company[0], 0, zero_edit)
    for changes in (
        {0: (graph, remap), 1: (graph, remap)},
        {0: (graph, replace(remap, edge_from=remap.edge_from[:-1]))},
    ):
        with pytest.raises(EditError, match="does not lead from this network"):
            transplant_members(*company, changes)


@pytest.mark.parametrize("other", [example(0, sizes=(4, 6, 2)), example(0, np.float64)], ids=["outputs", "dtype"])
def test_a_graph_that_the_others_cannot_live_with(company: Company, other: Graph) -> None:
    nowhere = [np.full(size, -1, np.int32) for size in (other.neurons, other.edges, other.edges)]
    message = r"members with \(inputs, outputs, dtype\) .*: a population shares them"
    with pytest.raises(SettingsError, match=message):
        transplant_members(*company, {0: (other, Remap(*nowhere, np.zeros(other.edges, bool)))})


def test_an_optimizer_of_another_model(company: Company) -> None:
    other = MemberOptimizer(Population(graphs()))
    for change in (lambda: transplant_members(company[0], other, {}), lambda: keep_members(company[0], other, [0])):
        with pytest.raises(OptimizerError, match="the optimizer trains another model: pass the one made for this pop"):
            change()


def test_an_optimizer_that_was_left_behind() -> None:
    population, optimizer = start([0, 1])
    population.become([0])
    values = population.values
    for change in (
        lambda: keep_members(population, optimizer, [0]),
        lambda: transplant_members(population, optimizer, {}),
    ):
        with pytest.raises(OptimizerError, match="the population changed without its optimizer: make a new one"):
            change()
    assert population.values is values
