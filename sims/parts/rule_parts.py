"""Parts that several sims compare rules with: so that all of them end with equal edges, and marks by lot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import RuleError
from graphgrow.graph.builders import erdos_renyi
from graphgrow.graph.edit import Edit, join
from graphgrow.graph.graph import Graph
from graphgrow.graph.wiring import Role
from graphgrow.growth.clones import VerticalClone
from graphgrow.growth.parts import Move, Room, Route, Routes, Structure, Target, Trigger, View
from graphgrow.growth.routes import HighToLow, Steepest
from graphgrow.growth.rule import Rule
from graphgrow.growth.starts import Outline, Start
from graphgrow.growth.structures import Begin, Edges
from graphgrow.growth.targets import Everywhere, Extremes
from graphgrow.growth.triggers import Every
from graphgrow.measure.extrema import AGGRESSIVE

# Of the founding document's balls the widest: with narrower ones small sigmoid networks have hardly any extrema, and
# rules that differ in what they do with extrema would not differ at all.
MARKS = Extremes(AGGRESSIVE)


@dataclass(frozen=True)
class AtTheEnd(Route):
    """Another route, between any neurons, at the last ask alone: for rules that would miss their budget without."""

    fills: ClassVar[bool] = True
    route: Route = field(default_factory=Steepest)

    def __call__(self, view: View, scores: Array, room: Room) -> Routes:
        """Nothing before the last ask."""
        if view.asks_left > 1:
            return Routes(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.float32))
        return self.route(view, np.ones_like(scores), room)


@dataclass(frozen=True)
class FilledUp(Structure):
    """A structure that adds neurons, and the move's routes as edges from 0 for the room that it leaves."""

    adds_neurons: ClassVar[bool] = True
    first: Structure = field(default_factory=VerticalClone)

    def __call__(self, view: View, scores: Array, routes: Routes | None, room: Room) -> Edit:
        """The groups of the structure come first."""
        if routes is None:
            raise RuleError("FilledUp needs a route: give the move one, e.g. AtTheEnd()")
        wiring = view.read().wiring
        made = self.first(view, scores, None, room)
        left = room.edges - int(made.net_edges(wiring).sum())
        if left <= 0:
            return made
        return join([made, Edges()(view, scores, routes, replace(room, edges=left))], wiring)


@dataclass(frozen=True)
class ByLot(Target):
    """The marks of another target on other hidden neurons of the same level, drawn anew at each look."""

    target: Target = MARKS

    def __call__(self, view: View) -> Array:
        """As many marks as there are, each with its score."""
        scores, wiring = self.target(view).copy(), view.read().wiring
        for level in range(wiring.levels.size):
            rows = np.flatnonzero((wiring.rank == level) & (wiring.role == Role.HIDDEN))
            scores[rows] = scores[view.rng.permutation(rows)]
        return scores


@dataclass(frozen=True)
class Skipping(Start):
    """All the edges of the budget, shared out over all pairs of levels, skips included."""

    def __call__(self, outline: Outline, sample: Callable[[], Array], rng: np.random.Generator) -> Graph:
        """As the start at the budget, on more pairs."""
        return erdos_renyi(
            outline.sizes,
            rng,
            edges=outline.budget,
            kernel=outline.kernel,
            skips=True,
            dense_head=outline.dense_head,
            every_neuron=True,
            activation=outline.activation,
            dtype=outline.dtype,
        )


def routes(
    target: Target = MARKS,
    route: Route | None = None,
    begin: Begin = Begin.XAVIER,
    top_up: Move | None = None,
    trigger: Trigger | None = None,
) -> Rule:
    """High -> low routes, then the steepest edges that touch an extremum; what is missing at the end, anywhere.

    `extrema_topped_up` but for the last move, without which it ends short where there are no extrema.
    """
    first = Move(target, route or HighToLow(levels=3), Edges(begin))
    second = top_up or Move(target, Steepest(), Edges(Begin.ZERO))
    return Rule(trigger or Every(1), (first, second, FINISH))


def clones(target: Target = MARKS, structure: Structure | None = None) -> Rule:
    """Clones of extrema; what is missing at the end, as single edges anywhere: `extrema_clone` but for these."""
    return Rule(Every(1), (Move(target, AtTheEnd(), FilledUp(structure or VerticalClone())),))


FINISH = Move(Everywhere(), AtTheEnd(), Edges(Begin.ZERO))
