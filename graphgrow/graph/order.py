"""Order on directed acyclic graphs: longest paths, reachability and the cycle that forbids both."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import GraphError


def longest_paths(neurons: int, source: Array, target: Array) -> Array:
    """Length in edges of the longest path that ends in each row, for edges source -> target.

    One pass over the graph per level of depth (Kahn 1962): a neuron is settled once all of its sources are.

    Parameters
    ----------
    neurons : number of rows.
    source, target : int (edges,), rows, in any order.

    Returns
    -------
    int32 (neurons,)

    Raises
    ------
    GraphError
        The edges hold a cycle; one is named row by row. Remove one of its edges.

    Examples
    --------
    >>> longest_paths(4, np.array([0, 0, 1]), np.array([1, 2, 2])).tolist()
    [0, 1, 2, 0]
    """
    source, target = np.asarray(source, np.int64), np.asarray(target, np.int64)
    by_source = np.argsort(source, kind="stable")
    pointer = np.concatenate([[0], np.cumsum(np.bincount(source, minlength=neurons))])
    heads = target[by_source]
    waiting = np.bincount(target, minlength=neurons)
    depth = np.zeros(neurons, np.int32)
    front = np.flatnonzero(waiting == 0)
    settled, length = 0, 0
    while front.size:
        settled += front.size
        depth[front] = length
        length += 1
        reached = heads[slices(pointer, front)]
        np.subtract.at(waiting, reached, 1)
        touched = np.unique(reached)
        front = touched[waiting[touched] == 0]
    if settled < neurons:
        cycle = find_cycle(source, target, waiting > 0)
        raise GraphError(
            "cycle " + " -> ".join(str(row) for row in cycle) + ": a network must be acyclic; remove one of these edges"
        )
    return depth


def slices(pointer: Array, rows: Array) -> Array:
    """Concatenated positions pointer[r] .. pointer[r + 1] for each r in rows."""
    starts, counts = pointer[rows], pointer[rows + 1] - pointer[rows]
    ends = np.cumsum(counts)
    total = int(ends[-1]) if ends.size else 0
    positions: Array = np.arange(total) + np.repeat(starts - (ends - counts), counts)
    return positions


def find_cycle(source: Array, target: Array, unsettled: Array) -> list[int]:
    """Rows of one cycle among the unsettled rows, first row repeated at the end.

    Every unsettled row has an unsettled source, so walking backwards must come back to a row seen before.
    """
    inside = unsettled[source] & unsettled[target]
    before = dict(zip(target[inside].tolist(), source[inside].tolist(), strict=True))
    row = int(next(iter(before)))
    path: list[int] = []
    seen: dict[int, int] = {}
    while row not in seen:
        seen[row] = len(path)
        path.append(row)
        row = before[row]
    cycle = [*path[seen[row] :], row]
    return cycle[::-1]


def reachable(level: Array, source: Array, target: Array, start: Array) -> Array:
    """bool (neurons,): rows that a directed path from the rows in the mask `start` reaches, those rows included.

    Edges must be sorted by ascending level of their target for one sweep to suffice, so they are visited level by
    level.
    """
    return _sweep(level, source, target, start, np.unique(level[target]))


def reaching(level: Array, source: Array, target: Array, end: Array) -> Array:
    """bool (neurons,): rows from which a directed path leads to the rows in the mask `end`, those rows included."""
    return _sweep(-level, target, source, end, np.unique(-level[source]))


def _sweep(level: Array, source: Array, target: Array, start: Array, levels: Array) -> Array:
    """Spread the mask along edges, one level of targets after the other."""
    mask = np.array(start, dtype=bool, copy=True)
    by_level = np.argsort(level[target], kind="stable")
    starts = np.searchsorted(level[target][by_level], levels, side="left").tolist()
    for first, last in pairwise([*starts, by_level.size]):
        edges = by_level[first:last]
        mask[target[edges[mask[source[edges]]]]] = True
    return mask
