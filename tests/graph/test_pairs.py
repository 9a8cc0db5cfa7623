"""Feasible pairs: counted, walked and drawn, against brute force."""

from __future__ import annotations

from collections import Counter
from itertools import product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graphgrow import Graph
from graphgrow.arrays import Array
from graphgrow.graph.builders import wiring
from graphgrow.graph.pairs import Pairs, between, touching
from tests.strategies import graphs

seeds = st.integers(0, 2**32 - 1)


def brute(graph: Graph, sources: Array, targets: Array, reach: int) -> set[tuple[int, int]]:
    levels = sorted(set(graph.wiring.level.tolist()))
    rank = [levels.index(level) for level in graph.wiring.level.tolist()]
    rows = range(graph.neurons)
    return {
        (a, b) for a, b in product(rows, rows) if sources[a] and targets[b] and rank[a] < rank[b] <= rank[a] + reach
    }


def listed(pairs: Pairs) -> list[tuple[int, int]]:
    source, target = pairs.at(np.arange(pairs.size))
    return list(zip(source.tolist(), target.tolist(), strict=True))


def edges(graph: Graph) -> list[tuple[int, int]]:
    return list(zip(graph.wiring.source.tolist(), graph.wiring.target.tolist(), strict=True))


@given(graphs(), seeds, st.integers(1, 4))
def test_between_is_brute_force(graph: Graph, seed: int, reach: int) -> None:
    rng = np.random.default_rng(seed)
    sources, targets = rng.random((2, graph.neurons)) < 0.7
    wanted, pairs = brute(graph, sources, targets, reach), between(graph.wiring, sources, targets, reach)
    assert len(listed(pairs)) == pairs.size == len(wanted)
    assert set(listed(pairs)) == wanted
    there = [listed(pairs)[at] for at in pairs.present()]
    assert sorted(there) == sorted(wanted & set(edges(graph)))
    assert (np.diff(pairs.present()) > 0).all()
    assert pairs.absent() == len(wanted - set(edges(graph)))


@given(graphs(), seeds, st.integers(1, 4))
def test_touching_is_brute_force(graph: Graph, seed: int, reach: int) -> None:
    rng = np.random.default_rng(seed)
    sources, targets, marked = rng.random((3, graph.neurons)) < 0.6
    pairs = touching(graph.wiring, marked, reach, sources, targets)
    wanted = {(a, b) for a, b in brute(graph, sources, targets, reach) if marked[a] or marked[b]}
    assert len(listed(pairs)) == len(wanted)
    assert set(listed(pairs)) == wanted


@given(graphs(), seeds, st.integers(0, 30))
def test_draws_are_different_absent_pairs(graph: Graph, seed: int, count: int) -> None:
    everyone = np.ones(graph.neurons, bool)
    pairs = between(graph.wiring, everyone, everyone, 9)
    source, target = pairs.draw(count, np.random.default_rng(seed))
    drawn = list(zip(source.tolist(), target.tolist(), strict=True))
    assert len(set(drawn)) == len(drawn) == min(count, pairs.absent())
    assert set(drawn) <= set(listed(pairs)) - set(edges(graph))
    assert source.dtype == target.dtype == np.int32


def test_draws_are_uniform() -> None:
    made = wiring([0, 0, 0, 1, 1, 2, 2], [0, 1, 3, 0, 2], [3, 3, 5, 6, 4])
    everyone = np.ones(7, bool)
    pairs = between(made, everyone, everyone, 2)
    absent = pairs.absent()
    assert absent == 16 - 5
    rng, draws, count = np.random.default_rng(0), 6000, 2
    seen = Counter[tuple[int, int]]()
    order = Counter[tuple[int, int]]()
    for _ in range(draws):
        source, target = pairs.draw(count, rng)
        drawn = list(zip(source.tolist(), target.tolist(), strict=True))
        seen.update(drawn)
        order.update(drawn[:1])
    for counts, expected in ((seen, draws * count / absent), (order, draws / absent)):
        assert len(counts) == absent
        statistic = sum((value - expected) ** 2 / expected for value in counts.values())
        assert statistic < 29.6  # chi-square, 10 degrees of freedom, p = 0.001


def test_nothing_to_draw() -> None:
    made = wiring([0, 1], [0], [1])
    nobody, everyone = np.zeros(2, bool), np.ones(2, bool)
    for pairs in (between(made, nobody, everyone, 1), between(made, everyone, everyone, 1)):
        assert pairs.absent() == 0
        assert pairs.draw(3, np.random.default_rng(0))[0].size == 0


def test_large_levels_need_no_square_memory() -> None:
    level = np.repeat([0, 1], 60_000)
    made = wiring(level, [0, 1], [60_000, 119_999])
    everyone = np.ones(level.size, bool)
    pairs = between(made, everyone, everyone, 1)
    assert pairs.absent() == 60_000**2 - 2
    source, target = pairs.draw(1000, np.random.default_rng(0))
    assert source.size == 1000
    assert (level[source] < level[target]).all()
