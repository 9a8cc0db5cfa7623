"""A growth rule joined from parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from enum import Enum

import numpy as np

from graphgrow.arrays import Json, Memory
from graphgrow.errors import RuleError
from graphgrow.graph.edit import Edit, join
from graphgrow.graph.graph import Graph
from graphgrow.graph.history import Series
from graphgrow.growth.amounts import Declining
from graphgrow.growth.limits import trim
from graphgrow.growth.parts import Amount, Cause, Limit, Move, Proposal, Room, Trigger, View


@dataclass(frozen=True)
class Rule:
    """Trigger (when) + Amount (how much) + moves (where and what) + Limits (how far).

    Each move sees the graph after the moves before it, and what they left of the room. All moves but the last must keep
    the neurons as they are, since signals go by row.
    """

    trigger: Trigger
    moves: tuple[Move, ...]
    amount: Amount = field(default_factory=Declining)
    limits: tuple[Limit, ...] = ()

    @property
    def needs(self) -> frozenset[Series]:
        """The series that the trigger reads."""
        return self.trigger.needs

    @property
    def grows(self) -> bool:
        """Whether the rule can ever change anything."""
        return bool(self.moves)

    @property
    def needs_budget(self) -> bool:
        """Whether the rule would go on for as long as it is given room."""
        return any(move.route is not None and move.route.fills for move in self.moves)

    def propose(self, view: View, memory: Memory, room: Room) -> Proposal:
        """The joined edit of all moves, trimmed once to the room."""
        held = memory.get("trigger", {})
        decision = self.trigger(view, held if isinstance(held, dict) else {})
        memory = {**memory, "trigger": dict(decision.memory)}
        graph = view.read()
        if not decision.fire:
            return Proposal(Edit(graph.neurons, 0), memory, decision.reason, Cause.TRIGGER)
        for limit in self.limits:
            room = room.within(limit.room(view))
        room = self.amount(view, room)
        edit = self._moved(view, graph, room)
        short = int(edit.net_edges(graph.wiring).sum()) < room.edges
        full = room.neurons <= edit.new_level.size and any(move.structure.adds_neurons for move in self.moves)
        cause = Cause.NEURONS if full else Cause.CANDIDATES
        return Proposal(edit, memory, decision.reason, cause if short else Cause.NONE)

    def _moved(self, view: View, graph: Graph, room: Room) -> Edit:
        """All moves one after the other, as one edit of the graph before them."""
        joined = Edit(graph.neurons, 0, preserves_function=True)
        for move in self.moves:
            if joined.new_level.size or joined.removed_neurons.size:
                raise RuleError("a move that changes neurons must be the last one: split the rule, or swap its moves")
            used = int(joined.net_edges(graph.wiring).sum())
            left = replace(room, edges=room.edges - used)
            if left.edges <= 0 and move.structure.only_adds:
                continue
            now = view.after(joined)
            scores = move.target(now)
            routes = None if move.route is None else move.route(now, scores, left)
            edit = move.structure(now, scores, routes, left)
            joined = join([joined, _on(edit, graph, now.read())], graph.wiring)
        return trim(joined, graph.wiring, room)


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
