"""Structures that open a level: where every later one is saturated, and where a neuron is promoted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import SettingsError
from graphgrow.graph.edit import Edit
from graphgrow.graph.graph import Graph
from graphgrow.graph.wiring import Activation, Role, Wiring
from graphgrow.growth.parts import Room, Routes, Structure, View
from graphgrow.growth.routes.levels import hidden_sizes, saturated
from graphgrow.growth.structures.draft import Draft, by_severity, out_edges
from graphgrow.growth.structures.edges import RELU_FAMILY


@dataclass(frozen=True)
class NewLevel(Structure):
    """A level after a saturated one, where every later hidden level is saturated as well.

    It gets one neuron per severe HIGH neuron, which reads that neuron and its siblings of largest mean |activation| and
    speaks to the steepest targets ahead, |mean a_i d_j|, by edges that start at 0. In-weights are drawn with variance
    2 / fan-in for the ReLU family, 1 / fan-in otherwise.

    Attributes
    ----------
    many : share of targets among its hidden neurons from which on a level is saturated, as in `routes.NextStable`.
    severe : least score of the neurons that are answered.
    siblings, partners : in-edges besides the one from the extremum, and out-edges, of each new neuron.

    Source: the founding document's forwarding rules.
    """

    adds_neurons: ClassVar[bool] = True
    many: float = 0.1
    severe: float = 0.5
    siblings: int = 2
    partners: int = 3

    def __post_init__(self) -> None:
        if not 0 < self.many <= 1 or self.siblings < 0 or self.partners < 1:
            raise SettingsError(f"{self}: expected many in (0, 1], siblings of 0 or more and partners of 1 or more")

    def __call__(self, view: View, scores: Array, routes: Routes | None, room: Room) -> Edit:
        """One group per new neuron, by severity; enough of them to fill the room."""
        graph, draft, left = view.read(), Draft(view.read()), room.edges
        able = last_saturated(graph.wiring, scores, self.many) & (scores >= self.severe)
        for row in by_severity(scores, able & (graph.wiring.role == Role.HIDDEN)):
            if left <= 0 or draft.neurons >= room.neurons:
                break
            sources = np.concatenate([[row], self._siblings(view, row)])
            weight = self._in_weights(graph, row, sources.size, view.rng)
            targets = self._targets(view, row, sources, weight)
            draft.begin()
            made = draft.neuron(int(graph.wiring.level[row]) + 1, True, row)
            draft.edges(sources, made, weight)
            draft.edges(made, targets, 0.0)
            left -= sources.size + targets.size
        return draft.edit(preserves_function=True)

    def _siblings(self, view: View, row: int) -> Array:
        """The strongest other neurons of the level."""
        wiring = view.read().wiring
        others = np.flatnonzero((wiring.rank == wiring.rank[row]) & (wiring.role != Role.OUTPUT))
        others = others[others != row]
        strength = np.abs(view.probe().activation[others]).mean(axis=1)
        ranked: Array = others[np.lexsort((others, -strength))][: self.siblings]
        return ranked

    def _in_weights(self, graph: Graph, row: int, count: int, rng: np.random.Generator) -> Array:
        gain = 2.0 if graph.wiring.activation[row] in RELU_FAMILY else 1.0
        drawn: Array = rng.standard_normal(count) * np.sqrt(gain / count)
        return drawn

    def _targets(self, view: View, row: int, sources: Array, weight: Array) -> Array:
        """Rows of later neurons by falling gradient of an edge from the new neuron, the steepest first."""
        wiring, seen = view.read().wiring, view.probe()
        heard = np.einsum("k,ks->s", weight, seen.activation[sources].astype(np.float64))
        said = activated(heard, Activation(wiring.activation[row]))
        ahead = np.flatnonzero(wiring.rank > wiring.rank[row])
        slope = np.abs(np.einsum("s,ns->n", said, seen.delta[ahead].astype(np.float64))) / said.size
        ranked: Array = ahead[np.lexsort((ahead, -slope))][: self.partners]
        return ranked


def last_saturated(wiring: Wiring, scores: Array, many: float) -> Array:
    """bool (neurons,): neurons on saturated levels after which every level with hidden neurons is saturated."""
    full = saturated(wiring, scores, many)
    open_ahead = np.cumsum(((hidden_sizes(wiring) > 0) & ~full)[::-1])[::-1] > 0
    marked: Array = (full & ~open_ahead)[wiring.rank]
    return marked


def activated(z: Array, kind: Activation) -> Array:
    """float64 (samples,): what a neuron of this kind says to the sum `z` of its inputs."""
    from scipy.special import erf, expit

    values: dict[Activation, Array] = {
        Activation.IDENTITY: z,
        Activation.RELU: np.maximum(z, 0),
        Activation.LEAKY_RELU: np.where(z > 0, z, 0.01 * z),
        Activation.GELU: 0.5 * z * (1 + erf(z / np.sqrt(2))),
        Activation.SIGMOID: expit(z),
        Activation.TANH: np.tanh(z),
    }
    return values[kind].astype(np.float64)


@dataclass(frozen=True)
class Promote(Structure):
    """HIGH neurons pass through: a new neuron one level up takes over all their out-edges; outputs do not change.

    The new neuron reads the extremum alone, with weight 1, and says what it says: with the same activation where that
    changes nothing more (ReLU, identity), else as identity. Levels are opened for them just above the extrema. Each
    promotion adds one edge and one neuron, and optimizer state moves along with the out-edges.
    """

    adds_neurons: ClassVar[bool] = True

    def __call__(self, view: View, scores: Array, routes: Routes | None, room: Room) -> Edit:
        """One group per promotion, by severity."""
        graph, draft = view.read(), Draft(view.read())
        for row in by_severity(scores, graph.wiring.role == Role.HIDDEN):
            moved = out_edges(graph, row)
            if draft.groups >= min(room.edges, room.neurons):
                break
            if not moved.size:
                continue
            own = int(graph.wiring.activation[row])
            draft.begin()
            kind = own if own == Activation.RELU else int(Activation.IDENTITY)
            copy = draft.neuron(int(graph.wiring.level[row]) + 1, True, row, kind)
            draft.edges(row, copy, 1.0)
            draft.remove_edges(moved)
            draft.edges(copy, graph.wiring.target[moved], graph.weight[moved], moved)
        return draft.edit(preserves_function=True)
