"""The best of many scored pairs, exactly: tile by tile, in memory for a tile per thread and for what was asked for."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock

import numpy as np

from graphgrow.arrays import Array
from graphgrow.graph.order import slices
from graphgrow.graph.pairs import Pairs
from graphgrow.graph.wiring import Wiring

Found = tuple[Array, Array, Array]  # sources int32 (k,), targets int32 (k,), scores float32 (k,)


@dataclass(frozen=True, eq=False)
class Tile:
    """Some sources times some targets of one rectangle of pairs.

    Attributes
    ----------
    wiring : whose rows are meant.
    sources, targets : int32, rows, ascending.
    column : int32 (neurons,), position of a row among all sources of the rectangle, -1 for none.
    first : position of the tile's first source there.
    """

    wiring: Wiring
    sources: Array
    targets: Array
    column: Array
    first: int

    def present(self) -> tuple[Array, Array]:
        """Positions int64 (target, source) in the tile of the pairs that are edges already."""
        wiring = self.wiring
        column = self.column[wiring.source[slices(wiring.pointer, self.targets)]] - self.first
        line = np.repeat(np.arange(self.targets.size), wiring.fan_in[self.targets])
        inside = (column >= 0) & (column < self.sources.size)
        return line[inside], column[inside].astype(np.int64)


# Scores float32 (k,) >= 0 of absent pairs, all that may reach `lowest`, with their places target * sources + source in
# the tile; of more than `count` only as many as may belong to the best `count`.
Candidates = Callable[[Tile, np.float32, int], tuple[Array, Array]]


def tiles(pairs: Pairs, entries: int) -> Iterator[Tile]:
    """The pairs cut into tiles of at most `entries` pairs, as square as may be: then each row is read least often."""
    side = math.isqrt(entries)
    for rectangle in pairs.rectangles:
        column = np.full(pairs.wiring.neurons, -1, np.int32)
        column[rectangle.sources] = np.arange(rectangle.sources.size, dtype=np.int32)
        height = _even(rectangle.targets.size, side)
        width = _even(rectangle.sources.size, entries // max(height, 1))
        for top in range(0, rectangle.targets.size, height):
            for left in range(0, rectangle.sources.size, width):
                sources, targets = rectangle.sources[left : left + width], rectangle.targets[top : top + height]
                yield Tile(pairs.wiring, sources, targets, column, left)


def _even(size: int, most: int) -> int:
    """Length of the pieces when `size` is cut into as few as can be, none longer than `most`."""
    return max(1, -(-size // -(-size // max(1, most)))) if size else 1


class Best:
    """The `count` >= 1 best pairs so far, by (-score, target, source); what is best does not depend on who comes first.

    At most about 2 * `count` pairs and one more offer are held.
    """

    def __init__(self, count: int, neurons: int) -> None:
        self._count, self._neurons, self._lock = count, neurons, Lock()
        self._held: list[Found] = []
        self._size = 0
        # Score and place in the order of (target, source) of the last pair that is in, once `count` are.
        self._last: tuple[np.float32, int] | None = None

    def lowest(self, tile: Tile) -> np.float32:
        """The smallest score that may still be in, for the pairs of a tile."""
        if self._last is None:
            return np.float32(0.0)
        score, place = self._last
        # Equal scores go by their place: if all of the tile come later, only higher ones are in.
        first = int(tile.targets[0]) * self._neurons + int(tile.sources[0])
        return np.nextafter(score, np.float32(np.inf)) if first > place else score

    def offer(self, sources: Array, targets: Array, scores: Array) -> None:
        """Pairs that may be in, with scores of at least 0."""
        if not scores.size:
            return
        with self._lock:
            self._held.append((sources, targets, scores))
            self._size += scores.size
            if self._size >= self._count * (1 if self._last is None else 2):
                self._cut()

    def ranked(self) -> Found:
        """The best, in order."""
        with self._lock:
            self._cut()
            source, target, score = self._held[0]
        by_place = np.argsort(self._places(source, target))
        # Floats from 0 upward are ordered as their bits are, so one sort of whole numbers goes by score, then by place.
        falling = np.uint64(0xFFFFFFFF) - score[by_place].view(np.uint32)
        order = np.sort(falling << np.uint64(32) | np.arange(score.size, dtype=np.uint64)) & np.uint64(0xFFFFFFFF)
        by_score = by_place[order.astype(np.int64)]
        return source[by_score], target[by_score], score[by_score]

    def _cut(self) -> None:
        """Keep the best and forget the rest."""
        none = (np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.float32))
        source, target, score = (np.concatenate(parts) for parts in zip(none, *self._held, strict=True))
        if self._count <= 0 or score.size < self._count:
            self._held, self._size = [(source, target, score)], score.size
            return
        border = np.partition(score, score.size - self._count)[score.size - self._count]
        kept = score > border
        ties = np.flatnonzero(score == border)
        places = self._places(source[ties], target[ties])
        rank = self._count - int(np.count_nonzero(kept))
        last = np.partition(places, rank - 1)[rank - 1]
        kept[ties[places <= last]] = True
        self._held, self._size = [(source[kept], target[kept], score[kept])], self._count
        self._last = border, int(last)

    def _places(self, source: Array, target: Array) -> Array:
        """int64 (k,): places in the order of (target, source)."""
        places: Array = target.astype(np.int64) * self._neurons + source
        return places


# All tiles are held at once to be sorted, and with them a whole number per neuron for each rectangle: 64 MB at most.
SORTED = 1 << 24
# What no score of a tile can exceed, rounding included.
Bound = Callable[[Tile], float]


def lengths_bound(first: Array, second: Array, samples: int) -> Bound:
    """A bound for scores |mean x y| by the lengths of the rows: no product of two rows exceeds that of their lengths.

    Parameters
    ----------
    first, second : float (neurons,), Euclidean lengths over samples of the rows that sources and targets score by.

    Source: Cauchy-Schwarz; skipping by such bounds as in search for maximum inner products (Teflioudi 2015).
    """
    # Sums of float32 may come out larger than they are by so many roundings.
    slack = (1 + samples * 2.0**-22) / max(samples, 1)

    def bound(tile: Tile) -> float:
        return float(first[tile.sources].max() * second[tile.targets].max()) * slack

    return bound


def search(
    pairs: Pairs, count: int, candidates: Candidates, entries: int, threads: int = 1, bound: Bound | None = None
) -> Found:
    """The `count` best absent pairs, or all if there are fewer, ordered by (-score, target, source).

    Parameters
    ----------
    candidates : scores one tile; called from several threads at once when there are several.
    entries : most pairs of a tile. The tiles follow from the pairs alone, so that nothing found depends on `threads`.
    bound : where given, tiles that can hold none of the best are not scored, and those of large scores come first,
        unless there are too many to hold.
    """
    best = Best(count, pairs.wiring.neurons)

    def work(cut: Iterable[Tile]) -> None:
        for tile in cut:
            if bound is not None and bound(tile) < best.lowest(tile):
                continue
            scores, index = candidates(tile, best.lowest(tile), count)
            line, column = np.divmod(index, tile.sources.size)
            best.offer(tile.sources[column], tile.targets[line], scores)

    if count > 0:
        made = tiles(pairs, entries)
        if bound is not None and len(pairs.rectangles) * pairs.wiring.neurons <= SORTED:
            made = iter(sorted(made, key=bound, reverse=True))
        shared = _Shared(made)
        threads = min(threads, -(-pairs.size // max(1, entries)))
        if threads <= 1:
            work(shared)
        else:
            with ThreadPoolExecutor(threads) as pool:
                try:
                    for done in [pool.submit(work, shared) for _ in range(threads)]:
                        done.result()
                finally:
                    # After an error or an interrupt the other threads end with the tile they are at.
                    shared.close()
    return best.ranked()


class _Shared:
    """One iterator for several threads."""

    def __init__(self, items: Iterator[Tile]) -> None:
        self._items, self._lock, self._closed = items, Lock(), False

    def close(self) -> None:
        """There is nothing more for anybody."""
        self._closed = True

    def __iter__(self) -> _Shared:
        return self

    def __next__(self) -> Tile:
        with self._lock:
            if self._closed:
                raise StopIteration
            return next(self._items)
