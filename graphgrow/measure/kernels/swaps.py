"""Random graphs with the degrees of a given one: trades between rows, turned cycles, and swaps of undirected edges."""

from __future__ import annotations

import numpy as np

from graphgrow.compiled import compiled


@compiled
def _draw(state, below):
    """A whole number from 0 to below - 1; state uint64 (1,) steps on (SplitMix64, Steele 2014)."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    mixed = state[0]
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    # The upper 32 bits, spread over the range: uneven by less than one part in 2**32 / below.
    upper = (mixed ^ (mixed >> np.uint64(31))) >> np.uint64(32)
    return np.int64((upper * np.uint64(below)) >> np.uint64(32))


@compiled
def trades(target, begins, ends, rows, order, groups, nodes, sweeps, turning, seed):
    """Let pairs of segments of one block trade their targets, in place, until each traded `sweeps` times on average.

    A segment s is what source rows[s] has in one block, its entries begins[s] : ends[s]. order holds the segments by
    block and is shuffled in place, groups int64 (blocks + 1,) bounds the blocks in it. With `turning` each sweep also
    tries to turn cycles of three edges round, once a segment; there is then one block, and one segment a source.
    """
    state = np.array([seed], np.uint64)
    marked = np.zeros(nodes, np.int64)
    held = np.empty(target.size, np.int32)
    places = np.empty(target.size, np.int64)
    stamp = 0
    for group in range(groups.size - 1):
        first, size = groups[group], groups[group + 1] - groups[group]
        half = size // 2
        for trade in range(np.int64(np.ceil(sweeps * half))):
            at = trade % half
            if at == 0:
                for last in range(size - 1, 0, -1):
                    other = _draw(state, last + 1)
                    order[first + last], order[first + other] = order[first + other], order[first + last]
            one, two = order[first + 2 * at], order[first + 2 * at + 1]
            stamp += 2
            _trade(target, begins, ends, rows, one, two, marked, stamp, held, places, state)
            if turning and at == half - 1:
                _turn(target, begins, ends, rows, nodes, state)


@compiled
def _trade(target, begins, ends, rows, one, two, marked, stamp, held, places, state):
    """Deal out anew what only one of two segments holds; neither gets its own source (Strona 2014: curveball)."""
    for at in range(begins[one], ends[one]):
        marked[target[at]] = stamp
    marked[rows[one]] = stamp + 1
    marked[rows[two]] = stamp + 1
    # Common targets and the two sources stay where they are, the others are dealt.
    count = 0
    for at in range(begins[two], ends[two]):
        if marked[target[at]] < stamp:
            held[count] = target[at]
            places[count] = at
            count += 1
        elif marked[target[at]] == stamp:
            marked[target[at]] = stamp + 1
    mine = count
    for at in range(begins[one], ends[one]):
        if marked[target[at]] == stamp:
            held[count] = target[at]
            places[count] = at
            count += 1
    # Where one of the two holds nothing of its own, dealing would only move weights about.
    if mine == 0 or mine == count:
        return
    for last in range(count - 1, -1, -1):
        other = _draw(state, last + 1)
        target[places[last]] = held[other]
        held[other] = held[last]


@compiled
def _turn(target, begins, ends, rows, nodes, state):
    """Turn cycles of three edges round where no edge runs the other way; no trade can do that (Berger 2010)."""
    segment = np.full(nodes, -1, np.int64)
    owner = np.empty(target.size, np.int64)
    for at in range(rows.size):
        segment[rows[at]] = at
        owner[begins[at] : ends[at]] = at
    for _ in range(rows.size):
        one = _draw(state, target.size)
        first, second = owner[one], segment[target[one]]
        if second < 0 or second == first:
            continue
        two = begins[second] + _draw(state, ends[second] - begins[second])
        third = segment[target[two]]
        if third < 0 or third in (second, first):
            continue
        three = begins[third] + _draw(state, ends[third] - begins[third])
        # Not every time: a graph of one such cycle would only alternate.
        if target[three] != rows[first] or _draw(state, 2):
            continue
        if not (
            rows[third] in target[begins[first] : ends[first]]
            or rows[second] in target[begins[third] : ends[third]]
            or rows[first] in target[begins[second] : ends[second]]
        ):
            target[one], target[two], target[three] = rows[third], rows[first], rows[second]


@compiled
def swaps(one, two, nodes, attempts, seed):
    """Swap ends between random pairs of undirected edges, in place; no edge twice, no loop.

    one, two int64 (edges,), different in every edge. A table holds the edges by hash, or in the next free slot.
    """
    state = np.array([seed], np.uint64)
    bits = 4
    while (1 << bits) < 4 * one.size:
        bits += 1
    table = np.full(1 << bits, -1, np.int64)
    shift = np.uint64(64 - bits)
    for edge in range(one.size):
        _add(table, shift, _key(one[edge], two[edge], nodes))
    for _ in range(attempts):
        first = _draw(state, one.size)
        second = _draw(state, one.size)
        flip = _draw(state, 2)
        a, b = one[first], two[first]
        c, d = (two[second], one[second]) if flip else (one[second], two[second])
        if first == second or a == d or c == b:
            continue
        new, other = _key(a, d, nodes), _key(c, b, nodes)
        if new == other or _find(table, shift, new) >= 0 or _find(table, shift, other) >= 0:
            continue
        _drop(table, shift, _key(a, b, nodes))
        _drop(table, shift, _key(c, d, nodes))
        _add(table, shift, new)
        _add(table, shift, other)
        two[first] = d
        one[second], two[second] = c, b


@compiled
def _key(one, two, nodes):
    return min(one, two) * nodes + max(one, two)


@compiled
def _slot(key, shift):
    return np.int64((np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)) >> shift)


@compiled
def _find(table, shift, key):
    at = _slot(key, shift)
    while table[at] != -1:
        if table[at] == key:
            return at
        at = (at + 1) & (table.size - 1)
    return -1


@compiled
def _add(table, shift, key):
    at = _slot(key, shift)
    while table[at] != -1:
        at = (at + 1) & (table.size - 1)
    table[at] = key


@compiled
def _drop(table, shift, key):
    """Remove a key and move up those behind it that it kept from their slot."""
    hole = _find(table, shift, key)
    at = hole
    while True:
        at = (at + 1) & (table.size - 1)
        if table[at] == -1:
            break
        away = (at - _slot(table[at], shift)) & (table.size - 1)
        if away >= ((at - hole) & (table.size - 1)):
            table[hole] = table[at]
            hole = at
    table[hole] = -1
