"""The best of many pairs: tiles hold each pair once, and what is kept is what sorting everything would keep."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphgrow import Graph
from graphgrow.arrays import Array
from graphgrow.graph.builders import wiring
from graphgrow.graph.pairs import Pairs, between
from graphgrow.measure.search import Best, Tile, lengths_bound, search, tiles
from tests.strategies import graphs

NEURONS = 50


def everyone(graph: Graph, reach: int = 2) -> Pairs:
    mask = np.ones(graph.neurons, bool)
    return between(graph.wiring, mask, mask, reach)


@given(graph=graphs(), entries=st.integers(1, 40), reach=st.integers(1, 4))
def test_tiles_hold_every_pair_once_and_know_which_are_edges(graph: Graph, entries: int, reach: int) -> None:
    pairs = everyone(graph, reach)
    edges = set(zip(graph.wiring.source.tolist(), graph.wiring.target.tolist(), strict=True))
    seen: list[tuple[int, int]] = []
    for tile in tiles(pairs, entries):
        assert 0 < tile.sources.size * tile.targets.size <= entries
        assert (np.diff(tile.sources) > 0).all()
        assert (np.diff(tile.targets) > 0).all()
        line, column = tile.present()
        present = set(zip(tile.sources[column].tolist(), tile.targets[line].tolist(), strict=True))
        inside = [(a, b) for b in tile.targets.tolist() for a in tile.sources.tolist()]
        assert present == edges & set(inside)
        assert len(present) == line.size
        seen += inside
    source, target = pairs.at(np.arange(pairs.size))
    assert sorted(seen) == sorted(zip(source.tolist(), target.tolist(), strict=True))


def test_tiles_are_as_square_as_may_be() -> None:
    made = wiring([0] * 100 + [1] * 30 + [2] * 2, [], [])
    mask = np.ones(132, bool)
    shapes = {(tile.targets.size, tile.sources.size) for tile in tiles(between(made, mask, mask, 1), 400)}
    assert shapes == {(15, 25), (2, 30)}


offers = st.lists(
    st.tuples(
        st.integers(0, NEURONS - 1), st.integers(0, NEURONS - 1), st.sampled_from([0.0, 1e-45, 0.5, 2.0, np.inf])
    ),
    max_size=60,
    unique_by=lambda offer: offer[:2],
)


@given(offers=offers, count=st.integers(1, 30), piece=st.integers(1, 20))
def test_the_best_are_what_sorting_gives_in_whatever_order_they_come(
    offers: list[tuple[int, int, float]], count: int, piece: int
) -> None:
    best = Best(count, NEURONS)
    for start in range(0, len(offers), piece):
        source, target, score = (np.array(part) for part in zip(*offers[start : start + piece], strict=True))
        best.offer(source.astype(np.int32), target.astype(np.int32), score.astype(np.float32))
    found = best.ranked()
    wanted = sorted(offers, key=lambda offer: (-offer[2], offer[1], offer[0]))[:count]
    listed = list(zip(*(part.tolist() for part in found), strict=True))
    assert listed == [(a, b, float(np.float32(score))) for a, b, score in wanted]
    assert [part.dtype for part in found] == [np.int32, np.int32, np.float32]


def one_tile(source: int, target: int) -> Tile:
    """A tile of one pair."""
    made = wiring([0, 1], [], [])
    return Tile(made, np.array([source], np.int32), np.array([target], np.int32), np.zeros(2, np.int32), 0)


def test_what_is_too_low_is_said_once_enough_are_known() -> None:
    best = Best(2, NEURONS)
    assert best.lowest(one_tile(0, 9)) == 0.0
    best.offer(np.array([3], np.int32), np.array([9], np.int32), np.array([1.0], np.float32))
    assert best.lowest(one_tile(0, 9)) == 0.0
    best.offer(np.array([4, 5], np.int32), np.array([9, 9], np.int32), np.array([1.0, 0.5], np.float32))
    # The last that is in is 4 -> 9: an equal score before it would still be in, one after it would not.
    assert best.lowest(one_tile(3, 9)) == best.lowest(one_tile(8, 7)) == 1.0
    assert best.lowest(one_tile(5, 9)) == best.lowest(one_tile(0, 10)) == np.nextafter(np.float32(1), np.float32(2))


def by_number(tile: Tile, lowest: np.float32, count: int) -> tuple[Array, Array]:
    """Scores out of the rows' numbers, many of them equal."""
    score = ((tile.targets[:, None] * 7 + tile.sources[None, :] * 3) % 11).astype(np.float32)
    score[tile.present()] = -1.0
    index = np.flatnonzero(score.ravel() >= lowest)
    return score.ravel()[index], index


