"""A population: every member computes what it would alone, and the joined plan is made of theirs."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from graphgrow import Graph
from graphgrow.engine import Loss, Network, Plan, Population, compile
from graphgrow.engine.plan import join
from graphgrow.errors import GraphError, SettingsError
from graphgrow.rng import stream
from tests.engine.companies import companies, member
from tests.engine.dense import dense, example, normal, ordinary, same
from tests.engine.sharing import ALONE, CORES, SHARED, equal, threads

BATCHES = (1, 3, 17, 64, 70)
SCHEDULES = {"one": ALONE, **SHARED}


def batch(inputs: int, outputs: int, size: int, loss: Loss, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    labels = torch.from_numpy(stream(size, "labels").integers(0, outputs, size))
    x = normal(0, inputs, size, dtype=dtype)
    return x, labels if loss is Loss.CROSS_ENTROPY else normal(1, outputs, size, dtype=dtype)


def alone(graph: Graph, size: int) -> list[Tensor]:
    """What a network of its own computes, forward, backward and in fused steps."""
    network = Network(graph, ALONE)
    made = []
    for loss in Loss:
        x, target = batch(network.inputs, network.outputs, size, loss, network.values.dtype)
        found = network.objective(x, target, loss)
        made += [found.mean.detach(), found.outputs, found.losses]
        made += torch.autograd.grad(found.mean, [network.values, network.bias])
    output = network.columns(x)
    return [*made, output.detach(), *torch.autograd.grad(output.sum(), [network.values, network.bias])]


def together(population: Population, size: int) -> list[list[Tensor]]:
    """The same of every member."""
    made: list[list[Tensor]] = [[] for _ in range(len(population))]

    def cut(grads: tuple[Tensor, ...]) -> None:
        for bounds, grad in zip(population.offsets, grads, strict=True):
            for own, (start, stop) in zip(made, pairwise(bounds.tolist()), strict=True):
                own.append(grad[start:stop])

    parameters = [population.values, population.bias]
    for loss in Loss:
        x, target = batch(population.inputs, population.outputs, size, loss, population.values.dtype)
        found = population.objective(x, target, loss)
        for own, *parts in zip(made, found.mean.detach(), found.outputs, found.losses, strict=True):
            own.extend(parts)
        cut(torch.autograd.grad(found.mean.sum(), parameters))
    output = population.columns(x)
    for own, part in zip(made, output.detach(), strict=True):
        own.append(part)
    cut(torch.autograd.grad(output.sum(), parameters))
    return made


@given(company=companies(), size=st.sampled_from(BATCHES), name=st.sampled_from(sorted(SCHEDULES)), data=st.data())
@settings(max_examples=80)
def test_a_member_computes_the_same_bits_alone_and_in_any_company(
    company: list[Graph], size: int, name: str, data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(company))))
    some = order[: data.draw(st.integers(1, len(order)))]
    with threads(min(2, CORES)):
        found = together(Population([company[number] for number in some], SCHEDULES[name]), size)
    for number, made in zip(some, found, strict=True):
        assert equal(made, alone(company[number], size))


def test_a_large_member_in_the_company_of_small_ones() -> None:
    # Enough work for the sharing that is used where none is asked for.
    large = ordinary(member(40, 5, [200, 200], stream(0, "large"), share=0.9))
    small = [ordinary(member(40, 5, [3] * depth, stream(depth, "small"))) for depth in range(4)]
    for company in ([large, *small], [*small[:2], large, *small[2:]]):
        with threads(min(2, CORES)):
            found = together(Population(company), 64)
        for graph, made in zip(company, found, strict=True):
            assert equal(made, alone(graph, 64))


@given(company=companies(dtypes=(np.float64,)), size=st.sampled_from((1, 5)))
@settings(max_examples=40)
def test_outputs_and_the_gradient_of_the_inputs_are_those_of_the_dense_reference(
    company: list[Graph], size: int
) -> None:
    graphs = [ordinary(graph) for graph in company]
    population = Population(graphs)
    x = normal(0, population.inputs, size, dtype=torch.float64)
    fed, twin = x.clone().requires_grad_(), x.clone().requires_grad_()
    made, wanted = population.columns(fed), torch.stack([dense(graph, twin) for graph in graphs])
    torch.testing.assert_close(made, wanted, rtol=1e-11, atol=1e-11)
    # Members share the inputs, so what flows back there is the sum over members.
    weight = normal(1, *made.shape, dtype=torch.float64)
    (grad,) = torch.autograd.grad((made * weight).sum(), fed)
    (expected,) = torch.autograd.grad((wanted * weight).sum(), twin, allow_unused=True, materialize_grads=True)
    torch.testing.assert_close(grad, expected, rtol=1e-10, atol=1e-10)
    assert same(population(x.T), made.detach().transpose(1, 2))


@given(companies())
def test_graphs_come_back_bit_for_bit(company: list[Graph]) -> None:
    population = Population(company)
    assert len(population) == len(company)
    assert all(made.same(graph) for made, graph in zip(population.graphs(), company, strict=True))
    assert population.graph(0).same(company[0])


@given(companies())
def test_state_dict_carries_all_members(company: list[Graph]) -> None:
    population = Population(company)
    twin = Population([graph.with_weights(graph.weight * 0, graph.bias * 0) for graph in company])
    twin.load_state_dict(population.state_dict())
    assert all(one.same(other) for one, other in zip(twin.graphs(), population.graphs(), strict=True))


@given(companies())
def test_values_and_slots_of_a_member_stand_together(company: list[Graph]) -> None:
    plans = [compile(graph.wiring) for graph in company]
    plan = join(plans)
    assert (plan.members, plan.inputs) == (len(plans), plans[0].inputs)
    assert plan.edges == sum(each.edges for each in plans)
    assert plan.neurons == plan.inputs + sum(each.neurons - each.inputs for each in plans)
    outputs = np.split(plan.outputs, len(plans))
    for number, each in enumerate(plans):
        own, slots = own_slots(plan, number), np.arange(each.inputs, each.neurons)
        values = slice(int(plan.values_of[number]), int(plan.values_of[number + 1]))
        # Inputs stay where they are, all other slots of the member move by the same distance.
        moved = np.concatenate([np.arange(plan.inputs), own])
        assert np.array_equal(plan.column[values], moved[each.column])
        assert np.array_equal(plan.edge[values], each.edge)
        assert np.array_equal(np.diff(plan.pointer)[own], np.diff(each.pointer)[slots])
        assert np.array_equal(plan.activation[own], each.activation[slots])
        assert np.array_equal(plan.row[own], each.row[slots])
        assert np.array_equal(outputs[number], moved[each.outputs])
        assert np.array_equal(plan.last_reader[own], each.last_reader[slots])
    assert np.array_equal(
        plan.last_reader[: plan.inputs], np.max([each.last_reader[: each.inputs] for each in plans], axis=0)
    )


def own_slots(plan: Plan, number: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.arange(plan.member[number], plan.member[number + 1])


@given(companies())
def test_the_order_is_by_level_and_the_ways_back_are_the_ways_there(company: list[Graph]) -> None:
    plan = join([compile(graph.wiring) for graph in company])
    assert sorted(plan.order.tolist()) == list(range(plan.neurons))
    rank = np.empty(plan.neurons, int)
    for level, (start, stop) in enumerate(pairwise(plan.level_pointer.tolist())):
        assert start < stop
        rank[plan.order[start:stop]] = level
        assert (np.diff(plan.order[start:stop]) > 0).all()
    assert np.array_equal(np.flatnonzero(rank == 0), np.arange(plan.inputs))
    owner = np.repeat(np.arange(plan.neurons), np.diff(plan.pointer))
    assert (rank[plan.column] < rank[owner]).all()
    for slot in range(plan.neurons):
        values = plan.back_value[plan.back_pointer[slot] : plan.back_pointer[slot + 1]]
        assert np.array_equal(np.sort(values), np.flatnonzero(plan.column == slot))
        readers = plan.back_row[plan.back_pointer[slot] : plan.back_pointer[slot + 1]]
        assert np.array_equal(readers, owner[values])
        assert (np.diff(readers) > 0).all()
        assert plan.last_reader[slot] == rank[readers].max(initial=-1)


def test_one_plan_joined_is_itself_and_joins_have_the_types_of_plans() -> None:
    plan = compile(example().wiring)
    assert join([plan]) is plan
    joined = join([plan, plan])
    for name, array in vars(plan).items():
        if isinstance(array, np.ndarray):
            assert getattr(joined, name).dtype == array.dtype, name
            assert not getattr(joined, name).flags.writeable, name


def test_plans_that_share_no_inputs() -> None:
    with pytest.raises(GraphError, match=r"inputs \[3, 4\]: a population shares one set of inputs"):
        join([compile(example(sizes=(size, 3, 2)).wiring) for size in (3, 4)])
    with pytest.raises(GraphError, match=r"inputs \[\]: a population shares one set"):
        join([])


@pytest.mark.parametrize(
    "other", [example(sizes=(3, 2, 3)), example(sizes=(4, 2, 2)), example(dtype=np.float64)], ids=range(3)
)
def test_members_that_do_not_fit_change_nothing(other: Graph) -> None:
    population = Population([example(0), example(1)])
    plans, program, values, wirings = population.plans, population.program, population.values, population.wirings
    message = r"members with \(inputs, outputs, dtype\) \[\(\d, \d, 'float\d\d'\), .*\]: a population shares them"
    with pytest.raises(SettingsError, match=message):
        Population([example(), other])
    with pytest.raises(SettingsError, match=message):
        population.become([0, other])
    with pytest.raises(SettingsError, match=r"member 2 of 2: expected 0\.\.1"):
        population.become([0, 2])
    with pytest.raises(SettingsError, match="a population of no graphs: pass at least one"):
        population.become([])
    assert population.plans is plans
    assert (population.program, population.values, population.wirings) == (program, values, wirings)


def test_members_that_stay_keep_every_bit_of_theirs() -> None:
    population = Population([example(0), example(1), example(2)])
    with torch.no_grad():
        population.values[0] = float("nan")  # no Graph can hold it
    nan, last = (population.member(number)[0].clone() for number in (0, 2))
    population.become([2, example(3), 0])
    assert same(population.member(0)[0], last)
    assert same(population.member(2)[0], nan)
    assert population.graph(1).same(example(3))
    assert population.graph(0).same(example(2))


@pytest.mark.parametrize("number", [-1, 2])
def test_a_member_that_is_not_there(number: int) -> None:
    population = Population([example(0), example(1)])
    for function in (population.member, population.graph):
        with pytest.raises(SettingsError, match=rf"member {number} of 2: expected 0\.\.1"):
            function(number)


def test_a_population_of_none() -> None:
    with pytest.raises(SettingsError, match="a population of no graphs: pass at least one"):
        Population([])


def test_wrong_inputs() -> None:
    population = Population([example(0), example(1)])
    for shape in ((2, 5), (5,), (2, 3, 4)):
        with pytest.raises(SettingsError, match=r"expected x \(batch, 4\), got \(.*\): flatten or reshape x"):
            population(torch.zeros(shape))
    for shape in ((5, 2), (4,), (4, 3, 2)):
        with pytest.raises(SettingsError, match=r"expected \(4, batch\) inputs by column, got \(.*\): reshape x"):
            population.columns(torch.zeros(shape))
    with pytest.raises(SettingsError, match=r"expected torch\.float32 like the parameters, got torch\.float64: cast x"):
        population.columns(torch.zeros(4, 1, dtype=torch.float64))


def test_members_are_views_of_the_flat_vectors() -> None:
    population = Population([example(0), example(1)])
    values, bias = population.member(1)
    values.zero_()
    bias.add_(1)
    assert population.graph(0).same(example(0))
    assert not population.graph(1).weight.any()


def test_printing_tells_the_sizes() -> None:
    text = repr(Population([example(0), example(1)]))
    assert text == f"Population(members=2, inputs=4, outputs=3, edges={example(0).edges + example(1).edges})"
