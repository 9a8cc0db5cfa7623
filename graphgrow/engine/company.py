"""Changes of a population: members that grow, leave or join, with the optimizer kept in step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from graphgrow.arrays import Array
from graphgrow.engine.members import NUMBERS, MemberOptimizer
from graphgrow.engine.plan import Plan
from graphgrow.engine.population import Population
from graphgrow.engine.transplant import carries, check_remap
from graphgrow.errors import OptimizerError, SettingsError
from graphgrow.graph.apply import Remap
from graphgrow.graph.graph import Graph


def transplant_members(
    population: Population, optimizer: MemberOptimizer | None, changes: Mapping[int, tuple[Graph, Remap]]
) -> None:
    """Let single members become other graphs; state of surviving parameters stays bit for bit, new ones start at zero.

    An added edge with `remap.copy_state` inherits the state of that edge. Members not named keep every bit.

    Raises
    ------
    SettingsError
        There is no such member, or a graph has other inputs, outputs or another dtype.
    EditError
        A remap belongs to another change. In every case nothing was changed.
    OptimizerError
        The optimizer trains another model, or does not know of a change.
    """
    _check(population, optimizer, changes)
    for number, (graph, remap) in changes.items():
        check_remap(population.plans[number], graph, remap)
    numbers = range(len(population))
    members = [changes[number][0] if number in changes else number for number in numbers]
    _become(population, optimizer, members, [(k, changes[k][1] if k in changes else None) for k in numbers])


def keep_members(population: Population, optimizer: MemberOptimizer | None, keep: Sequence[int]) -> None:
    """Drop all members but these, in this order: early stopping frees what a finished member costs.

    Raises
    ------
    SettingsError
        There is no such member, or none is kept, or one is named twice.
    OptimizerError
        The optimizer trains another model.
    """
    _check(population, optimizer, keep)
    if not keep or len(set(keep)) < len(keep):
        raise SettingsError(f"expected members to keep, each once, got {list(keep)}")
    _become(population, optimizer, list(keep), [(number, None) for number in keep])


def _check(
    population: Population, optimizer: MemberOptimizer | None, members: Sequence[int] | Mapping[int, object]
) -> None:
    wrong = [number for number in members if not 0 <= number < len(population)]
    if wrong:
        raise SettingsError(f"member {wrong[0]} of {len(population)}: expected 0..{len(population) - 1}")
    if optimizer is not None and optimizer.model is not population:
        raise OptimizerError("the optimizer trains another model: pass the one made for this population")
    if optimizer is not None and not optimizer.fits():
        raise OptimizerError("the population changed without its optimizer: make a new one")


def _become(
    population: Population,
    optimizer: MemberOptimizer | None,
    members: Sequence[Graph | int],
    sources: Sequence[tuple[int, Remap | None]],
) -> None:
    """Take these members; `sources` says for each which member it was, and how it changed."""
    before, starts = population.plans, population.offsets
    trained = population.values.requires_grad, population.bias.requires_grad
    population.become(members)
    population.values.requires_grad_(trained[0])
    population.bias.requires_grad_(trained[1])
    if optimizer is None:
        return
    parts: tuple[list[Array], list[Array]] = ([], [])
    for (old, remap), plan in zip(sources, population.plans, strict=True):
        for k, came in enumerate(_came_from(before[old], plan, remap)):
            parts[k].append(np.where(came >= 0, came + starts[k][old], -1))
    came_from = [torch.from_numpy(np.concatenate(part)) for part in parts]
    for name, held in optimizer.state.items():
        first, second = (_carried(tensor, came) for tensor, came in zip(held, came_from, strict=True))
        optimizer.state[name] = (first, second)
    olds = [old for old, _ in sources]
    for name in NUMBERS:
        setattr(optimizer, name, getattr(optimizer, name)[olds])


def _came_from(before: Plan, after: Plan, remap: Remap | None) -> tuple[Array, Array]:
    """For each value and each bias of a member, where it stood in that member before, -1 for nowhere."""
    if remap is None:
        return np.arange(before.edges), np.arange(before.neurons - before.inputs)
    values, bias = carries(before, after, remap)
    return values.old.numpy(), bias.old.numpy()


def _carried(state: Tensor, came_from: Tensor) -> Tensor:
    made = state.new_zeros(came_from.numel())
    survives = came_from >= 0
    made[survives] = state[came_from[survives].to(state.device)]
    return made
