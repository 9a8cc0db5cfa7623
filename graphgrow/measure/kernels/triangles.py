"""Triangles of an undirected graph: every one found once, from its corner of lowest degree.

Each edge is kept in the row of its end of lower degree only. So no row is longer than the root of twice the number of
edges, and a triangle is found from one corner alone (Chiba and Nishizeki 1985; Latapy 2008).
"""

from __future__ import annotations

import numpy as np

from graphgrow.compiled import compiled


@compiled
def oriented(pointer, other, order, rank):
    """Rows by rank, each with the ranks of its later neighbours, and which entry of the graph each one was.

    order int64 (nodes,) holds the nodes by rank, rank int32 (nodes,) is its inverse.
    """
    nodes = order.size
    starts = np.zeros(nodes + 1, np.int64)
    later = np.empty(other.size // 2, np.int32)
    entry = np.empty(other.size // 2, np.int64)
    at = 0
    for row in range(nodes):
        node = order[row]
        for where in range(pointer[node], pointer[node + 1]):
            if rank[other[where]] > row:
                later[at] = rank[other[where]]
                entry[at] = where
                at += 1
        starts[row + 1] = at
    return starts, later, entry


@compiled
def counts(starts, later):
    """int64 (nodes,): triangles at every rank."""
    nodes = starts.size - 1
    found = np.zeros(nodes, np.int64)
    marked = np.full(nodes, -1, np.int32)
    for first in range(nodes):
        # A last neighbour closes no triangle, and neither does an only one.
        if starts[first + 1] - starts[first] < 2:
            continue
        for where in range(starts[first], starts[first + 1]):
            marked[later[where]] = first
        total = 0
        for where in range(starts[first], starts[first + 1]):
            second = later[where]
            here = 0
            for step in range(starts[second], starts[second + 1]):
                if marked[later[step]] == first:
                    found[later[step]] += 1
                    here += 1
            found[second] += here
            total += here
        found[first] += total
    return found


@compiled
def dense_counts(pointer, other):
    """int64 (nodes,): triangles at every node, by the common bits of the rows at the two ends of every edge."""
    nodes = pointer.size - 1
    words = (nodes + 63) // 64
    bits = np.zeros((nodes, words), np.uint64)
    for row in range(nodes):
        for at in range(pointer[row], pointer[row + 1]):
            bits[row, other[at] >> 6] |= np.uint64(1) << np.uint64(other[at] & 63)
    found = np.zeros(nodes, np.int64)
    for row in range(nodes):
        mine = bits[row]
        for at in range(pointer[row], pointer[row + 1]):
            if other[at] > row:
                common = _common(mine, bits[other[at]])
                found[row] += common
                found[other[at]] += common
    # Both edges of a node see each of its triangles.
    return found // 2


@compiled
def _common(one, two):
    """How many bits two rows have in common; sums of pairs, fours and bytes, which compiles to vector code."""
    total = np.uint64(0)
    for word in range(one.size):
        bits = one[word] & two[word]
        bits -= (bits >> np.uint64(1)) & np.uint64(0x5555555555555555)
        bits = (bits & np.uint64(0x3333333333333333)) + ((bits >> np.uint64(2)) & np.uint64(0x3333333333333333))
        bits = (bits + (bits >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
        total += (bits * np.uint64(0x0101010101010101)) >> np.uint64(56)
    return np.int64(total)


@compiled
def aligned(pointer, other, of_pointer, of_other):
    """int64 (entries,): the entry of a second graph with the same ends, -1 where it has none; rows of both ascend."""
    made = np.full(other.size, -1, np.int64)
    for row in range(pointer.size - 1):
        where, end = of_pointer[row], of_pointer[row + 1]
        for at in range(pointer[row], pointer[row + 1]):
            while where < end and of_other[where] < other[at]:
                where += 1
            if where < end and of_other[where] == other[at]:
                made[at] = where
    return made


@compiled
def twins(pointer, other):
    """int64 (entries,): where each edge of an undirected graph stands in its other end's row; rows ascend."""
    made = np.empty(other.size, np.int64)
    following = pointer.copy()
    for row in range(pointer.size - 1):
        for at in range(pointer[row], pointer[row + 1]):
            made[following[other[at]]] = at
            following[other[at]] += 1
    return made


@compiled
def roles(starts, later, up, values, means):
    """float64 (nodes, counts, 4): cycle, middleman, in and out triangles at every rank, where no edge runs both ways.

    up bool (edges,) says which run to the higher rank. values float64 (edges, counts): a triangle counts the product of
    its three, or with means[count] the mean of the two at the corner.
    """
    nodes = starts.size - 1
    sums = np.zeros((nodes, means.size, 4))
    marked = np.full(nodes, -1, np.int64)
    for first in range(nodes):
        for where in range(starts[first], starts[first + 1]):
            marked[later[where]] = where
        for one in range(starts[first], starts[first + 1]):
            second = later[one]
            for two in range(starts[second], starts[second + 1]):
                third = later[two]
                three = marked[third]
                if three < starts[first]:
                    continue
                # How many of its two edges leave a corner: none is in, one middleman, two out; one each is a cycle.
                here, there = int(up[one]) + int(up[three]), int(not up[one]) + int(up[two])
                cycle = here == 1 and there == 1
                at = 0 if cycle else (2, 1, 3)[here]
                beside = 0 if cycle else (2, 1, 3)[there]
                behind = 0 if cycle else (2, 1, 3)[3 - here - there]
                for count in range(means.size):
                    a, b, c = values[one, count], values[two, count], values[three, count]
                    if means[count]:
                        sums[first, count, at] += (a + c) / 2
                        sums[second, count, beside] += (a + b) / 2
                        sums[third, count, behind] += (b + c) / 2
                    else:
                        sums[first, count, at] += a * b * c
                        sums[second, count, beside] += a * b * c
                        sums[third, count, behind] += a * b * c
    return sums


@compiled
def patterns(starts, later, up, down):
    """float64 (4, nodes): weighted cycle, middleman, in and out triangles at every rank.

    up and down float64 (edges, 3) belong to the direction from the lower to the higher rank and back. With columns x,
    y, z the two edges at a corner count x1 y2 + y1 x2 and the opposite one counts z; all are 0 where no edge is.
    """
    nodes = starts.size - 1
    sums = np.zeros((4, nodes))
    marked = np.full(nodes, -1, np.int64)
    for first in range(nodes):
        for where in range(starts[first], starts[first + 1]):
            marked[later[where]] = where
        for one in range(starts[first], starts[first + 1]):
            second = later[one]
            for two in range(starts[second], starts[second + 1]):
                third = later[two]
                three = marked[third]
                if three >= starts[first]:
                    _corner(sums, first, up, down, one, up, down, three, up[two, 2], down[two, 2])
                    _corner(sums, second, down, up, one, up, down, two, up[three, 2], down[three, 2])
                    _corner(sums, third, down, up, three, down, up, two, up[one, 2], down[one, 2])
    return sums


@compiled
def _corner(sums, node, out_one, in_one, one, out_two, in_two, two, forth, back):
    """One triangle at one corner: edges out of it and into it, to two neighbours, and those between the two."""
    out_in = out_one[one, 0] * in_two[two, 1] + out_one[one, 1] * in_two[two, 0]
    in_out = in_one[one, 0] * out_two[two, 1] + in_one[one, 1] * out_two[two, 0]
    both_in = in_one[one, 0] * in_two[two, 1] + in_one[one, 1] * in_two[two, 0]
    both_out = out_one[one, 0] * out_two[two, 1] + out_one[one, 1] * out_two[two, 0]
    sums[0, node] += out_in * forth + in_out * back
    sums[1, node] += out_in * back + in_out * forth
    sums[2, node] += both_in * (forth + back)
    sums[3, node] += both_out * (forth + back)
