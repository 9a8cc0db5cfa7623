"""More neurons on the level of an extremum: splits and variants of other sensitivity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import SettingsError
from graphgrow.graph.edit import Edit
from graphgrow.graph.wiring import Role, Wiring
from graphgrow.growth.parts import Room, Routes, Structure, View
from graphgrow.growth.structures.draft import Draft, by_severity, in_edges, out_edges


@dataclass(frozen=True)
class HorizontalClone(Structure):
    """Splits HIGH neurons: a twin with the same in-edges takes a part of every out-weight; outputs do not change.

    Where there is not room for all out-edges, the strongest are shared and the others stay with the original, which
    keeps the split exact; neurons whose in-edges alone do not fit are passed over. So the room may not be filled.

    Attributes
    ----------
    keeps : share of each out-weight that the original keeps. Not a half, since twins with equal out-weights would learn
        the same for ever.

    Source: Chen 2016 (Net2Wider).
    """

    adds_neurons: ClassVar[bool] = True
    whole: ClassVar[bool] = True
    keeps: float = 0.7

    def __post_init__(self) -> None:
        if not 0 < self.keeps < 1:
            raise SettingsError(f"HorizontalClone(keeps={self.keeps}): expected a share between 0 and 1")

    def __call__(self, view: View, scores: Array, routes: Routes | None, room: Room) -> Edit:
        """One group per split, by severity."""
        graph, draft, left = view.read(), Draft(view.read()), room.edges
        for row in by_severity(scores, graph.wiring.role == Role.HIDDEN):
            into, out_of = in_edges(graph, row), out_edges(graph, row)
            if draft.neurons >= room.neurons:
                break
            if not into.size or not out_of.size or into.size + 1 > left:
                continue
            size = np.abs(graph.weight[out_of])
            shared = out_of[np.lexsort((out_of, -size))][: left - into.size]
            weight = graph.weight[shared].astype(np.float64)
            draft.begin()
            level = int(graph.wiring.level[row])
            twin = draft.neuron(level, False, row, bias=float(graph.bias[row]))
            draft.edges(graph.wiring.source[into], twin, graph.weight[into], into)
            draft.edges(twin, graph.wiring.target[shared], (1 - self.keeps) * weight, shared)
            draft.set_weights(shared, self.keeps * weight)
            left -= into.size + shared.size
        return draft.edit(preserves_function=True)


@dataclass(frozen=True)
class ParallelVariants(Structure):
    """Copies of HIGH neurons in bottleneck levels, each of another sensitivity; their out-edges start at 0.

    A bottleneck is a hidden level of the smallest width. Sensitivity scales in-weights and bias.

    Attributes
    ----------
    sensitivities : one copy each (the founding document: 0.5, 0.75 and 1).
    everywhere : not in bottlenecks only.
    """

    adds_neurons: ClassVar[bool] = True
    sensitivities: tuple[float, ...] = (0.5, 0.75, 1.0)
    everywhere: bool = False

    def __post_init__(self) -> None:
        if not self.sensitivities or not min(self.sensitivities) > 0:
            raise SettingsError(f"ParallelVariants(sensitivities={self.sensitivities}): expected some above 0")

    def __call__(self, view: View, scores: Array, routes: Routes | None, room: Room) -> Edit:
        """One group per variant, by severity of the original; enough of them to fill the room."""
        graph, draft, left = view.read(), Draft(view.read()), room.edges
        able = graph.wiring.role == Role.HIDDEN if self.everywhere else bottlenecks(graph.wiring)
        for row in by_severity(scores, able):
            into, out_of = in_edges(graph, row), out_edges(graph, row)
            if not into.size or not out_of.size:
                continue
            for factor in self.sensitivities:
                if left <= 0 or draft.neurons >= room.neurons:
                    return draft.edit(preserves_function=True)
                draft.begin()
                level, bias = int(graph.wiring.level[row]), factor * float(graph.bias[row])
                variant = draft.neuron(level, False, row, bias=bias)
                draft.edges(graph.wiring.source[into], variant, factor * graph.weight[into].astype(np.float64))
                strongest = out_of[np.lexsort((out_of, -np.abs(graph.weight[out_of])))]
                draft.edges(variant, graph.wiring.target[strongest], 0.0)
                left -= into.size + out_of.size
        return draft.edit(preserves_function=True)


def bottlenecks(wiring: Wiring) -> Array:
    """bool (neurons,): hidden neurons on levels with the fewest hidden neurons."""
    hidden = wiring.role == Role.HIDDEN
    size = np.bincount(wiring.rank[hidden], minlength=wiring.levels.size)
    narrow = size == size[size > 0].min(initial=np.iinfo(size.dtype).max)
    marked: Array = hidden & narrow[wiring.rank]
    return marked
