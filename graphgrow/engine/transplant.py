"""Carrying parameters and optimizer state over a change of structure; the only function that replaces a Parameter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn, optim

from graphgrow.arrays import Array
from graphgrow.engine.network import Network
from graphgrow.engine.optimizers import SECOND_MOMENTS, Fresh, start_of, starts
from graphgrow.engine.plan import Plan
from graphgrow.errors import EditError, OptimizerError
from graphgrow.graph.apply import Remap
from graphgrow.graph.graph import Graph


@dataclass(frozen=True, eq=False)
class Carry:
    """Where the slots of one flat parameter come from.

    Attributes
    ----------
    old : int64 (slots,), old slot whose state is carried or inherited, -1 for none.
    group : int64 (slots,), slots with the same number share a target; for `Fresh.TARGET_MEAN`.
    """

    old: Tensor
    group: Tensor


def transplant(
    network: Network,
    optimizer: optim.Optimizer | None,
    graph: Graph,
    remap: Remap,
    fresh: Fresh = Fresh.ZERO,
) -> None:
    """Make `network` run `graph` and keep the optimizer in step: state of survivors stays bit for bit.

    New slots start as torch would start a new parameter of this optimizer (zero for moments), or as `fresh` says; an
    added edge with `remap.copy_state` inherits the state of that edge.

    Raises
    ------
    OptimizerError
        The optimizer does not hold the network's parameters, keeps state that is not per element, or the process
        belongs to a group of several, where growing alone would stop the averaging of gradients in silence.
    EditError
        The remap belongs to another change. In every case nothing was changed.
    """
    _check_alone()
    _check_remap(network.plan, graph, remap)
    if optimizer is not None:
        starts(optimizer)
        places = [_place(optimizer, parameter) for parameter in (network.values, network.bias)]
        _check_state(optimizer, network)
    before, old_parameters = network.plan, (network.values, network.bias)
    network.become(graph)
    new_parameters = (network.values, network.bias)
    for old, new in zip(old_parameters, new_parameters, strict=True):
        new.requires_grad_(old.requires_grad)
    if optimizer is None:
        return
    carries = _carries(before, network.plan, remap)
    for old, new, carry, (group, at) in zip(old_parameters, new_parameters, carries, places, strict=True):
        group["params"][at] = new
        if old in optimizer.state:
            state = optimizer.state.pop(old)
            optimizer.state[new] = {
                name: _carried(optimizer, group, name, value, new, carry, fresh) for name, value in state.items()
            }


def _check_alone() -> None:
    distributed = torch.distributed
    if distributed.is_available() and distributed.is_initialized() and distributed.get_world_size() > 1:
        raise OptimizerError(
            f"growing one of {distributed.get_world_size()} processes alone would stop gradients from being averaged: "
            "train in one process"
        )


def _check_remap(before: Plan, graph: Graph, remap: Remap) -> None:
    """The map must lead from the rows of `graph` to rows that the network has."""
    fits = remap.neuron_from.size == graph.neurons and remap.edge_from.size == graph.edges
    edges = max(remap.edge_from.max(initial=-1), remap.copy_state.max(initial=-1))
    if not fits or remap.neuron_from.max(initial=-1) >= before.neurons or edges >= before.edges:
        raise EditError(
            f"a remap of {remap.neuron_from.size} neurons and {remap.edge_from.size} edges does not lead from this "
            f"network ({before.neurons}, {before.edges}) to that graph ({graph.neurons}, {graph.edges}): "
            "pass the Remap that apply returned for network.graph()"
        )


def _check_state(optimizer: optim.Optimizer, network: Network) -> None:
    """Every tensor of the state must hold one number, or one per element."""
    for parameter in (network.values, network.bias):
        for name, value in optimizer.state.get(parameter, {}).items():
            if isinstance(value, Tensor) and value.ndim and value.shape != parameter.shape:
                raise OptimizerError(
                    f"{type(optimizer).__name__} state {name} has shape {tuple(value.shape)}, not one number per "
                    f"element ({tuple(parameter.shape)}): it cannot be carried through growth"
                )


def _place(optimizer: optim.Optimizer, parameter: nn.Parameter) -> tuple[dict[str, Any], int]:
    """The param group that holds a parameter, and its position there."""
    for group in optimizer.param_groups:
        for at, held in enumerate(group["params"]):
            if held is parameter:
                return group, at
    raise OptimizerError(
        "the optimizer does not hold this network's parameters: make it from network.parameters() after the last change"
    )


def _carries(before: Plan, after: Plan, remap: Remap) -> tuple[Carry, Carry]:
    """Where values and biases come from."""
    value_of = np.empty(before.edges, np.int64)
    value_of[before.edge] = np.arange(before.edges)
    rows = np.where(remap.edge_from >= 0, remap.edge_from, remap.copy_state)[after.edge]
    owner = np.repeat(np.arange(after.neurons), np.diff(after.pointer))
    neurons = remap.neuron_from[after.row[after.inputs :]]
    bias_from = _through(before.slot.astype(np.int64) - before.inputs, neurons)
    level = np.searchsorted(after.level_pointer, np.arange(after.inputs, after.neurons), side="right")
    return (
        Carry(torch.from_numpy(_through(value_of, rows)), torch.from_numpy(owner)),
        Carry(torch.from_numpy(bias_from), torch.from_numpy(level)),
    )


def _through(table: Array, rows: Array) -> Array:
    """table[rows], -1 where the row is -1."""
    if not table.size:
        return np.full(rows.size, -1, np.int64)
    return np.where(rows >= 0, table[rows], -1)


def _carried(
    optimizer: optim.Optimizer,
    group: dict[str, Any],
    name: str,
    value: Any,
    new: nn.Parameter,
    carry: Carry,
    fresh: Fresh,
) -> Any:
    """One entry of the optimizer's state for the new slots."""
    if not isinstance(value, Tensor) or value.ndim == 0:
        return value
    from_slot = carry.old.to(value.device)
    survives = from_slot >= 0
    made = start_of(optimizer, name)(group, new.detach()).to(value.dtype)
    if fresh is Fresh.TARGET_MEAN and name in SECOND_MOMENTS:
        made = _group_mean(made, value, from_slot, carry.group.to(value.device))
    made[survives] = value[from_slot[survives]]
    return made


def _group_mean(start: Tensor, value: Tensor, from_slot: Tensor, group: Tensor) -> Tensor:
    """Mean of the carried state per group; groups without survivors keep their start."""
    survives = from_slot >= 0
    size = int(group.max()) + 1 if group.numel() else 0
    count = torch.bincount(group[survives], minlength=size)
    total = value.new_zeros(size).index_add_(0, group[survives], value[from_slot[survives]])
    known = count[group] > 0
    return torch.where(known, total[group] / count[group].clamp(min=1), start)
