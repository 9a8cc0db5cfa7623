"""Writing an edit group by group."""

from __future__ import annotations

import numpy as np

from graphgrow.arrays import Array
from graphgrow.graph.edit import Edit
from graphgrow.graph.graph import Graph
from graphgrow.graph.wiring import Activation


class Draft:
    """An edit of one graph in the making: what is written belongs to the group begun last."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.groups = 0
        self.neurons = 0
        self._columns: dict[str, list[Array]] = {}

    def begin(self) -> None:
        """The next group, wanted less than those before it."""
        self.groups += 1

    def neuron(self, level: int, opens: bool, parent: int, activation: int | None = None, bias: float = 0.0) -> int:
        """A new neuron copied from the row `parent`, by default with its activation; the row that edges name it by."""
        wiring = self.graph.wiring
        kind = int(wiring.activation[parent]) if activation is None else int(Activation(activation))
        self._write("new_group", [self.groups - 1])
        self._write("new_level", [level])
        self._write("new_opens", [opens])
        self._write("new_activation", [kind])
        self._write("new_bias", [bias])
        self._write("new_parent", [int(wiring.id[parent])])
        self.neurons += 1
        return self.graph.neurons + self.neurons - 1

    def edges(self, source: Array | int, target: Array | int, weight: Array | float, state: Array | int = -1) -> None:
        """New edges; one of both ends, weight and state may stand for all."""
        ends = np.broadcast_arrays(*(np.atleast_1d(column) for column in (source, target, weight, state)))
        for name, column in zip(("source", "target", "weight", "copy_state"), ends, strict=True):
            self._write(name, column)
        self._write("edge_group", np.full(ends[0].size, self.groups - 1))

    def remove_edges(self, rows: Array) -> None:
        """Edges to remove, by row."""
        self._write("removed_edges", rows)
        self._write("removed_edge_group", np.full(np.size(rows), self.groups - 1))

    def remove_neuron(self, row: int) -> None:
        """A hidden neuron to remove, with all its edges."""
        self._write("removed_neurons", [row])
        self._write("removed_neuron_group", [self.groups - 1])

    def set_weights(self, rows: Array, weight: Array) -> None:
        """New weights of edges that stay, by row."""
        self._write("set_edges", rows)
        self._write("set_weight", weight)
        self._write("set_edge_group", np.full(np.size(rows), self.groups - 1))

    def edit(self, preserves_function: bool) -> Edit:
        """What was written."""
        columns = {name: np.concatenate(parts) for name, parts in self._columns.items()}
        return Edit(self.graph.neurons, self.groups, **columns, preserves_function=preserves_function)

    def _write(self, name: str, values: Array | list[int] | list[float] | list[bool]) -> None:
        self._columns.setdefault(name, []).append(np.asarray(values))


def in_edges(graph: Graph, row: int) -> Array:
    """int64 (k,): rows of a neuron's in-edges."""
    return np.arange(graph.wiring.pointer[row], graph.wiring.pointer[row + 1])


def out_edges(graph: Graph, row: int) -> Array:
    """int32 (k,): rows of a neuron's out-edges."""
    wiring = graph.wiring
    found: Array = wiring.out_order[wiring.out_pointer[row] : wiring.out_pointer[row + 1]]
    return found


def by_severity(scores: Array, able: Array) -> list[int]:
    """Rows above 0 among those marked in bool (neurons,), the most severe first, equal ones by row."""
    rows = np.flatnonzero((scores > 0) & able)
    ranked: list[int] = rows[np.lexsort((rows, -scores[rows]))].tolist()
    return ranked
