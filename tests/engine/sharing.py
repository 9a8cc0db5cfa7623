"""The ways in which the CPU kernel shares out its work, made to happen on networks of any size."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import numba
import pytest
from torch import Tensor

from graphgrow.engine.kernels.cpu import Cpu, Sharing
from tests.engine.dense import same

NEVER = sys.maxsize
# A batch that one thread's share would leave empty goes by rows where columns were asked for.
SHARED: Mapping[str, Cpu] = {
    "columns": Cpu(Sharing(product=0, step=0, rows=NEVER, members=NEVER)),
    "rows": Cpu(Sharing(product=0, step=0, rows=0, members=NEVER)),
    "members": Cpu(Sharing(product=0, step=0, rows=NEVER, members=0)),
}
ALONE = Cpu(Sharing(product=NEVER, step=NEVER))
CORES = int(numba.config.NUMBA_NUM_THREADS)  # type: ignore[attr-defined]
MANY_CORES = pytest.mark.skipif(CORES < 2, reason="one core only")


@contextmanager
def threads(count: int) -> Iterator[None]:
    """numba on so many threads."""
    before = numba.get_num_threads()
    numba.set_num_threads(count)
    try:
        yield
    finally:
        numba.set_num_threads(before)


def equal(first: list[Tensor], second: list[Tensor]) -> bool:
    """Whether two lists of tensors agree bit for bit."""
    return len(first) == len(second) and all(same(one, other) for one, other in zip(first, second, strict=True))
