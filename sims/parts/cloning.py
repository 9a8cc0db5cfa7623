"""A rule that begins with vertical clones: what `testbed_rules` is made of."""

from __future__ import annotations

from dataclasses import dataclass, replace

from graphgrow.arrays import Memory
from graphgrow.errors import RuleError
from graphgrow.graph.history import Series
from graphgrow.growth import registry
from graphgrow.growth.clones import VerticalClone
from graphgrow.growth.parts import Move, Need, Proposal, Room, View
from graphgrow.growth.remembered import inner
from graphgrow.growth.rule import Rule
from graphgrow.growth.targets import Gradient
from graphgrow.growth.triggers import Every


@dataclass(frozen=True)
class ClonesFirst:
    """At the first ask neurons are cloned vertically; from the second on another rule grows.

    It begins with the start of the settings, also where that rule has a start of its own: one at the budget would leave
    no room for clones.
    """

    first: Rule
    then: Rule

    @property
    def needs(self) -> frozenset[Series]:
        """The series that either reads."""
        return self.first.needs | self.then.needs

    @property
    def wants(self) -> frozenset[Need]:
        """What either wants beyond one probe."""
        return self.first.wants | self.then.wants

    @property
    def needs_budget(self) -> bool:
        """Whether the second would go on for as long as it is given room."""
        return self.then.needs_budget

    def propose(self, view: View, memory: Memory, room: Room) -> Proposal:
        """What the rule whose turn it is proposes."""
        name = "then" if memory.get("cloned") else "first"
        rule = self.then if name == "then" else self.first
        made = rule.propose(view, inner(memory, name), room)
        return replace(made, memory={**memory, "cloned": True, name: dict(made.memory)})


def clones_before(name: str) -> ClonesFirst:
    """Clones of the neurons with the steepest gradient, then the rule of that name.

    Not of activation extrema, which a level of eight neurons rarely has.
    """
    first, then = Rule(Every(1), (Move(Gradient(), None, VerticalClone()),)), registry.load(name).rule
    if not isinstance(then, Rule):
        raise RuleError(f"{name} is not joined from parts, so it cannot follow clones: choose another rule")
    return ClonesFirst(first, replace(then, start=None))
