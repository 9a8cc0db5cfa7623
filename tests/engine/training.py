"""What tests of populations in training share: members, gradients, and all that belongs to one member."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from graphgrow import Edit, Graph, Remap, apply
from graphgrow.engine import Loss, MemberOptimizer, Network, Population
from graphgrow.engine.methods import Method
from tests.engine.dense import example, normal, same

RATES, DECAYS, CLIPS = np.array([1e-2, 3e-3, 5e-3, 2e-2]), np.array([0.0, 0.1, 0.5, 0.2]), np.array([np.inf, 1, 2, 0.5])
WAYS = pytest.mark.parametrize("way", ["fused", "torch"])


def quartet(dtype: type = np.float32) -> list[Graph]:
    """Four graphs of different sizes and depths."""
    return [example(seed, dtype, (4, *hidden, 3)) for seed, hidden in enumerate(([6, 5], [3, 3], [8, 4, 3], [5, 5]))]


def start(
    members: list[int], method: Method | None = None, dtype: type = np.float32
) -> tuple[Population, MemberOptimizer]:
    """A population of some of these graphs, whose numbers differ from member to member."""
    population = Population([quartet(dtype)[number] for number in members])
    return population, MemberOptimizer(
        population, method, learning_rate=RATES[members], weight_decay=DECAYS[members], clip=CLIPS[members]
    )


def trained(model: Network | Population, optimizer: MemberOptimizer, seeds: range) -> None:
    """One step for each seed, on data drawn from it."""
    for seed in seeds:
        x, target = (normal(seed, size, 9, dtype=model.values.dtype) for size in (4, 3))
        optimizer.zero_grad()
        model.backpropagate(x, target, Loss.SQUARED_ERROR)
        optimizer.step()


def give(model: Network | Population, seed: int) -> tuple[Tensor, Tensor]:
    """Gradients that are not small everywhere, so that clipping has something to do."""
    for k, parameter in enumerate((model.values, model.bias)):
        drawn = normal(2 * seed + k, parameter.numel(), dtype=parameter.dtype)
        parameter.grad = drawn * (0.01 if seed % 3 else 1.0)
    assert model.values.grad is not None
    assert model.bias.grad is not None
    return model.values.grad.clone(), model.bias.grad.clone()


def force(monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    """Let every optimizer go one of the two ways."""
    if way == "torch":
        monkeypatch.setattr("graphgrow.engine.members.names", lambda: ["reference"])


def grown(population: Population, number: int, edit: Callable[[Graph], Edit]) -> tuple[Graph, Remap]:
    """A member as it is after an edit, and where its rows came from."""
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
    """Whether two members agree in every bit of theirs."""
    return first.keys() == second.keys() and all(
        same(one, other) for name in first for one, other in zip(first[name], second[name], strict=True)
    )
