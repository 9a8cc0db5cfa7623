"""Link prediction against its definition, path by path."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphgrow.graph.builders import from_edges
from graphgrow.graph.graph import Graph
from graphgrow.graph.pairs import Pairs, Rectangle
from graphgrow.growth import links
from graphgrow.growth.links import Paths, best_linked

Pair = tuple[int, int]


def two_sided(sources: int, targets: int, edges: list[Pair]) -> tuple[Graph, Pairs]:
    """Two levels, and all their pairs; edges name a source and a target, both from 0."""
    level = np.repeat([0, 1], [sources, targets])
    ends = np.array(edges, int).reshape(-1, 2)
    graph = from_edges(level, ends[:, 0], sources + ends[:, 1], np.ones(len(edges)))
    rows = np.arange(sources + targets, dtype=np.int32)
    return graph, Pairs(graph.wiring, (Rectangle(rows[:sources], rows[sources:]),))


def paths_of(graph: Graph, source: int, target: int) -> Iterator[tuple[int, int]]:
    """Both middle nodes of every path source - z1 - z2 - target."""
    edges = set(zip(graph.wiring.source.tolist(), graph.wiring.target.tolist(), strict=True))
    nodes = range(graph.neurons)
    for first, second in product(nodes, nodes):
        if (source, first) in edges and (second, first) in edges and (second, target) in edges:
            yield first, second


def by_definition(graph: Graph, source: int, target: int, paths: Paths) -> float:
    """The score as the papers write it, with the local community collected first."""
    edges = set(zip(graph.wiring.source.tolist(), graph.wiring.target.tolist(), strict=True))
    around = {node: {b if a == node else a for a, b in edges if node in (a, b)} for node in range(graph.neurons)}
    found = list(paths_of(graph, source, target))
    community = {node for path in found for node in path}
    total = 0.0
    for path in found:
        outside = [len(around[node] - community - {source, target}) for node in path]
        degrees = [len(around[node]) for node in path]
        total += {
            Paths.CH3: 1 / sqrt((1 + outside[0]) * (1 + outside[1])),
            Paths.RESOURCE: 1 / sqrt(degrees[0] * degrees[1]),
            Paths.COUNT: 1.0,
        }[paths]
    return total


@st.composite
def networks(draw: st.DrawFn) -> tuple[Graph, Pairs]:
    sources, targets = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    able = list(product(range(sources), range(targets)))
    return two_sided(sources, targets, draw(st.lists(st.sampled_from(able), unique=True)))


@given(networks(), st.sampled_from(list(Paths)), st.integers(0, 40))
def test_scores_are_those_of_the_definition(network: tuple[Graph, Pairs], paths: Paths, count: int) -> None:
    graph, pairs = network
    source, target, score = best_linked(pairs, count, paths)
    present = set(zip(graph.wiring.source.tolist(), graph.wiring.target.tolist(), strict=True))
    rectangle = pairs.rectangles[0]
    wanted = {
        (a, b): by_definition(graph, a, b, paths)
        for a, b in product(rectangle.sources.tolist(), rectangle.targets.tolist())
        if (a, b) not in present
    }
    able = {pair: value for pair, value in wanted.items() if value > 0}
    assert len(source) == min(count, len(able))
    for a, b, value in zip(source.tolist(), target.tolist(), score.tolist(), strict=True):
        assert able[a, b] == pytest.approx(value, rel=1e-6)
    lowest = min(score.tolist(), default=0)
    left = [
        value for pair, value in able.items() if pair not in set(zip(source.tolist(), target.tolist(), strict=True))
    ]
    assert count == 0 or max(left, default=0) <= lowest * (1 + 1e-6)
    order = sorted(range(len(source)), key=lambda at: (-score[at], target[at], source[at]))
    assert order == list(range(len(source)))


def test_a_worked_example() -> None:
    # a - x - b - y: one path from a to y. x has one more edge to c, b has none.
    graph, pairs = two_sided(3, 2, [(0, 0), (1, 0), (2, 0), (1, 1)])
    assert by_definition(graph, 0, 4, Paths.CH3) == 1 / sqrt(2)
    source, target, score = best_linked(pairs, 9)
    assert list(zip(source.tolist(), target.tolist(), strict=True)) == [(0, 4), (2, 4)]
    np.testing.assert_allclose(score, 1 / np.sqrt(2))
    np.testing.assert_allclose(best_linked(pairs, 9, Paths.RESOURCE)[2], 1 / np.sqrt(3 * 2))


@pytest.mark.parametrize("paths", list(Paths))
def test_blocks_change_nothing(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    able = list(product(range(20), range(15)))
    _, pairs = two_sided(20, 15, [able[at] for at in rng.choice(len(able), 60, replace=False)])
    whole = best_linked(pairs, 50, paths)
    monkeypatch.setattr(links, "BLOCK", 30)
    monkeypatch.setattr(links, "KEPT", 3)
    for one, other in zip(whole, best_linked(pairs, 50, paths), strict=True):
        np.testing.assert_array_equal(one, other)


def test_only_pairs_with_a_marked_end() -> None:
    rng = np.random.default_rng(1)
    able = list(product(range(8), range(8)))
    graph, pairs = two_sided(8, 8, [able[at] for at in rng.choice(len(able), 25, replace=False)])
    marked = np.isin(np.arange(graph.neurons), [3, 10])
    every = best_linked(pairs, 100)
    some = best_linked(pairs, 100, marked=marked)
    wanted = marked[every[0]] | marked[every[1]]
    for one, other in zip(every, some, strict=True):
        np.testing.assert_array_equal(one[wanted], other)
    assert 0 < some[0].size < every[0].size


def test_levels_do_not_mix() -> None:
    # The only path from 0 to 3 runs over an edge that skips a level.
    graph = from_edges([0, 0, 1, 2], [0, 1, 1], [2, 2, 3], np.ones(3))
    rows = np.arange(4, dtype=np.int32)
    one = Pairs(graph.wiring, (Rectangle(rows[:2], rows[3:]),))
    assert best_linked(one, 5)[0].size == 0
    assert best_linked(Pairs(graph.wiring, ()), 5)[0].size == 0
