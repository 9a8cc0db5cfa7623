"""Matrix products whose bits do not depend on how many threads share them."""

from __future__ import annotations

from graphgrow.arrays import Array
from graphgrow.measure.pools import one_thread


def product(first: Array, second: Array) -> Array:
    """first @ second on one thread: what is grown follows from it, so it must be the same on every machine load."""
    with one_thread():
        made: Array = first @ second
    return made
