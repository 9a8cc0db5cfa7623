"""Squares through nodes: pairs of neighbours that share a second node besides the one they meet in."""

from __future__ import annotations

import numpy as np

from graphgrow.compiled import compiled


@compiled
def squares(pointer, other, rows):
    """int64 (3, rows): squares through each node, ends of its neighbours' edges, and twice its triangles.

    Two steps from a node lead to every opposite corner as often as the two have neighbours in common.
    """
    made = np.zeros((3, rows.size), np.int64)
    times = np.zeros(pointer.size - 1, np.int64)
    near = np.full(pointer.size - 1, -1, np.int64)
    for place in range(rows.size):
        node = rows[place]
        begin, end = pointer[node], pointer[node + 1]
        for at in range(begin, end):
            near[other[at]] = node
        through, ends, twice = 0, 0, 0
        for at in range(begin, end):
            beside = other[at]
            ends += pointer[beside + 1] - pointer[beside]
            for step in range(pointer[beside], pointer[beside + 1]):
                corner = other[step]
                # The n-th common neighbour makes a square with each of those before it.
                through += times[corner]
                times[corner] += 1
                twice += near[corner] == node
        # Coming back to the node itself is no square: that happened once for every neighbour.
        degree = end - begin
        made[0, place] = through - degree * (degree - 1) // 2
        made[1, place] = ends
        made[2, place] = twice
        for at in range(begin, end):
            beside = other[at]
            for step in range(pointer[beside], pointer[beside + 1]):
                times[other[step]] = 0
    return made
