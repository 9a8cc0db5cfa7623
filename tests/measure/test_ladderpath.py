"""Order indices that the authors print, and order rates between their ends."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphgrow.errors import GraphError, SettingsError
from graphgrow.graph.builders import from_dense, layered
from graphgrow.graph.graph import Graph
from graphgrow.measure import ladderpath
from graphgrow.measure.adjacency import from_edges, of
from graphgrow.measure.ladderpath import order_index, order_rate
from tests.strategies import graphs


def letters(*words: str) -> list[list[int]]:
    return [[ord(letter) for letter in word] for word in words]


@pytest.mark.parametrize(
    ("words", "saved"),
    [
        (["CUCGACGACUAUCUCGACAAUGACU"], 11),
        (["ABCDBCDBCDCDEFEF", "AA", "DBCDBCA", "BCDCDAEF"], 13),
        (["ABCDEFG"], 0),
        (["ABCABC"], 2),
        (["ABAB", "ABAB"], 4),
        (["AAA"], 0),
        (["AAAA"], 1),
        ([""], 0),
        ([], 0),
    ],
)
def test_known_order_indices(words: list[str], saved: int) -> None:
    assert order_index(letters(*words)) == saved


@given(st.lists(st.text("ABC", max_size=12), max_size=5))
def test_bounds_and_names_of_letters(words: list[str]) -> None:
    saved = order_index(letters(*words))
    size, kinds = sum(map(len, words)), len(set("".join(words)))
    # At the very least every kind of letter is built once.
    assert 0 <= saved <= max(size - kinds, 0)
    renamed = [word.translate(str.maketrans("ABC", "xyz")) for word in words]
    assert order_index(letters(*renamed)) == saved
    assert order_index(letters(*words, *words)) >= saved + sum(max(len(word) - 1, 0) for word in words)


def test_equal_weights_have_rate_one_and_shuffled_ones_about_zero() -> None:
    rng = np.random.default_rng(0)
    equal = from_dense([np.full((4, 3), 0.5), np.full((2, 4), 0.5)])
    with pytest.raises(GraphError, match="equally ordered whatever their weights"):
        order_rate(of(equal))
    layers = from_dense([np.full((6, 3), 0.5), np.full((2, 6), -0.9)])
    random = from_dense([rng.uniform(-1, 1, (6, 3)), rng.uniform(-1, 1, (2, 6))])
    ranged = [order_rate(of(graph)) for graph in (layers, random)]
    assert ranged[0].rate == 1 > 0.5 > ranged[1].rate
    assert all(each.least <= each.most and each.paths == each.all_paths <= 36 for each in ranged)
    assert ranged[0] == order_rate(of(layers))


@given(graphs(dtypes=(np.float64,)))
def test_paths_are_those_of_networkx(graph: Graph) -> None:
    seen = of(graph)
    kept = np.abs(seen.values) > 1
    total, walks = ladderpath._paths(seen, kept, 10**6, np.random.default_rng(0))
    other = nx.DiGraph(zip(seen.row[kept].tolist(), seen.other[kept].tolist(), strict=True))
    into = np.bincount(seen.other, minlength=seen.nodes)
    wanted = {
        tuple(path)
        for tail in other
        for head in other
        if into[tail] == 0 and seen.degree[head] == 0
        for path in nx.all_simple_paths(other, tail, head)
    }
    found = {(int(seen.row[walk[0]]), *seen.other[walk].tolist()) for walk in walks}
    assert found == wanted
    assert total == len(walks) == len(wanted)


def test_a_sample_is_of_different_paths_drawn_evenly() -> None:
    seen = of(layered([2, 3, 3, 2], 1.0, np.random.default_rng(0)))
    hits = np.zeros(seen.entries)
    for seed in range(200):
        total, walks = ladderpath._paths(seen, np.ones(seen.entries, bool), 6, np.random.default_rng(seed))
        assert total == 36
        assert len({tuple(walk.tolist()) for walk in walks}) == 6
        hits += np.bincount(np.concatenate(walks), minlength=seen.entries)
    share = hits / 1200
    np.testing.assert_allclose(share[seen.row < 2], 1 / 6, atol=0.04)
    np.testing.assert_allclose(share[(seen.row >= 2) & (seen.row < 5)], 1 / 9, atol=0.03)


def test_what_it_refuses() -> None:
    cycle, dead = from_edges(2, [0, 1], [1, 0]), from_edges(2, [0], [1], [0.01])
    with pytest.raises(GraphError, match="expected a directed graph without cycle"):
        order_rate(cycle)
    for none in (dead, from_edges(0, [], []), from_edges(1, [], [])):
        with pytest.raises(GraphError, match="no path from a first to a last node"):
            order_rate(none)
    with pytest.raises(GraphError, match="take a toy"):
        order_rate(of(layered([150, 150], 1.0, np.random.default_rng(0))))
    with pytest.raises(GraphError, match="use a larger width"):
        order_rate(from_edges(3, [0, 1], [1, 2], [1e200, 1.0]))
    for wrong in ({"width": 0.0}, {"paths": 0}, {"shuffles": 0}):
        with pytest.raises(SettingsError, match="expected width, paths and shuffles above 0"):
            order_rate(dead, **wrong)  # type: ignore[arg-type]
