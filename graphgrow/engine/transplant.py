"""Carrying parameters and optimizer state over a change of structure; the only function that replaces a Parameter."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn, optim

from graphgrow.arrays import Array
from graphgrow.engine.network import Network
from graphgrow.engine.optimizers import SECOND_MOMENTS, Fresh, start_of, starts
from graphgrow.engine.plan import Plan
from graphgrow.errors import EditError, GraphError, OptimizerError
from graphgrow.graph.apply import Remap
from graphgrow.graph.blocks import blocks
from graphgrow.graph.graph import Graph
from graphgrow.graph.wiring import Role


@dataclass(frozen=True, eq=False)
class Carry:
    """Where the slots of one flat parameter come from.

    Attributes
    ----------
    old : int32 (slots,), old slot whose state is carried or inherited, -1 for none.
    runs : int64 (groups,), lengths of successive runs of slots that share a target; for `Fresh.TARGET_MEAN`.
    """

    old: Tensor
    runs: Tensor

    @cached_property
    def rows(self) -> Tensor:
        """int32 (slots,), `old` with some old slot in place of none, so that one gather serves all slots."""
        return self.old.clamp(min=0)

    @cached_property
    def born(self) -> Tensor:
        """int64 (born,), the slots that nothing is carried to."""
        return (self.old < 0).nonzero().ravel()

    @cached_property
    def group(self) -> Tensor:
        """int64 (slots,), the run of each slot."""
        return torch.repeat_interleave(self.runs)

    def on(self, device: torch.device) -> Carry:
        """The same on a device."""
        return self if self.old.device == device else Carry(self.old.to(device), self.runs.to(device))


@dataclass(frozen=True, eq=False)
class Places:
    """What a Carry needs of a plan that may be gone by then.

    Attributes
    ----------
    value : int32 (edges + 1,), edge row -> value; the last entry is -1, so that row -1 reads it.
    bias : int32 (neurons + 1,), graph row -> bias; likewise.
    """

    value: Array
    bias: Array

    @staticmethod
    def of(plan: Plan) -> Places:
        """The places of a plan of one member."""
        value = np.full(plan.edges + 1, -1, np.int32)
        for part in blocks(plan.edges):
            value[plan.edge[part]] = np.arange(part.start, part.stop, dtype=np.int32)
        return Places(value, np.append(plan.slot - np.int32(plan.inputs), np.int32(-1)))

    def carries(self, after: Plan, remap: Remap) -> tuple[Carry, Carry]:
        """Where the values and biases of the plan `after` come from."""
        rows = np.where(remap.edge_from >= 0, remap.edge_from, remap.copy_state)
        values = np.empty(after.edges, np.int32)
        for part in blocks(after.edges):
            values[part] = self.value[rows[after.edge[part]]]
        bias = self.bias[remap.neuron_from[after.row[after.inputs :]]]
        runs = np.diff(after.pointer), np.diff(after.level_pointer)[1:]
        return Carry(torch.from_numpy(values), torch.from_numpy(runs[0])), Carry(
            torch.from_numpy(bias), torch.from_numpy(runs[1])
        )


def carries(before: Plan, after: Plan, remap: Remap) -> tuple[Carry, Carry]:
    """Where the values and biases of the plan `after` come from."""
    return Places.of(before).carries(after, remap)


def transplant(
    network: Network,
    optimizer: optim.Optimizer | None,
    graph: Graph,
    remap: Remap,
    fresh: Fresh = Fresh.ZERO,
    together: bool = False,
) -> None:
    """Make `network` run `graph` and keep the optimizer in step: state of survivors stays bit for bit.

    New slots start as torch would start a new parameter of this optimizer (zero for moments), or as `fresh` says; an
    added edge with `remap.copy_state` inherits the state of that edge. `together` says that every process of the group
    makes this very change now and wraps its model anew, as `train.parallel.DataParallel` does.

    Raises
    ------
    OptimizerError
        The optimizer does not hold the network's parameters, keeps state that is not per element, or the process
        belongs to a group of several, where growing alone would stop the averaging of gradients in silence.
    EditError
        The remap belongs to another change.
    GraphError
        The graph has no input or no output. In every case nothing was changed.
    """
    if not together:
        _check_alone()
    check_remap(network.plan, graph, remap)
    _check_runs(graph)
    if optimizer is not None:
        starts(optimizer)
        places = [_place(optimizer, parameter) for parameter in (network.values, network.bias)]
        _check_state(optimizer, network)
    old_parameters = (network.values, network.bias)
    before = Places.of(network.plan) if optimizer is not None else None
    # At 1e8 edges the old plan takes 1.6 GB and the old gradient 0.4: both go before the new plan is made.
    del network.program
    for old in old_parameters:
        old.grad = None
    network.become(graph)
    new_parameters = (network.values, network.bias)
    for old, new in zip(old_parameters, new_parameters, strict=True):
        new.requires_grad_(old.requires_grad)
    if optimizer is None or before is None:
        return
    came_from = before.carries(network.plan, remap)
    for old, new, carry, (group, at) in zip(old_parameters, new_parameters, came_from, places, strict=True):
        group["params"][at] = new
        if old in optimizer.state:
            state = optimizer.state[new] = optimizer.state.pop(old)
            for name, value in state.items():
                # One by one: each old vector is freed before the next one is made.
                state[name] = _carried(optimizer, group, name, value, new, carry, fresh)


def _check_alone() -> None:
    distributed = torch.distributed
    if distributed.is_available() and distributed.is_initialized() and distributed.get_world_size() > 1:
        raise OptimizerError(
            f"growing one of {distributed.get_world_size()} processes alone would stop gradients from being averaged: "
            "pass parallel=DataParallel() to fit, or train in one process"
        )


def check_remap(before: Plan, graph: Graph, remap: Remap) -> None:
    """The map must lead from the rows of `graph` to rows that the network has."""
    fits = remap.neuron_from.size == graph.neurons and remap.edge_from.size == graph.edges
    edges = max(remap.edge_from.max(initial=-1), remap.copy_state.max(initial=-1))
    if not fits or remap.neuron_from.max(initial=-1) >= before.neurons or edges >= before.edges:
        raise EditError(
            f"a remap of {remap.neuron_from.size} neurons and {remap.edge_from.size} edges does not lead from this "
            f"network ({before.neurons}, {before.edges}) to that graph ({graph.neurons}, {graph.edges}): "
            "pass the Remap that apply returned for network.graph()"
        )


def _check_runs(graph: Graph) -> None:
    """Whether the graph can be run at all, asked while there is still a plan to keep."""
    inputs, outputs = (graph.wiring.rows(role).size for role in (Role.INPUT, Role.OUTPUT))
    if not inputs or not outputs:
        raise GraphError(f"{inputs} inputs and {outputs} outputs: a network needs at least one of each")


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
    carry, start = carry.on(value.device), start_of(optimizer, name)
    if not value.numel():
        return start(group, new.detach()).to(value.dtype)
    made = torch.index_select(value, 0, carry.rows)
    if carry.born.numel():
        started = start(group, new.detach()[carry.born]).to(value.dtype)
        if fresh is Fresh.TARGET_MEAN and name in SECOND_MOMENTS:
            started = _group_mean(made, carry, started)
        made[carry.born] = started
    return made


def _group_mean(carried: Tensor, carry: Carry, started: Tensor) -> Tensor:
    """For each born slot the mean of what is carried to its group; groups that nothing is carried to start afresh."""
    of_born = carry.group[carry.born]
    count = carry.runs - torch.bincount(of_born, minlength=carry.runs.numel())
    known = carried.index_fill(0, carry.born, 0)
    total = carried.new_zeros(carry.runs.numel()).index_add_(0, carry.group, known)
    return torch.where(count[of_born] > 0, (total / count.clamp(min=1))[of_born], started)
