"""Sets of nodes as rows of bits, handed on from later nodes to earlier ones."""

from __future__ import annotations

import numpy as np

from graphgrow.compiled import compiled


@compiled
def sweep(pointer, other, start, first, last, bits):
    """Fill the sets of all rows that can hold one of the columns first .. last - 1.

    Parameters
    ----------
    pointer, other : neighbours of every row, all of them later rows.
    start : int64 (rows + 1,), ascending: columns start[r] .. start[r + 1] - 1 are the row's own.
    bits : uint64 (rows, words), whose row r is set to its own columns and those of all rows reached, column `first` in
        bit 0; rows whose columns all come later than `last` are left alone.

    Returns
    -------
    How many rows were set.
    """
    rows = start.size - 1
    while rows > 0 and start[rows - 1] >= last:
        rows -= 1
    words = (last - first + 63) // 64
    for row in range(rows - 1, -1, -1):
        mine = bits[row]
        # A row's sets hold only columns from its own on, and so do those of the rows it reaches.
        low = max(start[row] - first, 0) // 64
        mine[:words] = np.uint64(0)
        for column in range(max(start[row], first), min(start[row + 1], last)):
            at = column - first
            mine[at // 64] |= np.uint64(1) << np.uint64(at % 64)
        for entry in range(pointer[row], pointer[row + 1]):
            neighbour = other[entry]
            if neighbour >= rows:
                break
            from_word = max(max(start[neighbour] - first, 0) // 64, low)
            theirs = bits[neighbour]
            for word in range(from_word, words):
                mine[word] |= theirs[word]
    return rows


@compiled
def count(bits, rows, words, start, first, total):
    """Add the size of every row's set to total, int64 (rows,)."""
    for row in range(rows):
        found = 0
        for word in range(max(start[row] - first, 0) // 64, words):
            found += ones(bits[row, word])
        total[row] += found


@compiled
def ones(word):
    """How many bits of a uint64 are set."""
    word = word - ((word >> np.uint64(1)) & np.uint64(0x5555555555555555))
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((word * np.uint64(0x0101010101010101)) >> np.uint64(56))


@compiled
def derivatives(pointer, other, weight, gain, column, block, rows, sums, squares):
    """Sweep derivatives from a block of inputs forward and add up their sizes.

    Parameters
    ----------
    pointer, other, weight : in-edges of every row, all from earlier rows.
    gain : float64 (rows,), what a row multiplies the sum of its in-edges with.
    column : int64 (rows,), the row's place in the block where it is one of its inputs, else -1.
    block : float64 (rows, columns), room.
    rows : int64 (rows,), in topological order.
    sums, squares : float64 (rows,), of |derivative| and its square; added to.
    """
    width = block.shape[1]
    for at in range(rows.size):
        row = rows[at]
        mine = block[row]
        mine[:] = 0.0
        for entry in range(pointer[row], pointer[row + 1]):
            factor = weight[entry]
            theirs = block[other[entry]]
            for place in range(width):
                mine[place] += factor * theirs[place]
        for place in range(width):
            mine[place] *= gain[row]
        if column[row] >= 0:
            mine[column[row]] += 1.0
        total, square = 0.0, 0.0
        for place in range(width):
            size = abs(mine[place])
            total += size
            square += size * size
        sums[row] += total
        squares[row] += square
