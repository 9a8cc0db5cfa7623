"""Networks as torch's own sparse tensors, for whoever wants to look at them or to compute with them elsewhere."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from graphgrow.arrays import Array
from graphgrow.engine.network import Network
from graphgrow.engine.plan import Plan
from graphgrow.engine.population import Population
from graphgrow.errors import SettingsError


def to_torch_csr(network: Network) -> Tensor:
    """All weights as one sparse CSR matrix (neurons, neurons) by slot: row the target, column the source.

    Its values are the memory of `network.values`: what training changes shows here, until the network grows. It is
    detached, so no gradient flows through it.
    """
    plan = network.plan
    return _csr(plan.pointer, plan.column, network.values.detach(), (plan.neurons, plan.neurons))


def levels_to_torch_csr(network: Network) -> tuple[Tensor, ...]:
    """The weights into each occupied level but the first as sparse CSR matrices (slots of the level, neurons).

    Matrix k times the activations so far, plus the biases of its slots, is what level k + 1 is activated from.
    Memory is shared as in `to_torch_csr`.
    """
    plan, values = network.plan, network.values.detach()
    made = []
    for level in range(1, plan.levels):
        pointer = plan.pointer[plan.level_pointer[level] : plan.level_pointer[level + 1] + 1]
        first, last = int(pointer[0]), int(pointer[-1])
        size = (pointer.size - 1, plan.neurons)
        made.append(_csr(pointer - first, plan.column[first:last], values[first:last], size))
    return tuple(made)


def batched_csr(networks: Population | Sequence[Network]) -> Tensor:
    """The weights of many networks as one batched sparse CSR tensor (networks, most neurons, most neurons).

    Item k holds network k by its own slots, as in `to_torch_csr`; rows and columns beyond its neurons are empty. torch
    wants equally many entries in every item, so smaller ones are filled up with explicit zeros where they have no edge:
    the matrices are the same, their patterns are not. The values are a copy, unless a population's members have equally
    many edges: then they are the memory of `population.values`.

    Raises
    ------
    SettingsError
        There is no network, or they differ in dtype or device.
    """
    plans, values = _parts(networks)
    if len({(each.dtype, each.device) for each in values}) != 1:
        kinds = sorted({f"{each.dtype} on {each.device}" for each in values})
        raise SettingsError(
            f"expected networks of one dtype on one device, got {len(values)} of {kinds}: pass some of one kind"
        )
    size, most = max(plan.neurons for plan in plans), max(plan.edges for plan in plans)
    pointers, columns, places = zip(*(_padded(plan, size, most) for plan in plans), strict=True)
    if isinstance(networks, Population) and all(plan.edges == most for plan in plans):
        stacked = networks.values.detach().view(len(plans), most)
    else:
        stacked = values[0].new_zeros((len(plans), most))
        for row, place, each in zip(stacked, places, values, strict=True):
            row[torch.from_numpy(place).to(row.device)] = each
    return _csr(np.stack(pointers), np.stack(columns), stacked, (len(plans), size, size))


def _parts(networks: Population | Sequence[Network]) -> tuple[list[Plan], list[Tensor]]:
    """Plan and values of each network."""
    if isinstance(networks, Population):
        return list(networks.plans), [networks.member(k)[0] for k in range(len(networks))]
    return [network.plan for network in networks], [network.values.detach() for network in networks]


def _padded(plan: Plan, size: int, entries: int) -> tuple[Array, Array, Array]:
    """Pointer (size + 1,), columns (entries,) with free cells among them, and the place of each value."""
    counts = np.concatenate([np.diff(plan.pointer), np.zeros(size - plan.neurons, np.int64)])
    owner = np.repeat(np.arange(size), counts)
    free, missing = [], entries - plan.edges
    for row in range(size):
        if missing <= 0:
            break
        held = plan.column[plan.pointer[row] : plan.pointer[row + 1]] if row < plan.neurons else plan.column[:0]
        cells = np.setdiff1d(np.arange(size), held)[:missing]
        free.append(np.stack([np.full(cells.size, row), cells]))
        missing -= cells.size
    added = np.concatenate([np.zeros((2, 0), np.int64), *free], axis=1)
    rows, columns = np.concatenate([owner, added[0]]), np.concatenate([plan.column, added[1]])
    order = np.lexsort((columns, rows))
    place = np.empty(order.size, np.int64)
    place[order] = np.arange(order.size)
    pointer = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=size))])
    return pointer, columns[order], place[: plan.edges]


def _csr(pointer: Array, column: Array, values: Tensor, size: tuple[int, ...]) -> Tensor:
    """A CSR tensor over these values, with int32 indices, which all of torch's backends take."""
    first, second = (torch.from_numpy(array.astype(np.int32)).to(values.device) for array in (pointer, column))
    with warnings.catch_warnings():
        # torch calls CSR beta, and says that it does not check what holds by construction here.
        warnings.simplefilter("ignore", UserWarning)
        return torch.sparse_csr_tensor(first, second, values, size, check_invariants=False)
