"""A networkx graph as arrays: what the backend's functions work on."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import Any

import numpy as np

from graphgrow.arrays import Array, frozen
from graphgrow.graph.graph import Graph
from graphgrow.measure.adjacency import Adjacency, of

Attributes = Mapping[Any, Any]


@dataclass(frozen=True, eq=False)
class Held:
    """Rows of neighbours in the order in which networkx walks them, with the attributes that were asked for.

    Unlike an `Adjacency`, it may stand for a multigraph, and its weights may be anything that float64 holds.

    Attributes
    ----------
    names : the nodes, in order.
    pointer, other : int64 (nodes + 1,) and int32 (entries,), the neighbours of every node.
    directed, multigraph : of which kind the graph is.
    first : int64 (entries + 1,), the parallel edges of entry e are first[e] up to first[e + 1]; None where every entry
        is one edge.
    columns : by name of an edge attribute, float64 (parallel edges,).
    data : what networkx holds at every entry, where everything was to be kept.
    node_data, graph_data : attributes of the nodes and of the graph, for the way back.
    """

    __networkx_backend__ = "graphgrow"

    names: Sequence[Hashable]
    pointer: Array
    other: Array
    directed: bool
    multigraph: bool = False
    first: Array | None = None
    columns: Mapping[str, Array] = field(default_factory=dict)
    data: Sequence[Attributes] | None = None
    node_data: Sequence[Attributes] | None = None
    graph_data: Attributes = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[Hashable]:
        return iter(self.names)

    def __contains__(self, node: object) -> bool:
        try:
            return node in self.at
        except TypeError:
            return False

    def is_directed(self) -> bool:
        """As networkx asks it."""
        return self.directed

    def is_multigraph(self) -> bool:
        """As networkx asks it."""
        return self.multigraph

    @cached_property
    def at(self) -> dict[Hashable, int]:
        """The row of every node."""
        return {name: row for row, name in enumerate(self.names)}

    @cached_property
    def row(self) -> Array:
        """int32 (entries,): the node in whose row an entry stands."""
        return np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.pointer))

    @cached_property
    def order(self) -> Array:
        """int64 (entries,): entries as they stand in ascending rows."""
        from scipy.sparse import csr_array

        made = csr_array((np.arange(1, self.other.size + 1), self.other, self.pointer), shape=(len(self),) * 2)
        made.sort_indices()
        order: Array = made.data.astype(np.int64) - 1
        return order

    @cached_property
    def adjacency(self) -> Adjacency:
        """The graph without weights; parallel edges are one."""
        other = frozen(self.other[self.order])
        return Adjacency(frozen(self.pointer), other, None, self.directed, None, self.names)

    @cached_property
    def loopless(self) -> tuple[Array, Array, Array]:
        """Pointer and neighbours, ascending, without loops, and which entry each one was."""
        kept = self.order[self.row != self.other[self.order]]
        counts = np.bincount(self.row[kept], minlength=len(self))
        return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), self.other[kept], kept

    @property
    def parallel(self) -> int:
        """How many edges the entries stand for in all; an undirected one stands in both rows."""
        return self.other.size if self.first is None else int(self.first[-1])

    @property
    def many(self) -> Array:
        """int64 (entries,): parallel edges of every entry."""
        return np.ones(self.other.size, np.int64) if self.first is None else np.diff(self.first)

    def column(self, weight: str | None) -> Array:
        """float64 (parallel edges,): an attribute, 1 where an edge lacks it."""
        if weight is None or weight not in self.columns:
            return self._read(weight) if weight is not None and self.data is not None else np.ones(self.parallel)
        return self.columns[weight]

    def summed(self, weight: str | None) -> Array:
        """float64 (entries,): the attribute, summed over parallel edges."""
        return self._merged(self.column(weight), np.add)

    def least(self, weight: str | None) -> Array:
        """float64 (entries,): the attribute, the smallest of parallel edges."""
        return self._merged(self.column(weight), np.minimum)

    def size(self, weight: str | None) -> float:
        """Sum of the attribute over all edges, a number of edges for None."""
        values = self.summed(weight)
        total = values.sum() if self.directed else (values.sum() + values[self.row == self.other].sum()) / 2
        return float(total)

    def rows(self, nodes: Iterable[Any]) -> Array:
        """int64 (k,): the rows of these nodes, those left out that the graph does not have, as networkx does."""
        import networkx

        try:
            return np.array([self.at[node] for node in nodes if node in self.at], np.int64)
        except TypeError as error:
            if "hashable" in str(error):
                raise networkx.NetworkXError(f"expected nodes of the graph, got {nodes!r}: {error}") from error
            message = f"nodes {nodes!r}: nbunch is not a node or a sequence of nodes."
            raise networkx.NetworkXError(message) from error

    def keyed(self, values: Array) -> dict[Any, Any]:
        """One value a node, float or int, by name."""
        return dict(zip(self.names, values.tolist(), strict=True))

    def _merged(self, column: Array, how: np.ufunc) -> Array:
        if self.first is None or not self.other.size:
            return column
        made: Array = how.reduceat(column, self.first[:-1])
        return made

    def _read(self, weight: str) -> Array:
        data = self.data or ()
        edges: Iterable[Attributes] = (edge for held in data for edge in held.values()) if self.multigraph else data
        return numbers((edge.get(weight, 1) for edge in edges), self.parallel, weight)


def numbers(values: Iterable[Any], count: int, name: str) -> Array:
    """float64 (count,); NotImplementedError, upon which networkx does the work itself, where one is no real number."""
    try:
        return np.fromiter(values, np.float64, count)
    except (TypeError, ValueError) as error:
        raise NotImplementedError(f"edge attribute {name!r}: graphgrow expects real numbers: {error}") from error


def held(graph: Held | Adjacency | Graph) -> Held:
    """Any of our graphs as arrays; nothing is copied but what a network keeps in another order.

    Raises
    ------
    TypeError
        It is none of ours: convert it first.
    """
    if isinstance(graph, Held):
        return graph
    made = of(graph) if isinstance(graph, Graph) else graph
    if not isinstance(made, Adjacency):
        raise TypeError(f"expected a graph of graphgrow, got {type(made).__name__}: use convert_from_nx first")
    names = range(made.nodes) if made.names is None else made.names
    columns = {} if made.weight is None else {"weight": made.weight}
    return Held(names, made.pointer, made.other, made.directed, columns=columns)


def dispatched(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a function its first argument, which networkx calls G, as arrays."""

    @wraps(function)
    def call(*given: Any, **named: Any) -> Any:
        graph, *others = (named.pop("G"), *given) if "G" in named else given
        return function(held(graph), *others, **named)

    return call


def chosen(graph: Held, nodes: Any, values: Callable[[Array | None], Array]) -> Any:
    """A number for one node, a dictionary for several or, for None, all, whose rows are then None."""
    if nodes is None:
        return graph.keyed(values(None))
    if nodes in graph:
        return values(np.array([graph.at[nodes]], np.int64))[0].item()
    rows = graph.rows(nodes)
    return dict(zip((graph.names[row] for row in rows.tolist()), values(rows).tolist(), strict=True))
