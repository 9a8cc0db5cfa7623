"""Rules of the sim epsilon_ball: the founding rule with balls of several sizes, alone and topped up.

Named by the size in percent of the range, as alone_05 and topped_up_20.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from graphgrow.arrays import Json, Memory
from graphgrow.graph.wiring import Role
from graphgrow.growth.parts import Move, Proposal, Proposer, Room, View
from graphgrow.growth.remembered import inner, number
from graphgrow.growth.routes import HighToLow
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import Begin, Edges
from graphgrow.growth.targets import Extremes
from graphgrow.growth.triggers import Every
from graphgrow.measure.adaptive import AdaptiveEpsilon
from graphgrow.measure.extrema import Protocol
from sims.parts.rule_parts import routes

ROUTE = HighToLow(levels=3)


def alone(epsilon: float) -> Rule:
    """Routes from high to low extrema of this ball and nothing else: the rule that ends by itself."""
    return Rule(Every(1), (Move(Extremes(Protocol(epsilon)), ROUTE, Edges(Begin.XAVIER)),))


def topped_up(epsilon: float) -> Rule:
    """The same routes first, then edges that touch such an extremum, and what is missing at the end anywhere."""
    return routes(Extremes(Protocol(epsilon)))


@dataclass(frozen=True)
class Adapting:
    """A rule whose ball follows growth and gradients from ask to ask; memory and notes hold its size.

    Growth is what the high to low routes of this ask add, as a share of the edges, whatever the rule adds besides.
    """

    fills: bool
    ball: AdaptiveEpsilon = field(default_factory=AdaptiveEpsilon)

    @property
    def only_adds(self) -> bool:
        """It never removes anything."""
        return True

    @property
    def needs_budget(self) -> bool:
        """Only topped up does it go on for as long as there is room."""
        return self.fills

    def propose(self, view: View, memory: Memory, room: Room) -> Proposal:
        """What the rule with today's ball proposes."""
        epsilon = number(memory, "epsilon", self.ball.start)
        rule = topped_up(epsilon) if self.fills else alone(epsilon)
        made = rule.propose(view, inner(memory, "rule"), room)
        graph, marks = view.read(), Extremes(Protocol(epsilon))(view)
        growth = ROUTE(view, marks, room).source.size / max(graph.edges, 1)
        hidden = graph.wiring.role == Role.HIDDEN
        gradient = float(np.abs(view.probe().delta[hidden]).mean())
        held: dict[str, Json] = {"epsilon": self.ball.next(epsilon, growth, gradient), "rule": dict(made.memory)}
        notes = {**made.notes, "epsilon": epsilon, "routes": growth, "gradient": gradient}
        return Proposal(made.edit, held, made.reason, made.cause, notes)


SIZES = ("02", "05", "10", "15", "20", "25")
RULES: Mapping[str, Proposer] = {
    **{f"alone_{size}": alone(int(size) / 100) for size in SIZES},
    **{f"topped_up_{size}": topped_up(int(size) / 100) for size in SIZES},
    "alone_adaptive": Adapting(fills=False),
    "topped_up_adaptive": Adapting(fills=True),
}
