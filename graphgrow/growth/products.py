"""Matrix products whose bits do not depend on how many threads share them."""

from __future__ import annotations

from functools import cache

from threadpoolctl import ThreadpoolController

from graphgrow.arrays import Array


def product(first: Array, second: Array) -> Array:
    """first @ second on one thread: what is grown follows from it, so it must be the same on every machine load."""
    with _pools().limit(limits=1, user_api="blas"):
        made: Array = first @ second
    return made


@cache
def _pools() -> ThreadpoolController:
    """The thread pools of this process; looking for them takes milliseconds, so it is done once."""
    return ThreadpoolController()
