"""Vertical clones: copies of a saturated neuron one level below and one above it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import SettingsError
from graphgrow.graph.edit import Edit
from graphgrow.graph.graph import Graph
from graphgrow.graph.wiring import Role
from graphgrow.growth.parts import Room, Routes, Structure, View


@dataclass(frozen=True, eq=False)
class Clone:
    """One new neuron, copied from row `parent`.

    Attributes
    ----------
    level, opens : where, as in `Edit`.
    source, in_weight : rows and weights of its in-edges, strongest first.
    target, out_weight : rows and weights of its out-edges, strongest first.
    """

    parent: int
    level: int
    opens: bool
    source: Array
    in_weight: Array
    target: Array
    out_weight: Array


@dataclass(frozen=True)
class VerticalClone(Structure):
    """Copies HIGH neurons into the hidden levels just below and above them, joined past the original.

    The lower clone reads what the neuron's sources read and speaks to the neuron's targets; the upper clone reads the
    neuron's sources and speaks to what its targets speak to. Two-edge paths count with the product of their weights;
    the strongest are kept, as many as the neuron has edges. Where neither level is hidden, one level is opened above
    the neuron and shared by the clones of the event. Clones bring skip edges with them, whatever the view's reach.

    Attributes
    ----------
    factor, noise : in-weights are factor * w * (1 + noise * N(0, 1)).
    preserving : out-edges start at 0, so that outputs do not change; else as the in-weights.
    base : copies of each clone are base times the score, rounded, at least one, each with noise of its own; None for
        one copy whatever the score.

    Source: the founding document's vertical clones; weights as in Net2Net's noise (Chen 2016).
    """

    adds_neurons: ClassVar[bool] = True
    factor: float = 0.7
    noise: float = 0.1
    preserving: bool = True
    base: float | None = None

    def __post_init__(self) -> None:
        if self.base is not None and not self.base > 0:
            raise SettingsError(f"VerticalClone(base={self.base}): expected more than 0, or None")

    def __call__(self, view: View, scores: Array, routes: Routes | None, room: Room) -> Edit:
        """One group per clone, by severity of the original; enough of them to fill the room."""
        graph = view.read()
        high = np.flatnonzero((scores > 0) & (graph.wiring.role == Role.HIDDEN))
        high = high[np.lexsort((high, -scores[high]))]
        clones: list[Clone] = []
        edges = 0
        repeated = [row for row in high.tolist() for _ in range(self._copies(scores[row]))]
        for clone in (clone for row in repeated for clone in _clones(graph, row)):
            if edges >= room.edges or len(clones) >= room.neurons:
                break
            clones.append(clone)
            edges += clone.source.size + clone.target.size
        return self._edit(graph, clones, view.rng)

    def _copies(self, score: float) -> int:
        """How often a neuron of this score is cloned."""
        return 1 if self.base is None else max(1, math.floor(self.base * float(score) + 0.5))

    def _edit(self, graph: Graph, clones: list[Clone], rng: np.random.Generator) -> Edit:
        """Number the clones and scale their weights."""
        wiring, n = graph.wiring, graph.neurons
        source, target, weight, group = [], [], [], []
        for at, clone in enumerate(clones):
            source += [clone.source, np.full(clone.target.size, n + at)]
            target += [np.full(clone.source.size, n + at), clone.target]
            outgoing = np.zeros(clone.target.size) if self.preserving else self._scaled(clone.out_weight, rng)
            weight += [self._scaled(clone.in_weight, rng), outgoing]
            group.append(np.full(clone.source.size + clone.target.size, at))
        parents = np.array([clone.parent for clone in clones], np.int64)
        return Edit(
            n,
            len(clones),
            new_level=np.array([clone.level for clone in clones], np.int32),
            new_opens=np.array([clone.opens for clone in clones], bool),
            new_activation=wiring.activation[parents],
            new_bias=graph.bias[parents],
            new_parent=wiring.id[parents],
            new_group=np.arange(len(clones)),
            source=_joined(source),
            target=_joined(target),
            weight=_joined(weight),
            edge_group=_joined(group),
            preserves_function=self.preserving,
        )

    def _scaled(self, weight: Array, rng: np.random.Generator) -> Array:
        made: Array = self.factor * weight * (1 + self.noise * rng.standard_normal(weight.size))
        return made


def _joined(parts: list[Array]) -> Array:
    return np.concatenate(parts) if parts else np.zeros(0, np.int32)


def _clones(graph: Graph, row: int) -> Iterator[Clone]:
    """The clones of one neuron, those that have both in- and out-edges."""
    wiring = graph.wiring
    sources, in_weight = _into(graph, row)
    targets, out_weight = _out_of(graph, row)
    rank = int(wiring.rank[row])
    hidden = np.zeros(wiring.levels.size, bool)
    hidden[wiring.rank[wiring.role == Role.HIDDEN]] = True
    made = []
    if rank > 0 and hidden[rank - 1]:
        level = int(wiring.levels[rank - 1])
        made.append(Clone(row, level, False, *_below(graph, row, level), targets, out_weight))
    if rank + 1 < hidden.size and hidden[rank + 1]:
        level = int(wiring.levels[rank + 1])
        made.append(Clone(row, level, False, sources, in_weight, *_above(graph, row, level)))
    if not made:
        made.append(Clone(row, int(wiring.level[row]) + 1, True, sources, in_weight, targets, out_weight))
    return (clone for clone in made if clone.source.size and clone.target.size)


def _into(graph: Graph, row: int) -> tuple[Array, Array]:
    """Sources and weights of a neuron's in-edges, strongest first."""
    edges = slice(int(graph.wiring.pointer[row]), int(graph.wiring.pointer[row + 1]))
    return _strongest(graph.wiring.source[edges], graph.weight[edges].astype(np.float64))


