"""Scores of absent edges: the blocked search against brute force, in every order of ties and every size of block."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from graphgrow import Graph
from graphgrow.arrays import Array
from graphgrow.errors import DivergedError, GraphError
from graphgrow.graph.builders import wiring
from graphgrow.graph.pairs import Pairs, between
from graphgrow.measure import signals
from graphgrow.measure.signals import RowScorer, Score, Signals, from_rows
from tests.strategies import graphs

seeds = st.integers(0, 2**32 - 1)
scores = st.sampled_from(list(Score))


def whole_rows(neurons: int, samples: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Small whole numbers over a power of two of samples: every score is exact in float32, and many are equal."""
    first, second = rng.integers(-2, 3, (2, neurons, samples)).astype(np.float32)
    return first, second


def everyone(graph: Graph, reach: int) -> Pairs:
    mask = np.ones(graph.neurons, bool)
    return between(graph.wiring, mask, mask, reach)


def multiplied(first: Array, second: Array, score: Score) -> tuple[Array, Array]:
    """The rows whose mean product is the score."""
    if score is Score.CORRELATION:
        first = second = first - first.mean(axis=1, keepdims=True)
    return (first**2, second**2) if score is Score.FISHER else (first, second)


def brute(pairs: Pairs, first: Array, second: Array, count: int) -> list[tuple[int, int, float]]:
    """All absent pairs one by one, sorted by (-score, target, source)."""
    source, target = pairs.at(np.arange(pairs.size))
    made = pairs.wiring
    edges = set(zip(made.source.tolist(), made.target.tolist(), strict=True))
    found = []
    for a, b in zip(source.tolist(), target.tolist(), strict=True):
        if (a, b) not in edges:
            found.append((a, b, abs(float(np.mean(first[a].astype(float) * second[b])))))
    return sorted(found, key=lambda pair: (-pair[2], pair[1], pair[0]))[:count]


def listed(best: tuple[Array, Array, Array]) -> list[tuple[int, int, float]]:
    return list(zip(*(part.tolist() for part in best), strict=True))


@pytest.mark.parametrize("block", [1, 3, 8, 1 << 22])
@given(graph=graphs(), seed=seeds, count=st.integers(0, 60), reach=st.integers(1, 4), score=scores)
def test_best_absent_is_brute_force(block: int, graph: Graph, seed: int, count: int, reach: int, score: Score) -> None:
    first, second = whole_rows(graph.neurons, 4, np.random.default_rng(seed))
    pairs = everyone(graph, reach)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(signals, "TILE", block)
        best = RowScorer(first, second).best_absent(pairs, count, score)
    first, second = multiplied(first, second, score)
    assert listed(best) == brute(pairs, first, second, count)
    assert [part.dtype for part in best] == [np.int32, np.int32, np.float32]


@given(graph=graphs(), seed=seeds)
def test_fewer_candidates_than_asked_for(graph: Graph, seed: int) -> None:
    first, second = whole_rows(graph.neurons, 2, np.random.default_rng(seed))
    pairs = everyone(graph, 9)
    source, target, score = RowScorer(first, second).best_absent(pairs, pairs.size + 100)
    assert source.size == target.size == score.size == pairs.absent()
    assert (score >= 0).all()


@pytest.mark.parametrize("count", [0, -1, 5])
def test_nothing_to_score(count: int) -> None:
    made = wiring([0, 0, 1], [0, 1], [2, 2])
    mask = np.ones(3, bool)
    scorer = RowScorer(np.ones((3, 2), np.float32), np.ones((3, 2), np.float32))
    for pairs in (between(made, mask, mask, 1), between(made, ~mask, mask, 1), Pairs(made, ())):
        best = scorer.best_absent(pairs, count)
        assert listed(best) == []
        assert [part.dtype for part in best] == [np.int32, np.int32, np.float32]


def test_equal_scores_go_by_target_then_source() -> None:
    made = wiring([0, 0, 1, 1], [], [], role=[0, 0, 2, 2])
    rows = np.ones((4, 8), np.float32)
    mask = np.ones(4, bool)
    source, target, score = RowScorer(rows, rows).best_absent(between(made, mask, mask, 1), 3)
    assert list(zip(source.tolist(), target.tolist(), strict=True)) == [(0, 2), (1, 2), (0, 3)]
    assert score.tolist() == [1.0, 1.0, 1.0]


