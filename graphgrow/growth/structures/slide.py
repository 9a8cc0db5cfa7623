"""Edges that move to a neighbour of one of their ends."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import SettingsError
from graphgrow.graph.edit import Edit
from graphgrow.graph.graph import Graph
from graphgrow.graph.wiring import Role, Wiring
from graphgrow.growth.parts import Room, Routes, Structure, View
from graphgrow.measure.signals import RowScorer


@dataclass(frozen=True)
class Slide(Structure):
    """Moves an edge, with its weight and optimizer state, to a neighbour of one end where the loss is going to fall.

    Neighbours are the next neurons of the level in the order of rows. The fall is the first-order one, from the
    gradients of both places: w (dL/dw here - dL/dw there). Edges that touch a target take part.

    Attributes
    ----------
    share : of these edges, at most so many move in one event, the largest fall first.
    radius : how far a neighbour may be.

    Source: the founding document's sliding connections.
    """

    only_adds: ClassVar[bool] = False
    share: float = 0.01
    radius: int = 1

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1 or self.radius < 1:
            raise SettingsError(f"{self}: expected a share above 0 and at most 1, and a radius of 1 or more")

    def __call__(self, view: View, scores: Array, routes: Routes | None, room: Room) -> Edit:
        """One group per moved edge; ties go by edge row, then source before target, then nearer neighbours."""
        graph, wiring = view.read(), view.read().wiring
        marked = scores != 0
        rows = np.flatnonzero(marked[wiring.source] | marked[wiring.target])
        edge, source, target = self._places(wiring, rows, view.reach)
        scorer = RowScorer(view.probe().activation, view.probe().delta)
        here = scorer.signed(wiring.source[rows], wiring.target[rows])[np.searchsorted(rows, edge)]
        fall = graph.weight[edge] * (here - scorer.signed(source, target))
        order = np.lexsort((np.arange(edge.size), -fall))
        order = order[fall[order] > 0]
        # Every edge moves once, and every place is taken once.
        order = _firsts(order, edge[order])
        order = _firsts(order, target[order].astype(np.int64) * wiring.neurons + source[order])
        order = order[: math.ceil(self.share * rows.size)]
        return _moved(graph, edge[order], source[order], target[order])

    def _places(self, wiring: Wiring, rows: Array, reach: int) -> tuple[Array, Array, Array]:
        """Edge rows and the free places next to them that an edge may have."""
        steps = [sign * step for step in range(1, self.radius + 1) for sign in (-1, 1)]
        moves = [(True, step) for step in steps] + [(False, step) for step in steps]
        found = []
        for of_source, step in moves:
            source, target = wiring.source[rows], wiring.target[rows]
            end, feasible = _neighbour(wiring, source if of_source else target, step)
            source, target = (end, target) if of_source else (source, end)
            ahead = wiring.rank[target] - wiring.rank[source]
            feasible &= (ahead >= 1) & (ahead <= reach)
            feasible &= (wiring.role[source] != Role.OUTPUT) & (wiring.role[target] != Role.INPUT)
            found.append((rows[feasible], source[feasible], target[feasible]))
        edge, source, target = (np.concatenate(parts) for parts in zip(*found, strict=True))
        free = wiring.edge_rows(source, target) < 0
        edge, source, target = edge[free], source[free], target[free]
        order = np.argsort(edge, kind="stable")
        return edge[order], source[order], target[order]


def _neighbour(wiring: Wiring, rows: Array, step: int) -> tuple[Array, Array]:
    """Row of the neuron `step` places on in the same level, and bool, whether there is one."""
    place = np.empty(wiring.neurons, np.int64)
    place[wiring.level_order] = np.arange(wiring.neurons)
    moved = np.clip(place[rows] + step, 0, max(0, wiring.neurons - 1))
    end = wiring.level_order[moved]
    return end, (moved == place[rows] + step) & (wiring.rank[end] == wiring.rank[rows])


def _firsts(order: Array, keys: Array) -> Array:
    """The entries whose key has not come before."""
    kept: Array = order[np.sort(np.unique(keys, return_index=True)[1])]
    return kept


def _moved(graph: Graph, edge: Array, source: Array, target: Array) -> Edit:
    """One group per edge: removed here, added there."""
    groups = np.arange(edge.size)
    return Edit(
        graph.neurons,
        edge.size,
        source=source,
        target=target,
        weight=graph.weight[edge],
        copy_state=edge.astype(np.int32),
        edge_group=groups,
        removed_edges=edge.astype(np.int32),
        removed_edge_group=groups,
        preserves_function=not edge.size,
    )