def _out_of(graph: Graph, row: int) -> tuple[Array, Array]:
    """Targets and weights of a neuron's out-edges, strongest first."""
    wiring = graph.wiring
    edges = wiring.out_order[wiring.out_pointer[row] : wiring.out_pointer[row + 1]]
    return _strongest(wiring.target[edges], graph.weight[edges].astype(np.float64))


def _below(graph: Graph, row: int, level: int) -> tuple[Array, Array]:
    """In-edges of the clone at `level`: sources below it, direct ones and those of the sources at or above it."""
    sources, weights = _into(graph, row)
    rows, products = [], []
    for source, weight in zip(sources.tolist(), weights.tolist(), strict=True):
        if graph.wiring.level[source] < level:
            rows.append(np.array([source]))
            products.append(np.array([weight]))
        else:
            before, inner = _into(graph, source)
            inside = graph.wiring.level[before] < level
            rows.append(before[inside])
            products.append(weight * inner[inside])
    return _merged(rows, products, sources.size)


def _above(graph: Graph, row: int, level: int) -> tuple[Array, Array]:
    """Out-edges of the clone at `level`: targets above it, direct ones and those of the targets at or below it."""
    targets, weights = _out_of(graph, row)
    rows, products = [], []
    for target, weight in zip(targets.tolist(), weights.tolist(), strict=True):
        if graph.wiring.level[target] > level:
            rows.append(np.array([target]))
            products.append(np.array([weight]))
        else:
            after, inner = _out_of(graph, target)
            inside = graph.wiring.level[after] > level
            rows.append(after[inside])
            products.append(weight * inner[inside])
    return _merged(rows, products, targets.size)


def _merged(rows: list[Array], products: list[Array], count: int) -> tuple[Array, Array]:
    """Paths to the same neuron added up, the `count` strongest kept."""
    if not rows:
        return np.zeros(0, np.int32), np.zeros(0)
    unique, inverse = np.unique(np.concatenate(rows), return_inverse=True)
    total = np.bincount(inverse, np.concatenate(products), minlength=unique.size)
    ends, weights = _strongest(unique.astype(np.int32), total)
    return ends[:count], weights[:count]


def _strongest(rows: Array, weights: Array) -> tuple[Array, Array]:
    """Sorted by (-|weight|, row)."""
    order = np.lexsort((rows, -np.abs(weights)))
    return rows[order], weights[order]
