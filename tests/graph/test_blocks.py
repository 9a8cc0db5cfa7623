"""Long arrays taken block by block give what they give as a whole."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphgrow.graph import blocks as module
from graphgrow.graph.blocks import blocks, taken


@given(size=st.integers(0, 20), block=st.integers(1, 25))
def test_blocks_cover_everything_once(size: int, block: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK", block)
        parts = list(blocks(size))
    assert [at for part in parts for at in range(part.start, part.stop)] == list(range(size))
    assert all(0 < part.stop - part.start <= block for part in parts)


@given(rows=st.lists(st.integers(0, 6), max_size=12), block=st.integers(1, 13))
def test_taken_is_a_look_up_of_the_same_dtype(rows: list[int], block: int) -> None:
    table, index = np.array([5, 0, -3, 9, 2, 7, 1], np.int16), np.array(rows, np.int32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK", block)
        made = taken(table, index)
    assert made.dtype == np.int16
    assert made.tolist() == table[index].tolist()


def test_taken_may_write_over_its_rows() -> None:
    rows = np.array([3, 0, 2, 1], np.int32)
    made = taken(np.array([1, 2, 3, 0], np.int32), rows, rows)
    assert made is rows
    assert rows.tolist() == [0, 1, 3, 2]
