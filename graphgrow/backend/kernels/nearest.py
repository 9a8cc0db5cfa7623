"""Shortest paths by weight (Dijkstra 1959), with ties settled as networkx settles them: first come, first kept.

Rows are in the order in which networkx walks them, since among equally short paths the one found first decides which
edges a node's path has. A cost of NaN hides an edge.
"""

from __future__ import annotations

from heapq import heappop, heappush

import numpy as np

from graphgrow.compiled import compiled


@compiled
def search(pointer, other, cost, source, far, before, order):
    """How many nodes the source reaches, itself included; -1 where a negative cost made a settled path too long.

    far float64 (nodes,) gets the distance of what is reached and infinity elsewhere, before int64 (nodes,) the entry
    that leads there, order int64 (nodes,) the nodes as they are settled.
    """
    far[:] = np.inf
    before[:] = -1
    settled = np.zeros(pointer.size - 1, np.bool_)
    seen = np.zeros(pointer.size - 1, np.bool_)
    reached, pushed = 0, 1
    far[source] = 0.0
    seen[source] = True
    fringe = [(0.0, 0, source)]
    while fringe:
        distance, _, node = heappop(fringe)
        if settled[node]:
            continue
        settled[node] = True
        order[reached] = node
        reached += 1
        for at in range(pointer[node], pointer[node + 1]):
            if np.isnan(cost[at]):
                continue
            there, length = np.int64(other[at]), distance + cost[at]
            if settled[there]:
                if length < far[there]:
                    return -1
            elif not seen[there] or length < far[there]:
                far[there] = length
                seen[there] = True
                before[there] = at
                heappush(fringe, (length, pushed, there))
                pushed += 1
    return reached


@compiled
def summed(pointer, other, cost):
    """Sum of the distances of all pairs joined by a path, and whether the costs allow one."""
    nodes = pointer.size - 1
    far, before, order = np.empty(nodes), np.empty(nodes, np.int64), np.empty(nodes, np.int64)
    total = 0.0
    for source in range(nodes):
        reached = search(pointer, other, cost, source, far, before, order)
        if reached < 0:
            return 0.0, False
        for place in range(reached):
            total += far[order[place]]
    return total, True


@compiled
def strengths(pointer, other, row, cost, weight, sources):
    """float64 (sources,): sum, over all that a source reaches, of the mean weight along the path there."""
    nodes = pointer.size - 1
    far, before, order = np.empty(nodes), np.empty(nodes, np.int64), np.empty(nodes, np.int64)
    along, steps = np.zeros(nodes), np.zeros(nodes, np.int64)
    made = np.zeros(sources.size)
    for place in range(sources.size):
        source = sources[place]
        reached = search(pointer, other, cost, source, far, before, order)
        along[source], steps[source] = 0.0, 0
        for at in range(1, reached):
            node = order[at]
            entry = before[node]
            along[node] = along[row[entry]] + weight[entry]
            steps[node] = steps[row[entry]] + 1
            made[place] += along[node] / steps[node]
    return made