@given(seed=seeds, block=st.integers(1, 40), score=scores)
def test_pairs_is_the_direct_mean(seed: int, block: int, score: Score) -> None:
    rng = np.random.default_rng(seed)
    first, second = rng.standard_normal((2, 9, 7)).astype(np.float32)
    source, target = rng.integers(0, 9, (2, 20))
    scorer = RowScorer(first, second)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(signals, "BLOCK", block)
        signed, found = scorer.signed(source, target, score), scorer.pairs(source, target, score)
    first, second = multiplied(first, second, score)
    wanted = [np.mean(first[a].astype(float) * second[b]) for a, b in zip(source, target, strict=True)]
    np.testing.assert_allclose(signed, wanted, rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(found, np.abs(signed))
    assert signed.dtype == found.dtype == np.float32


def test_a_pair_scored_alone_and_in_the_search_agree() -> None:
    rng = np.random.default_rng(3)
    made = wiring([0] * 6 + [1] * 5 + [2] * 3, [0, 6], [6, 11])
    first, second = rng.standard_normal((2, 14, 33)).astype(np.float32)
    mask = np.ones(14, bool)
    for score in Score:
        scorer = RowScorer(first, second)
        source, target, found = scorer.best_absent(between(made, mask, mask, 2), 20, score)
        np.testing.assert_allclose(found, scorer.pairs(source, target, score), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("tile", [64, 500, 1 << 17])
@pytest.mark.parametrize("score", list(Score))
def test_threads_change_no_bit(tile: int, score: Score, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signals, "TILE", tile)
    rng = np.random.default_rng(0)
    made = wiring([0] * 40 + [1] * 60 + [2] * 30, [0, 6], [60, 101])
    first, second = rng.standard_normal((2, 130, 64)).astype(np.float32)
    # Silent neurons: many scores are exactly 0.
    first[::3], second[::2] = 0.0, 0.0
    mask, found = np.ones(130, bool), []
    for threads in (1, 2, 5):
        with threadpool_limits(threads, user_api="blas"):
            best = RowScorer(first, second).best_absent(between(made, mask, mask, 2), 900, score)
        found.append([part.tobytes() for part in best])
        assert best[0].size == 900
    assert found[0] == found[1] == found[2]


def test_tiles_share_the_threads_of_blas_and_each_is_a_product_on_one(monkeypatch: pytest.MonkeyPatch) -> None:
    made = wiring([0, 0, 1], [0], [2])
    mask, rows, seen, plain = np.ones(3, bool), np.ones((3, 2), np.float32), [], signals.search

    def watched(*arguments: Any) -> Any:
        seen.append(
            (arguments[4], {pool["num_threads"] for pool in signals._pools().info() if pool["user_api"] == "blas"})
        )
        return plain(*arguments)

    monkeypatch.setattr(signals, "search", watched)
    with threadpool_limits(3, user_api="blas"):
        RowScorer(rows, rows).best_absent(between(made, mask, mask, 1), 5)
    assert seen == [(3, {1})]


def test_threads_of_the_user_are_left_as_they_were() -> None:
    made = wiring([0, 0, 1], [0], [2])
    mask, rows = np.ones(3, bool), np.ones((3, 2), np.float32)
    with threadpool_limits(3, user_api="blas"):
        before = signals._pools().info()
        RowScorer(rows, rows).best_absent(between(made, mask, mask, 1), 5)
        assert signals._pools().info() == before


@pytest.mark.parametrize("size", [1, 2, 5])
def test_rows_that_stand_together_are_not_copied(size: int) -> None:
    matrix = np.arange(24, dtype=np.float32).reshape(8, 3)
    together, apart = np.arange(2, 2 + size, dtype=np.int32), np.array([0, 3, 7], np.int32)
    assert np.shares_memory(signals.taken_rows(matrix, together), matrix)
    for rows in (together, apart, apart[:0]):
        assert signals.taken_rows(matrix, rows).tolist() == matrix[rows].tolist()


def test_no_pairs_asked_for() -> None:
    scorer = RowScorer(np.ones((2, 3), np.float32), np.ones((2, 3), np.float32))
    none = np.zeros(0, np.int32)
    assert scorer.pairs(none, none).shape == (0,)


def test_constant_rows_do_not_correlate() -> None:
    rng = np.random.default_rng(0)
    rows = np.stack([np.full(16, 4.0), rng.standard_normal(16)]).astype(np.float32)
    assert RowScorer(rows, rows).pairs(np.array([0]), np.array([1]), Score.CORRELATION)[0] < 1e-6


@pytest.mark.parametrize(
    ("activation", "delta", "loss"),
    [
        ((3, 4), (3, 5), (4,)),
        ((3, 4), (2, 4), (4,)),
        ((3, 4), (3, 4), (3,)),
        ((3, 4), (3, 4), (4, 1)),
        ((3, 0), (3, 0), (0,)),
        ((3,), (3,), (3,)),
        ((3, 4, 2), (3, 4, 2), (4,)),
    ],
)
def test_shapes_that_disagree_are_refused(
    activation: tuple[int, ...], delta: tuple[int, ...], loss: tuple[int, ...]
) -> None:
    with pytest.raises(GraphError, match=r"expected \(neurons, samples\) twice and \(samples,\)"):
        from_rows(np.zeros(activation), np.zeros(delta), np.zeros(loss))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_named(bad: float) -> None:
    for name, at in (("activation", 0), ("delta", 1)):
        rows = np.ones((2, 3, 4), np.float32)
        rows[at, 2, 1] = bad
        with pytest.raises(DivergedError, match=f"{name}s that are not finite"):
            from_rows(rows[0], rows[1], np.zeros(4))


@pytest.mark.filterwarnings("error")
def test_numbers_whose_sum_leaves_float32_are_finite() -> None:
    rows = np.full((2, 3), 3e38, np.float32)
    rows[1, 1:] = -3e38
    assert from_rows(rows, rows, np.zeros(3)).activation.max() == np.float32(3e38)


def test_rows_become_float32_signals() -> None:
    made = from_rows(np.ones((2, 3)), np.ones((2, 3), np.float16), np.zeros(3))
    assert isinstance(made, Signals)
    assert made.activation.dtype == made.delta.dtype == made.loss.dtype == np.float32
    assert made.scorer.pairs(np.array([0]), np.array([1]), Score.GRADIENT).tolist() == [1.0]
