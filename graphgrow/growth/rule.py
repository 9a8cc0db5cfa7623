"""A growth rule joined from parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from enum import Enum
from typing import TypeVar

import numpy as np

from graphgrow.arrays import Json, Memory
from graphgrow.errors import RuleError
from graphgrow.graph.edit import Edit, join
from graphgrow.graph.graph import Graph
from graphgrow.graph.history import Series
from graphgrow.growth.amounts import Declining
from graphgrow.growth.limits import STRUCTURES, trim
from graphgrow.growth.parts import Amount, Cause, Limit, Move, Need, Proposal, Room, Target, Trigger, View
from graphgrow.growth.remembered import inner, inner_by_name
from graphgrow.growth.starts import Start
from graphgrow.growth.stops import Stop, judge
from graphgrow.growth.trials import Trial
from graphgrow.growth.triggers import notes_of


@dataclass(frozen=True)
class Rule:
    """Trigger (when) + Amount (how much) + moves (where and what) + Limits (how far) + Stops (until when) + Start.

    Each move sees the graph after the moves before it, and what they left of the room. All moves but the last must keep
    the neurons as they are, since signals go by row. Where limits turn down what a move proposes, it is asked for more,
    so that a limit on places does not cost the budget.

    A stop that holds ends growth for good. `start` is None for the start that the settings describe. With a `trial`
    every edit is tried before it is made.
    """

    trigger: Trigger
    moves: tuple[Move, ...]
    amount: Amount = field(default_factory=Declining)
    limits: tuple[Limit, ...] = ()
    stops: tuple[Stop, ...] = ()
    start: Start | None = None
    trial: Trial | None = None

    @property
    def needs(self) -> frozenset[Series]:
        """The series that the trigger and the stops read."""
        return self.trigger.needs.union(*(stop.needs for stop in self.stops))

    @property
    def wants(self) -> frozenset[Need]:
        """What its parts want beyond one probe."""
        return wanted(self)

    @property
    def grows(self) -> bool:
        """Whether the rule can ever change anything."""
        return bool(self.moves)

    @property
    def only_adds(self) -> bool:
        """Whether the rule never removes anything, so that it has nothing to do where there is no room."""
        return all(move.structure.only_adds for move in self.moves)

    @property
    def needs_budget(self) -> bool:
        """Whether the rule would go on for as long as it is given room, or goes down to its budget."""
        fills = any(move.route is not None and move.route.fills for move in self.moves)
        return fills or any(move.structure.prunes for move in self.moves)

    @property
    def whole(self) -> bool:
        """Whether something it builds comes in whole pieces, so that single edges may have to fill the room."""
        return any(move.structure.whole for move in self.moves)

    @property
    def may_exceed(self) -> bool:
        """Whether the start may hold more edges than the budget."""
        return self.start is not None and self.start.exceeds

    def propose(self, view: View, memory: Memory, room: Room) -> Proposal:
        """The joined edit of all moves, trimmed once to the room."""
        graph, held = view.read(), inner(memory, "trigger")
        if self.stops:
            verdict = judge(self.stops, view, room, inner(memory, "stops"), held)
            memory = {**memory, "stops": dict(verdict.memory)}
            if verdict.cause is not None:
                ended: dict[str, Json] = {"stop": verdict.cause.value}
                return Proposal(Edit(graph.neurons, 0), memory, verdict.reason, Cause.STOPPED, ended)
        decision = self.trigger(view, held)
        memory = {**memory, "trigger": dict(decision.memory)}
        if not decision.fire:
            return Proposal(Edit(graph.neurons, 0), memory, decision.reason, Cause.TRIGGER)
        memory, view = self._remembered(memory, view)
        for limit in self.limits:
            room = room.within(limit.room(view))
        room = self.amount(view, room)
        edit = self._moved(view, graph, room)
        # A rule that prunes is not short of anything while it goes down.
        short = not room.surplus and _net(edit, graph) < room.edges
        full = room.neurons <= edit.new_level.size and any(move.structure.adds_neurons for move in self.moves)
        cause = Cause.NEURONS if full else Cause.CANDIDATES
        notes = {**notes_of(self.trigger, decision.memory), STRUCTURES: edit.groups}
        return Proposal(edit, memory, decision.reason, cause if short else Cause.NONE, notes, self.trial)

    def _remembered(self, memory: Memory, view: View) -> tuple[Memory, View]:
        """The memory, and the view that targets will see, with what targets know from now on."""
        view = replace(view, kept=inner_by_name(memory, "targets"))
        found = {target.name: target.remember(view) for target in parts_of(self.moves, Target)}  # type: ignore[type-abstract]
        kept = {name: held for name, held in found.items() if held is not None}
        if not kept:
            return memory, view
        plain: dict[str, Json] = {name: dict(held) for name, held in kept.items()}
        return {**memory, "targets": plain}, replace(view, kept=kept)

    def _moved(self, view: View, graph: Graph, room: Room) -> Edit:
        """All moves one after the other, as one edit of the graph before them."""
        joined = Edit(graph.neurons, 0, preserves_function=True)
        for move in self.moves:
            if joined.new_level.size or joined.removed_neurons.size:
                raise RuleError("a move that changes neurons must be the last one: split the rule, or swap its moves")
            left = replace(room, edges=room.edges - _net(joined, graph))
            if left.edges > 0 or not move.structure.only_adds:
                joined = self._with(move, view, graph, joined, left)
        return trim(joined, graph.wiring, room)

    def _with(self, move: Move, view: View, graph: Graph, joined: Edit, left: Room) -> Edit:
        """The edit and one more move, which is asked for twice as much as long as limits turn too much of it down."""
        now = view.after(joined)
        scores = move.target(now)
        before, asked = _net(joined, graph), left
        while True:
            routes = None if move.route is None else move.route(now, scores, asked)
            made = join([joined, _on(move.structure(now, scores, routes, asked), graph, now.read())], graph.wiring)
            kept = self._allowed(view, made)
            short_of_neurons = 0 < asked.neurons <= made.new_level.size
            all_there_is = asked.edges <= 0 or (_net(made, graph) - before < asked.edges and not short_of_neurons)
            if kept.groups == made.groups or all_there_is or _net(kept, graph) - before >= left.edges:
                return kept
            asked = replace(asked, edges=2 * asked.edges, neurons=2 * asked.neurons)

    def _allowed(self, view: View, edit: Edit) -> Edit:
        """The edit without the groups that some limit turns down."""
        for limit in self.limits:
            stays = limit.allows(view, edit)
            if not stays.all():
                edit = edit.keep(stays)
        return edit


def _net(edit: Edit, graph: Graph) -> int:
    """Edges the edit adds, less those it removes."""
    return int(edit.net_edges(graph.wiring).sum())


def _on(edit: Edit, graph: Graph, edited: Graph) -> Edit:
    """An edit of the edited graph as one of `graph`, which has the same neurons: edge rows are looked up again."""
    if graph is edited:
        return edit
    wiring = edited.wiring
    rows = graph.wiring.edge_rows(wiring.source, wiring.target).astype(np.int32)
    removed, changed = rows[edit.removed_edges], rows[edit.set_edges]
    if (removed < 0).any() or (changed < 0).any():
        raise RuleError("a move removes or changes an edge that a move before it added: let one move do both")
    inherited = np.where(edit.copy_state >= 0, rows[edit.copy_state], -1) if rows.size else edit.copy_state
    return replace(edit, removed_edges=removed, set_edges=changed, copy_state=inherited)


def wanted(part: object) -> frozenset[Need]:
    """What a part, and the parts inside it, want beyond one probe."""
    own: frozenset[Need] = frozenset() if isinstance(part, Rule) else getattr(part, "wants", frozenset())
    if is_dataclass(part) and not isinstance(part, type):
        return own.union(*(wanted(getattr(part, item.name)) for item in fields(part)))
    if isinstance(part, tuple | list):
        return own.union(*(wanted(item) for item in part))
    return own


Part = TypeVar("Part")


def parts_of(whole: object, kind: type[Part]) -> list[Part]:
    """All parts of that kind in a part, those inside others included."""
    own = [whole] if isinstance(whole, kind) else []
    if is_dataclass(whole) and not isinstance(whole, type):
        return own + [part for item in fields(whole) for part in parts_of(getattr(whole, item.name), kind)]
    if isinstance(whole, tuple | list):
        return own + [part for item in whole for part in parts_of(item, kind)]
    return own


def describe(part: object) -> Json:
    """A rule or part as plain data, for settings and for people: class name and fields, recursively."""
    if is_dataclass(part) and not isinstance(part, type):
        inner = {item.name: describe(getattr(part, item.name)) for item in fields(part)}
        return {"kind": type(part).__name__, **inner}
    if isinstance(part, Enum):
        return part.name.lower()
    if isinstance(part, Mapping):
        return {str(name): describe(item) for name, item in part.items()}
    if isinstance(part, tuple | list):
        return [describe(item) for item in part]
    if isinstance(part, np.generic):
        return describe(part.item())
    if part is None or isinstance(part, bool | int | float | str):
        return part
    return type(part).__name__
