"""Matrix work whose last bits must not depend on how many threads share it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from threadpoolctl import ThreadpoolController


@contextmanager
def one_thread() -> Iterator[None]:
    """Run numpy's linear algebra on one thread inside; for libraries that numpy itself has loaded."""
    with _pools().limit(limits=1, user_api="blas"):
        yield


@cache
def _pools() -> ThreadpoolController:
    """The thread pools of this process; looking for them takes milliseconds, so it is done once."""
    return ThreadpoolController()
