"""All edges that a network ever had, with their births and deaths, on places that do not move."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.stored import Stage
from graphgrow.arrays import Array
from graphgrow.errors import DataError

NEVER = 2**31 - 1


@dataclass(frozen=True, eq=False)
class Union:
    """Every neuron and edge of some stages; stages count from 0.

    Attributes
    ----------
    neuron : int64 (neurons,), ids ascending.
    column : int32 (neurons,), rank of the last level each stood on.
    neuron_birth, neuron_death : int32 (neurons,), first stage with the neuron, first without it again (or NEVER).
    source, target : int64 (edges,), places in `neuron`.
    birth, death : int32 (edges,), likewise; an edge that was removed and came back counts from its first birth to its
        last death.
    """

    neuron: Array
    column: Array
    neuron_birth: Array
    neuron_death: Array
    source: Array
    target: Array
    birth: Array
    death: Array

    def places(self) -> Array:
        """float64 (neurons, 2): x is the column, y falls from 1 (first born) to 0 within it."""
        made = np.zeros((self.neuron.size, 2))
        made[:, 0] = self.column
        for column in np.unique(self.column):
            rows = np.flatnonzero(self.column == column)
            made[rows, 1] = 1 - (np.arange(rows.size) + 0.5) / rows.size
        return made


def union(stages: Sequence[Stage]) -> Union:
    """Everything that any of these stages has.

    Raises
    ------
    DataError
        No stage.
    """
    if not stages:
        raise DataError("expected at least one stage of a network, got none: pass those of a stored run")
    wirings = [stage.graph.wiring for stage in stages]
    neuron = np.unique(np.concatenate([wiring.id for wiring in wirings]))
    levels = np.zeros(neuron.size, np.int32)
    keys = []
    for wiring in wirings:
        levels[np.searchsorted(neuron, wiring.id)] = wiring.level
        tail, head = (
            np.searchsorted(neuron, wiring.id[ends]).astype(np.int64) for ends in (wiring.source, wiring.target)
        )
        keys.append(tail * neuron.size + head)
    edge = np.unique(np.concatenate(keys))
    column = np.unique(levels, return_inverse=True)[1].astype(np.int32)
    return Union(
        neuron,
        column,
        *_lives(neuron, [wiring.id for wiring in wirings]),
        edge // max(neuron.size, 1),
        edge % max(neuron.size, 1),
        *_lives(edge, keys),
    )


def _lives(every: Array, held: Sequence[Array]) -> tuple[Array, Array]:
    """First stage that holds each, and the first after the last that does."""
    birth, death = np.full(every.size, NEVER, np.int32), np.zeros(every.size, np.int32)
    for at, own in enumerate(held):
        rows = np.searchsorted(every, own)
        birth[rows] = np.minimum(birth[rows], at)
        death[rows] = at + 1
    death[death == len(held)] = NEVER
    return birth, death
