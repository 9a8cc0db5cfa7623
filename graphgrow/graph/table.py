"""A graph as other libraries hold it, named neurons and edges with columns of attributes, and the way into a Graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from graphgrow.arrays import Array
from graphgrow.errors import GraphError
from graphgrow.graph import order
from graphgrow.graph.assemble import edge_order, wiring
from graphgrow.graph.columns import Column, codes, floats, identity, name_of, parsed, whole, wholes
from graphgrow.graph.graph import Graph
from graphgrow.graph.initial import float_dtype
from graphgrow.graph.wiring import Activation, Role


@dataclass(frozen=True, eq=False)
class Table:
    """Neurons by name and edges by position, with whatever attributes came along.

    Attributes
    ----------
    names : one per neuron; ids when `next_id` is given, else only what messages call the neuron.
    source, target : int64 (edges,), positions among the names.
    neuron : columns level, role, activation, bias, born, parent; None where a neuron lacks the attribute.
    edge : columns weight, born; likewise.
    next_id : the counter of a graph that came from graphgrow, else None: ids are then issued anew in this order.
    dtype : of the weights, None for float64.
    """

    names: Sequence[object]
    source: Array
    target: Array
    neuron: Mapping[str, Column] = field(default_factory=dict)
    edge: Mapping[str, Column] = field(default_factory=dict)
    next_id: object = None
    dtype: DTypeLike | None = None

    def node(self, at: int) -> str:
        """What a message calls a neuron."""
        return f"node {self.names[at]!r}"

    def link(self, at: int) -> str:
        """What a message calls an edge."""
        return f"edge {self.names[int(self.source[at])]!r} -> {self.names[int(self.target[at])]!r}"

    def graph(self) -> Graph:
        """The graph, rows in the order of ids; attributes that are missing get the defaults that `interop` names.

        Raises
        ------
        GraphError
            A cycle, an edge to an earlier level, a pair given twice, or an attribute that cannot be read; by name.
        """
        size = len(self.names)
        ids = np.arange(size)
        if self.next_id is not None:
            ids = parsed(self.names, identity, self.node, "a whole number as name, since next_id is given", 0)
        _refuse_twice(self)
        level = _levels(self)
        role = _roles(self, level)
        default = np.where(role == Role.HIDDEN, Activation.RELU, Activation.IDENTITY)
        activation = codes(self.neuron.get("activation"), Activation, default, self.node, "activation")
        made = _dtype(self.dtype)
        weight = floats(self.edge.get("weight"), self.source.size, 1.0, made, self.link, "weight")
        bias = floats(self.neuron.get("bias"), size, 0.0, made, self.node, "bias")
        known = self.next_id is not None
        parent = wholes(self.neuron.get("parent") if known else None, size, -1, self.node, "parent")
        neuron_born = wholes(self.neuron.get("born"), size, 0, self.node, "born")
        edge_born = wholes(self.edge.get("born"), self.source.size, 0, self.link, "born")
        by_id = np.argsort(ids, kind="stable")
        row = np.empty(size, np.int64)
        row[by_id] = np.arange(size)
        source, target = row[self.source], row[self.target]
        built = wiring(
            level[by_id],
            source,
            target,
            role=role[by_id],
            activation=activation[by_id],
            id=ids[by_id],
            neuron_born=neuron_born[by_id],
            parent=parent[by_id],
            edge_born=edge_born,
            next_id=_counter(self.next_id) if known else -1,
        )
        return Graph(built, weight[edge_order(source, target)], bias[by_id])


def _counter(next_id: object) -> int:
    """The first id that was never issued."""
    made = int(parsed([next_id], whole, lambda _: "graph", "a whole number as next_id", -1)[0])
    if made < 0:
        raise GraphError(f"graph: next_id {made} is negative: remove the attribute to have ids issued anew")
    return made


def _dtype(dtype: DTypeLike | None) -> np.dtype[Any]:
    try:
        return float_dtype(np.float64 if dtype is None else dtype)
    except TypeError:
        raise GraphError(f"expected dtype float32 or float64, got {dtype!r}: pass one of the two") from None


def _refuse_twice(table: Table) -> None:
    key = table.target * max(len(table.names), 1) + table.source
    by_key = np.argsort(key, kind="stable")
    same = np.flatnonzero(np.diff(key[by_key]) == 0)
    if same.size:
        raise GraphError(f"{table.link(int(by_key[same[0]]))}: given twice: merge the two into one")


def _levels(table: Table) -> Array:
    """Levels as given, or longest paths from the sources."""
    source, target = table.source, table.target
    given = table.neuron.get("level")
    if given is None:
        return _longest(table)
    if not isinstance(given, np.ndarray) and any(value is None for value in given):
        at = next(at for at, value in enumerate(given) if value is None)
        raise GraphError(f"{table.node(at)}: has no level while others have one: give all nodes a level, or none")
    level = wholes(given, len(table.names), 0, table.node, "level")
    if (level < 0).any():
        at = int(np.argmax(level < 0))
        raise GraphError(f"{table.node(at)}: level {level[at]} is negative: levels start at 0")
    uphill = level[source] >= level[target]
    if uphill.any():
        at = int(np.argmax(uphill))
        raise GraphError(
            f"{table.link(at)}: level {level[source[at]]} to level {level[target[at]]}: levels must strictly increase "
            "along every edge; turn the edge round, mend the levels, or leave them out"
        )
    return level


def _longest(table: Table) -> Array:
    """Length of the longest path to each neuron; one that has another role than input stands at level 1 at least."""
    source, target, size = table.source, table.target, len(table.names)
    cycle = _cycle(source, target, size)
    if cycle:
        path = " -> ".join(repr(table.names[row]) for row in cycle)
        raise GraphError(f"cycle {path}: a network must be acyclic; remove one of these edges")
    roles = table.neuron.get("role", [None] * size)
    free = np.bincount(target, minlength=size) == 0
    late = [row for row in np.flatnonzero(free).tolist() if roles[row] not in (None, name_of(Role.INPUT), Role.INPUT)]
    # One more neuron, in front of those that may not stand at level 0.
    from_front = np.concatenate([source, np.full(len(late), size)])
    return order.longest_paths(size + 1, from_front, np.concatenate([target, np.array(late, np.int64)]))[:size]


def _cycle(source: Array, target: Array, size: int) -> list[int]:
    """Rows of one cycle, empty when there is none."""
    try:
        order.longest_paths(size, source, target)
    except GraphError:
        unsettled = np.ones(size, bool)
        while True:
            fed = np.zeros(size, bool)
            fed[target[unsettled[source]]] = True
            if not (unsettled & ~fed).any():
                return order.find_cycle(source, target, unsettled)
            unsettled &= fed
    return []


def _roles(table: Table, level: Array) -> Array:
    """Roles as given, else by position: level 0 input, neurons without out-edges output, the rest hidden."""
    ends = np.bincount(table.source, minlength=level.size) == 0
    placed = np.where(level == 0, Role.INPUT, np.where(ends, Role.OUTPUT, Role.HIDDEN))
    role = codes(table.neuron.get("role"), Role, placed, table.node, "role")
    misplaced = (role == Role.INPUT) != (level == 0)
    if misplaced.any():
        at = int(np.argmax(misplaced))
        raise GraphError(
            f"{table.node(at)}: role {name_of(Role(role[at]))} at level {level[at]}: inputs, and only inputs, stand at "
            "level 0; mend its role or its level"
        )
    return role
