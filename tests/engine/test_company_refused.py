"""Changes of a population that are refused: what the error says, and that nothing has changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from graphgrow import Graph, Remap
from graphgrow.engine import MemberOptimizer, Population, keep_members, transplant_members
from graphgrow.errors import EditError, OptimizerError, SettingsError
from tests.engine.dense import example
from tests.engine.growing import zero_edit
from tests.engine.training import grown, member_state, quartet, same_state, start, trained

Company = tuple[Population, MemberOptimizer]


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
    other = MemberOptimizer(Population(quartet()))
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