@given(graph=graphs(), count=st.integers(0, 40), entries=st.integers(1, 30), threads=st.integers(1, 4))
def test_threads_and_tiles_find_the_same(graph: Graph, count: int, entries: int, threads: int) -> None:
    pairs = everyone(graph)
    alone, shared = (
        search(pairs, count, by_number, size, number) for size, number in ((1 << 20, 1), (entries, threads))
    )
    assert [part.tolist() for part in alone] == [part.tolist() for part in shared]
    assert alone[0].size == max(0, min(count, pairs.absent()))


def rows_of(neurons: int, seed: int) -> tuple[Array, Array]:
    """float32 (neurons, 12) twice, of lengths that differ by orders of magnitude; some rows are 0."""
    rng = np.random.default_rng(seed)
    first, second = rng.standard_normal((2, neurons, 12)) * 10.0 ** rng.integers(-3, 3, (2, neurons, 1))
    first[rng.random(neurons) < 0.2] = 0
    return first.astype(np.float32), second.astype(np.float32)


@given(graph=graphs(), count=st.integers(0, 40), entries=st.integers(1, 30), seed=st.integers(0, 99))
def test_a_bound_changes_nothing_that_is_found(graph: Graph, count: int, entries: int, seed: int) -> None:
    first, second = rows_of(graph.neurons, seed)

    def scores(tile: Tile, lowest: np.float32, count: int) -> tuple[Array, Array]:
        made = np.abs(np.einsum("ts,ks->tk", second[tile.targets], first[tile.sources])) / np.float32(12)
        assert made.max() <= bound(tile)
        made[tile.present()] = -1.0
        index = np.flatnonzero(made.ravel() >= lowest)
        return made.ravel()[index], index

    bound = lengths_bound(np.linalg.norm(first, axis=1), np.linalg.norm(second, axis=1), 12)
    pairs = everyone(graph)
    plain, skipping, shared = (
        search(pairs, count, scores, entries, threads, chosen)
        for threads, chosen in ((1, None), (1, bound), (3, bound))
    )
    for one, other, third in zip(plain, skipping, shared, strict=True):
        np.testing.assert_array_equal(one, other)
        np.testing.assert_array_equal(one, third)


@pytest.mark.parametrize("held", [1 << 24, 0])
def test_tiles_that_can_hold_none_of_the_best_are_not_scored(held: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphgrow.measure.search.SORTED", held)
    made = wiring([0] * 40 + [1] * 40, [], [])
    mask, scored = np.ones(80, bool), []
    length = np.where(np.arange(80) % 40 < 5, 100.0, 1.0)

    def even(tile: Tile, lowest: np.float32, count: int) -> tuple[Array, Array]:
        scored.append(tile)
        made = (length[tile.targets][:, None] * length[tile.sources]).astype(np.float32).ravel()
        return made, np.arange(made.size)

    found = search(between(made, mask, mask, 1), 25, even, 25, 1, lengths_bound(length, length, 1))
    assert found[2].tolist() == [1e4] * 25
    assert len(scored) == 1


@pytest.mark.parametrize("threads", [1, 3])
def test_an_error_in_a_tile_ends_the_search(threads: int) -> None:
    made = wiring([0] * 40 + [1] * 40, [], [])
    mask, done = np.ones(80, bool), []

    def failing(tile: Tile, lowest: np.float32, count: int) -> tuple[Array, Array]:
        done.append(tile)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        search(between(made, mask, mask, 1), 5, failing, 4, threads)
    assert len(done) <= threads


def test_an_error_in_one_thread_ends_the_others() -> None:
    made = wiring([0] * 40 + [1] * 40, [], [])
    mask, done = np.ones(80, bool), []

    def failing(tile: Tile, lowest: np.float32, count: int) -> tuple[Array, Array]:
        done.append(tile)
        if tile.first == 0 and tile.targets[0] == 40:
            raise ZeroDivisionError
        return by_number(tile, lowest, count)

    with pytest.raises(ZeroDivisionError):
        search(between(made, mask, mask, 1), 5, failing, 1, 2)
    assert len(done) < 1600
