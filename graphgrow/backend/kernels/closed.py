"""Triangles and squares through chosen nodes, along rows that may be directed, as networkx counts them."""

from __future__ import annotations

import numpy as np

from graphgrow.compiled import compiled


@compiled
def closed(pointer, other, value, rows):
    """float64 (rows,): sum over ordered pairs of neighbours j, k of node i that are joined, of v_ij v_jk v_ik.

    Rows hold no loop; value float64 (entries,).
    """
    made = np.zeros(rows.size)
    held = np.zeros(pointer.size - 1)
    near = np.full(pointer.size - 1, -1, np.int64)
    for place in range(rows.size):
        node = rows[place]
        begin, end = pointer[node], pointer[node + 1]
        for at in range(begin, end):
            near[other[at]] = place
            held[other[at]] = value[at]
        total = 0.0
        for at in range(begin, end):
            beside = other[at]
            inner = 0.0
            for step in range(pointer[beside], pointer[beside + 1]):
                if near[other[step]] == place:
                    inner += value[step] * held[other[step]]
            total += value[at] * inner
        made[place] = total
    return made


@compiled
def squares(pointer, other, rows):
    """int64 (3, rows): twice the squares through each node, out-edges of its neighbours, and joined ordered neighbours.

    Rows hold no loop and may be directed: a corner opposite node i is any x two steps away, and it counts the
    neighbours of i that x itself points at.
    """
    made = np.zeros((3, rows.size), np.int64)
    near = np.full(pointer.size - 1, -1, np.int64)
    seen = np.full(pointer.size - 1, -1, np.int64)
    for place in range(rows.size):
        node = rows[place]
        begin, end = pointer[node], pointer[node + 1]
        seen[node] = place
        for at in range(begin, end):
            near[other[at]] = place
            seen[other[at]] = place
        for at in range(begin, end):
            beside = other[at]
            common = _common(pointer, other, beside, near, place)
            made[0, place] += common * (common - 1)
            made[1, place] += pointer[beside + 1] - pointer[beside]
            made[2, place] += common
            for step in range(pointer[beside], pointer[beside + 1]):
                corner = other[step]
                if seen[corner] != place:
                    seen[corner] = place
                    common = _common(pointer, other, corner, near, place)
                    made[0, place] += common * (common - 1)
    return made


@compiled
def _common(pointer, other, node, near, place):
    """How many of a node's neighbours are marked."""
    count = 0
    for at in range(pointer[node], pointer[node + 1]):
        count += near[other[at]] == place
    return count
