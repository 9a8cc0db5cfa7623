"""Work on long arrays block by block: temporaries stay small, and in cache."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from graphgrow.arrays import Array

# numpy turns int32 indices into int64 before it looks anything up; 2^17 of them are 1 MB.
BLOCK = 1 << 17


def blocks(size: int) -> Iterator[slice]:
    """Successive slices that cover 0 .. size - 1."""
    for start in range(0, size, BLOCK):
        yield slice(start, min(start + BLOCK, size))


def taken(table: Array, rows: Array, out: Array | None = None) -> Array:
    """table[rows] for rows that exist; into `out` when given, which may be `rows` itself."""
    made = np.empty(rows.size, table.dtype) if out is None else out
    for part in blocks(rows.size):
        # "clip" skips a check that the caller vouches for.
        made[part] = table.take(rows[part], mode="clip")
    return made
