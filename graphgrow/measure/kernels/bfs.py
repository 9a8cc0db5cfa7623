"""Breadth-first search from 64 sources at once, one bit of a word each."""

from __future__ import annotations

import numpy as np

from graphgrow.compiled import compiled


@compiled
def batch(pointer, other, sources, seen, front, ahead, here, there, distance, reached, inverse):
    """Sums over all nodes that each of at most 64 sources reaches, itself left out.

    Parameters
    ----------
    sources : int64 (sources,), different nodes.
    seen, front, ahead : uint64 (nodes,), all 0; front and ahead are all 0 again afterwards, seen holds who was reached.
    here, there : int32 (nodes,), room for two frontiers.
    distance, reached, inverse : int64, int64, float64 (sources,); of distances, of ones, of 1 / distance; set here.
    """
    planes = np.zeros(8, np.uint64)
    counts = np.zeros(64, np.int64)
    size = 0
    for at in range(sources.size):
        node = sources[at]
        distance[at], reached[at], inverse[at] = 0, 0, 0.0
        seen[node] |= np.uint64(1) << np.uint64(at)
        front[node] = seen[node]
        here[size] = node
        size += 1
    length = 0
    while size:
        length += 1
        found = _spread(pointer, other, seen, front, ahead, here, size, there)
        counts[:] = 0
        held = 0
        for at in range(found):
            node = there[at]
            word = ahead[node]
            seen[node] |= word
            _add(planes, word)
            held += 1
            if held == 255:
                _flush(planes, counts)
                held = 0
        _flush(planes, counts)
        for at in range(sources.size):
            distance[at] += length * counts[at]
            reached[at] += counts[at]
            inverse[at] += counts[at] / length
        front, ahead = ahead, front
        here, there = there, here
        size = found


@compiled
def _spread(pointer, other, seen, front, ahead, here, size, there):
    """Hand every word of the frontier on to neighbours that have not seen it; how many nodes got something new."""
    found = 0
    for at in range(size):
        node = here[at]
        word = front[node]
        front[node] = np.uint64(0)
        for entry in range(pointer[node], pointer[node + 1]):
            neighbour = other[entry]
            fresh = word & ~seen[neighbour]
            if fresh:
                old = ahead[neighbour]
                if old == 0:
                    there[found] = neighbour
                    found += 1
                ahead[neighbour] = old | fresh
    return found


@compiled
def _add(planes, word):
    """Count a word's bits into binary counters, one a bit, whose digits lie in planes."""
    for digit in range(8):
        carry = planes[digit] & word
        planes[digit] ^= word
        word = carry
        if word == 0:
            break


@compiled
def _flush(planes, counts):
    """Move what the binary counters hold into counts, int64 (64,)."""
    for digit in range(8):
        word = planes[digit]
        planes[digit] = np.uint64(0)
        bit = 0
        while word:
            if word & np.uint64(1):
                counts[bit] += 1 << digit
            word >>= np.uint64(1)
            bit += 1


@compiled
def single(pointer, other, source, distance, queue):
    """Distance of every node from one source into distance, int32 (nodes,), all -1 before; queue int32 (nodes,)."""
    distance[source] = 0
    queue[0] = source
    first, last = 0, 1
    while first < last:
        node = queue[first]
        first += 1
        for entry in range(pointer[node], pointer[node + 1]):
            neighbour = other[entry]
            if distance[neighbour] < 0:
                distance[neighbour] = distance[node] + 1
                queue[last] = neighbour
                last += 1
