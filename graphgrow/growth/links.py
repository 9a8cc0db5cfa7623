"""Link prediction by paths of length three between two levels: which edge the wiring itself calls for."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

import numpy as np
from scipy.sparse import csr_array

from graphgrow.arrays import Array
from graphgrow.graph.order import slices
from graphgrow.graph.pairs import Pairs, Rectangle
from graphgrow.measure.search import Best, Found, Tile

# Paths, and entries of a block of scores, that are worked on at once.
BLOCK = 1 << 20
# Targets up to which what belongs to pairs of them is kept: 64 MB.
KEPT = 1 << 12


class Paths(Enum):
    """How the paths u - z1 - z2 - v between the ends of a pair count; degrees d are those in the two levels.

    CH3: 1 / sqrt((1 + e1) (1 + e2)), e the edges of z that lead neither to u or v nor to another node of these paths
    (Muscoloni 2020, CH3-L3; the regrowth of CHT, Zhang 2024).
    RESOURCE: 1 / sqrt(d1 d2) (Kovacs 2019).
    COUNT: 1.
    """

    CH3 = "ch3"
    RESOURCE = "resource"
    COUNT = "count"


def best_linked(pairs: Pairs, count: int, paths: Paths = Paths.CH3, marked: Array | None = None) -> Found:
    """The absent pairs with the highest scores above 0, ordered by (-score, target, source); `count` at most.

    Every rectangle of `pairs` is a network of two sides of its own: only edges from its sources to its targets are
    looked at, so give one rectangle per pair of levels. Exact, in memory for a block of paths and `count` pairs.

    Parameters
    ----------
    marked : bool (neurons,), only pairs with a marked end count; None for all.
    """
    best = Best(count, pairs.wiring.neurons)
    for rectangle in pairs.rectangles if count > 0 else ():
        column = np.full(pairs.wiring.neurons, -1, np.int32)
        column[rectangle.sources] = np.arange(rectangle.sources.size, dtype=np.int32)
        for first, scores in _blocks(pairs, rectangle, paths):
            sources = rectangle.sources[first : first + scores.shape[1]]
            tile = Tile(pairs.wiring, sources, rectangle.targets, column, first)
            scores[tile.present()] = 0
            if marked is not None:
                scores[~(marked[rectangle.targets][:, None] | marked[sources][None, :])] = 0
            flat = scores.ravel()
            # Without a path there is no prediction.
            index = np.flatnonzero((flat > 0) & (flat >= best.lowest(tile)))
            line, place = np.divmod(index, sources.size)
            best.offer(sources[place], rectangle.targets[line], flat[index])
    return best.ranked()


def _blocks(pairs: Pairs, rectangle: Rectangle, paths: Paths) -> Iterator[tuple[int, Array]]:
    """Scores float32 (targets, some sources), with the position of the first of these sources."""
    layer = _Layer(pairs, rectangle, paths)
    onward = layer.forward @ (layer.backward @ np.diff(layer.forward.indptr))
    ends = np.maximum(np.cumsum(onward), np.arange(1, onward.size + 1) * rectangle.targets.size)
    first = 0
    while first < rectangle.sources.size:
        done = ends[first - 1] if first else 0
        last = max(first + 1, int(np.searchsorted(ends, done + BLOCK, side="right")))
        yield first, layer.scores(np.arange(first, last))
        first = last


class _Layer:
    """One rectangle as a sparse matrix of 0 and 1, and the scores of its pairs."""

    def __init__(self, pairs: Pairs, rectangle: Rectangle, paths: Paths) -> None:
        wiring = pairs.wiring
        source_at, target_at = np.full(wiring.neurons, -1, np.int64), np.full(wiring.neurons, -1, np.int64)
        source_at[rectangle.sources] = np.arange(rectangle.sources.size)
        target_at[rectangle.targets] = np.arange(rectangle.targets.size)
        edges = slices(wiring.pointer, rectangle.targets)
        edges = edges[source_at[wiring.source[edges]] >= 0]
        places = source_at[wiring.source[edges]], target_at[wiring.target[edges]]
        shape = rectangle.sources.size, rectangle.targets.size
        self.forward = csr_array((np.ones(edges.size, np.float32), places), shape=shape)
        self.backward = csr_array(self.forward.T)
        self.paths = paths
        everything = np.arange(rectangle.targets.size)
        # Needed by every block of sources, so it is kept where it is small.
        self.kept = self._towards(everything) if everything.size <= KEPT else None

    def scores(self, sources: Array) -> Array:
        """float32 (targets, sources): scores of all pairs of these sources; those of present pairs mean nothing."""
        owner = np.repeat(np.arange(sources.size), np.diff(self.forward.indptr)[sources])
        middle = self.forward.indices[slices(self.forward.indptr, sources)]
        # A row for each first step of a path, u - z1; an entry for each second, z1 - z2.
        back = self.backward[middle]
        back.data = self._from(sources)[np.repeat(owner, np.diff(back.indptr)), back.indices]
        onward = back @ self.forward
        step = np.repeat(np.arange(middle.size), np.diff(onward.indptr))
        if self.kept is None:
            distinct, place = np.unique(middle, return_inverse=True)
            value = onward.data * self._towards(distinct)[place[step], onward.indices]
        else:
            value = onward.data * self.kept[middle[step], onward.indices]
        targets = self.forward.shape[1]
        key = onward.indices.astype(np.int64) * sources.size + owner[step]
        made = np.bincount(key, value, minlength=targets * sources.size)
        return made.reshape(targets, sources.size).astype(np.float32)

    def _from(self, sources: Array) -> Array:
        """float32 (some sources, all sources): what a second node z2 multiplies the paths of each source by."""
        return self._factors(np.diff(self.forward.indptr)[None, :], self.forward, self.backward, sources)

    def _towards(self, middle: Array) -> Array:
        """float32 (some targets, all targets): what a first node z1 multiplies the paths to each target by."""
        return self._factors(np.diff(self.backward.indptr)[middle][:, None], self.backward, self.forward, middle)

    def _factors(self, degree: Array, there: csr_array, back: csr_array, rows: Array) -> Array:
        """One end of the paths by one node between, as `Paths` says; edges to other nodes of the paths are shared."""
        left = np.broadcast_to(degree, (rows.size, there.shape[0])).astype(np.float32)
        if self.paths is Paths.COUNT:
            return np.ones_like(left)
        if self.paths is Paths.CH3:
            left -= (there[rows] @ back).toarray()
        # What is not above 0 belongs to pairs that are edges already.
        return np.where(left > 0, 1 / np.sqrt(np.where(left > 0, left, 1)), 0).astype(np.float32)
