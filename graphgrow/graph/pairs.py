"""Pairs of neurons that an edge may join, as disjoint rectangles of rows; nothing here needs n x n memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphgrow.arrays import Array
from graphgrow.graph.order import slices
from graphgrow.graph.wiring import Wiring


@dataclass(frozen=True, eq=False)
class Rectangle:
    """All pairs (sources x targets); rows ascending, int32, every source on an earlier level than every target."""

    sources: Array
    targets: Array

    @property
    def size(self) -> int:
        """Number of pairs."""
        return int(self.sources.size) * int(self.targets.size)


@dataclass(frozen=True, eq=False)
class Pairs:
    """A set of feasible pairs of one wiring, present edges included, as disjoint rectangles.

    Attributes
    ----------
    wiring : whose rows are meant.
    rectangles : disjoint; together they are the set.
    """

    wiring: Wiring
    rectangles: tuple[Rectangle, ...]

    @property
    def size(self) -> int:
        """Number of pairs, present edges included."""
        return sum(rectangle.size for rectangle in self.rectangles)

    def present(self) -> Array:
        """Linear indices, int64 ascending, of the pairs that are edges already.

        The pair (source a, target b) of a rectangle has the index offset + b * sources + a.
        """
        wiring = self.wiring
        found, offset = [], 0
        for rectangle in self.rectangles:
            source_at, target_at = _positions(wiring.neurons, rectangle)
            edges = slices(wiring.pointer, rectangle.targets)
            edges = edges[source_at[wiring.source[edges]] >= 0]
            column = target_at[wiring.target[edges]].astype(np.int64)
            found.append(np.sort(offset + column * rectangle.sources.size + source_at[wiring.source[edges]]))
            offset += rectangle.size
        return np.concatenate(found) if found else np.zeros(0, np.int64)

    def absent(self) -> int:
        """Number of pairs that are not edges yet."""
        return self.size - int(self.present().size)

    def at(self, index: Array) -> tuple[Array, Array]:
        """Source and target rows, int32 (k,), of linear indices int64 (k,)."""
        source, target = np.zeros(index.size, np.int32), np.zeros(index.size, np.int32)
        offset = 0
        for rectangle in self.rectangles:
            inside = (index >= offset) & (index < offset + rectangle.size)
            local = index[inside] - offset
            if local.size:
                source[inside] = rectangle.sources[local % rectangle.sources.size]
                target[inside] = rectangle.targets[local // rectangle.sources.size]
            offset += rectangle.size
        return source, target

    def draw(self, count: int, rng: np.random.Generator) -> tuple[Array, Array]:
        """At most `count` different absent pairs, uniformly, in random order: int32 (k,) sources and targets.

        Exact for any density: ranks among the absent pairs are drawn and shifted past the present ones.
        """
        present = self.present()
        absent = self.size - present.size
        rank = rng.choice(absent, size=min(count, absent), replace=False) if absent else np.zeros(0, np.int64)
        # The k-th present index has present[k] - k absent ones before it.
        before = present - np.arange(present.size)
        return self.at(rank + np.searchsorted(before, rank, side="right"))


def between(wiring: Wiring, sources: Array, targets: Array, reach: int) -> Pairs:
    """Pairs from masked sources to masked targets, up to `reach` occupied levels ahead.

    Parameters
    ----------
    sources, targets : bool (neurons,), who may send and who may receive. Inputs never receive.
    reach : 1 for consecutive levels only; a skip over s levels needs reach s + 1.
    """
    made = []
    levels = wiring.levels.size
    members = [np.flatnonzero(wiring.rank == rank).astype(np.int32) for rank in range(levels)]
    for later in range(1, levels):
        heads = members[later][targets[members[later]]]
        tails = [members[rank][sources[members[rank]]] for rank in range(max(0, later - reach), later)]
        tail = np.sort(np.concatenate(tails))
        if heads.size and tail.size:
            made.append(Rectangle(tail, heads))
    return Pairs(wiring, tuple(made))


def touching(wiring: Wiring, marked: Array, reach: int, sources: Array, targets: Array) -> Pairs:
    """Pairs of `between` with at least one end marked in bool (neurons,)."""
    from_marked = between(wiring, sources & marked, targets, reach)
    into_marked = between(wiring, sources & ~marked, targets & marked, reach)
    return Pairs(wiring, from_marked.rectangles + into_marked.rectangles)


def _positions(neurons: int, rectangle: Rectangle) -> tuple[Array, Array]:
    """Position of each row among the rectangle's sources and targets, -1 outside."""
    source_at = np.full(neurons, -1, np.int64)
    source_at[rectangle.sources] = np.arange(rectangle.sources.size)
    target_at = np.full(neurons, -1, np.int64)
    target_at[rectangle.targets] = np.arange(rectangle.targets.size)
    return source_at, target_at
