"""Sharing an edge count out over level pairs exactly, and drawing that many edges of one pair."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import GraphError


def share_out(total: int, weights: Sequence[int], capacities: Sequence[int], filled: int | None = None) -> list[int]:
    """Counts proportional to `weights`, none above its capacity, with exactly the given total.

    What a full part cannot take goes to the others by the same weights; fractions are rounded by largest remainder,
    ties to the earlier part. Whole numbers all through, so the total is exact at any size. The total must fit in.

    Parameters
    ----------
    filled : a part that gets all it can hold before the others get anything.

    Raises
    ------
    GraphError
        The total does not fill that part.

    Examples
    --------
    >>> share_out(10, [1, 1, 1], [2, 9, 9])
    [2, 4, 4]
    >>> share_out(10, [1, 1, 1], [9, 9, 4], filled=2)
    [3, 3, 4]
    """
    counts = [0] * len(weights)
    free = list(range(len(weights)))
    if filled is not None:
        if total < capacities[filled]:
            raise GraphError(
                f"dense head: expected at least its {capacities[filled]} edges, got {total} in all: ask for more edges"
            )
        counts[filled] = capacities[filled]
        total -= capacities[filled]
        free.remove(filled)
    while free:
        scale = sum(weights[part] for part in free)
        full = [part for part in free if total * weights[part] >= capacities[part] * scale]
        if not full:
            break
        for part in full:
            counts[part] = capacities[part]
            total -= capacities[part]
        free = [part for part in free if part not in full]
    if free:
        for part in free:
            counts[part] = total * weights[part] // scale
        missing = total - sum(counts[part] for part in free)
        by_remainder = sorted(free, key=lambda part: -(total * weights[part] % scale))
        for part in by_remainder[:missing]:
            counts[part] += 1
    return counts


def draw_uniform(sources: int, targets: int, count: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Positions, int64 (count,), of `count` different pairs out of sources x targets, every set equally likely."""
    index = rng.choice(sources * targets, size=count, replace=False, shuffle=False)
    return index % sources, index // sources


def draw_even(sources: int, targets: int, count: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """`count` different pairs with fan-ins, and fan-outs, that differ by at most one; every pair is equally likely.

    Targets in random order are dealt sources from a shuffled deck that is renewed when it runs out; a target that
    empties a deck draws the rest of its hand from the sources it does not hold yet. So every source is dealt before any
    is dealt again.
    """
    fan_in = np.full(targets, count // targets)
    fan_in[rng.permutation(targets)[: count % targets]] += 1
    deck = rng.permutation(sources)
    hands: list[Array] = []
    dealt = rng.permutation(targets)
    for target in dealt:
        hand, deck = deck[: fan_in[target]], deck[fan_in[target] :]
        missing = int(fan_in[target]) - hand.size
        if missing:
            more = rng.permutation(np.setdiff1d(np.arange(sources), hand, assume_unique=True))[:missing]
            deck = rng.permutation(np.setdiff1d(np.arange(sources), more, assume_unique=True))
            hand = np.concatenate([hand, more])
        hands.append(hand)
    return np.concatenate(hands), np.repeat(dealt, fan_in[dealt])
