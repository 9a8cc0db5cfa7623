"""Which pairs of neurons may get an edge, and which of them are looked at when there are too many."""

from __future__ import annotations

import math

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import RuleError
from graphgrow.graph.pairs import Pairs, Rectangle, touching
from graphgrow.graph.wiring import Role, Wiring
from graphgrow.growth.parts import UNLIMITED, Room


def bounded(room: Room) -> int:
    """The room's edges, which a route that never runs out of candidates needs to know."""
    if room.edges >= UNLIMITED:
        raise RuleError(
            "this rule adds as many edges as there is room for: give it a budget, e.g. --growth.budget 2000"
        )
    return room.edges


def marked_pairs(wiring: Wiring, marked: Array, reach: int) -> Pairs:
    """Feasible pairs, up to `reach` levels ahead, with at least one end marked; outputs send nothing."""
    return touching(wiring, marked, reach, wiring.role != Role.OUTPUT, wiring.role != Role.INPUT)


def level_pairs(wiring: Wiring, reach: int) -> tuple[Rectangle, ...]:
    """The same pairs, all of them, as one rectangle per pair of levels, by later level, then by earlier."""
    members = [np.flatnonzero(wiring.rank == rank).astype(np.int32) for rank in range(wiring.levels.size)]
    senders = [rows[wiring.role[rows] != Role.OUTPUT] for rows in members]
    made = []
    for later in range(1, len(members)):
        heads = members[later][wiring.role[members[later]] != Role.INPUT]
        tails = senders[max(0, later - reach) : later]
        made += [Rectangle(tail, heads) for tail in tails if tail.size and heads.size]
    return tuple(made)


def touching_parts(rectangle: Rectangle, marked: Array) -> tuple[Rectangle, ...]:
    """The pairs of a rectangle with at least one end marked in bool (neurons,), as disjoint rectangles."""
    by_source = Rectangle(rectangle.sources[marked[rectangle.sources]], rectangle.targets)
    rest = rectangle.sources[~marked[rectangle.sources]]
    by_target = Rectangle(rest, rectangle.targets[marked[rectangle.targets]])
    return tuple(part for part in (by_source, by_target) if part.size)


def untouched_parts(rectangle: Rectangle, marked: Array) -> tuple[Rectangle, ...]:
    """The other pairs of the rectangle: those with no end marked."""
    sources = rectangle.sources[~marked[rectangle.sources]]
    rest = Rectangle(sources, rectangle.targets[~marked[rectangle.targets]])
    return (rest,) if rest.size else ()


def shortlist(pairs: Pairs, count: int, first: Array, second: Array, most: int) -> Pairs:
    """At most about `most` of the pairs, those whose ends are largest, with `count` absent ones if there are so many.

    Of each rectangle the same share of sources and of targets is kept. Since |mean x y| <= |x| |y| / samples, what is
    left out are the pairs with the lowest bounds on their ends, which is not the same as the lowest scores: the
    shortlist is a guess, and exactness ends where it begins.

    Parameters
    ----------
    first, second : float (neurons,), sizes of the rows that sources and targets are scored by.
    """
    while pairs.size > most:
        share = math.sqrt(most / pairs.size)
        kept = [
            Rectangle(_largest(part.sources, first, share), _largest(part.targets, second, share))
            for part in pairs.rectangles
        ]
        made = Pairs(pairs.wiring, tuple(kept))
        if made.absent() >= count:
            return made
        most *= 2
    return pairs


def _largest(rows: Array, sizes: Array, share: float) -> Array:
    """The share of rows with the largest sizes, ascending; equal sizes by row."""
    order = np.lexsort((rows, -sizes[rows]))
    return np.sort(rows[order[: math.ceil(share * rows.size)]])
