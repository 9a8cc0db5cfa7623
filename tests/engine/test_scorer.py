"""The scorer on a device finds what the one in main memory finds, in the same order of ties."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from graphgrow import Graph
from graphgrow.arrays import Array
from graphgrow.engine import Network, probe, scorer
from graphgrow.engine.scorer import TensorScorer, taken_rows
from graphgrow.graph.builders import wiring
from graphgrow.graph.pairs import Pairs, between
from graphgrow.measure.signals import RowScorer, Score
from tests.engine.dense import example, normal
from tests.strategies import graphs

DEVICES = [torch.device("cpu"), pytest.param(torch.device("cuda"), marks=pytest.mark.gpu)]
scores = st.sampled_from(list(Score))
ON = pytest.mark.parametrize("device", DEVICES, ids=["cpu", "cuda"])


def everyone(graph: Graph, reach: int) -> Pairs:
    mask = np.ones(graph.neurons, bool)
    return between(graph.wiring, mask, mask, reach)


def both(first: Array, second: Array, device: torch.device) -> tuple[RowScorer, TensorScorer]:
    rows = (torch.from_numpy(part).to(device) for part in (first, second))
    return RowScorer(first, second), TensorScorer(*rows)


@ON
@pytest.mark.parametrize("tile", [1, 7, 1 << 24])
@given(graph=graphs(), seed=st.integers(0, 2**32 - 1), count=st.integers(0, 60), reach=st.integers(1, 4), score=scores)
def test_exact_scores_give_the_same_pairs(
    device: torch.device, tile: int, graph: Graph, seed: int, count: int, reach: int, score: Score
) -> None:
    # Whole numbers over a power of two of samples: every score is exact in float32, and many are equal.
    first, second = np.random.default_rng(seed).integers(-2, 3, (2, graph.neurons, 4)).astype(np.float32)
    ours, theirs = both(first, second, device)
    pairs = everyone(graph, reach)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scorer, "TILE", tile)
        found = theirs.best_absent(pairs, count, score)
    wanted = ours.best_absent(pairs, count, score)
    assert [part.tolist() for part in found] == [part.tolist() for part in wanted]
    assert [part.dtype for part in found] == [np.int32, np.int32, np.float32]


@ON
@pytest.mark.parametrize("score", list(Score))
def test_scores_agree_up_to_rounding(device: torch.device, score: Score) -> None:
    rng = np.random.default_rng(5)
    made = wiring([0] * 30 + [1] * 40 + [2] * 20, [0, 6], [30, 70])
    first, second = rng.standard_normal((2, 90, 100)).astype(np.float32)
    mask = np.ones(90, bool)
    pairs = between(made, mask, mask, 2)
    ours, theirs = both(first, second, device)
    found, wanted = theirs.best_absent(pairs, 500, score), ours.best_absent(pairs, 500, score)
    np.testing.assert_allclose(found[2], wanted[2], rtol=1e-5, atol=1e-7)
    alone = theirs.pairs(found[0], found[1], score)
    np.testing.assert_allclose(found[2], alone, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(alone, ours.pairs(found[0], found[1], score), rtol=1e-5, atol=1e-7)
    assert alone.dtype == np.float32


@given(block=st.integers(1, 40), score=scores)
def test_pairs_are_the_same_in_any_blocks(block: int, score: Score) -> None:
    rng = np.random.default_rng(block)
    first, second = rng.standard_normal((2, 9, 7)).astype(np.float32)
    source, target = rng.integers(0, 9, (2, 20))
    ours, theirs = both(first, second, torch.device("cpu"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scorer, "BLOCK", block)
        found = theirs.pairs(source, target, score)
    np.testing.assert_allclose(found, ours.pairs(source, target, score), rtol=1e-5, atol=1e-6)


def test_no_pairs_asked_for() -> None:
    _, theirs = both(np.ones((2, 3), np.float32), np.ones((2, 3), np.float32), torch.device("cpu"))
    none = np.zeros(0, np.int32)
    assert theirs.pairs(none, none).shape == (0,)


@ON
def test_rows_that_stand_together_are_not_copied(device: torch.device) -> None:
    matrix = torch.arange(24.0, device=device).view(8, 3)
    together, apart = np.arange(2, 6, dtype=np.int32), np.array([0, 3, 7], np.int32)
    assert taken_rows(matrix, together).data_ptr() == matrix[2].data_ptr()
    for rows in (together, apart, apart[:1], apart[:0]):
        assert taken_rows(matrix, rows).tolist() == matrix[torch.from_numpy(rows).long()].tolist()


def squares(output: Tensor, target: Tensor) -> Tensor:
    """A loss per sample."""
    return (output - target).square().sum(0)


@ON
def test_a_probe_scores_where_the_network_is(device: torch.device) -> None:
    graph = example()
    x, target = normal(1, 4, 6), normal(2, 3, 6)
    wanted = probe(Network(graph), x, target, squares)
    signals = probe(Network(graph).to(device), x.to(device), target.to(device), squares)
    assert isinstance(signals.scorer, RowScorer if device.type == "cpu" else TensorScorer)
    for name in ("activation", "delta", "loss"):
        np.testing.assert_allclose(getattr(signals, name), getattr(wanted, name), rtol=1e-4, atol=1e-5)
    pairs = everyone(graph, 3)
    found, expected = (each.scorer.best_absent(pairs, 20, Score.GRADIENT) for each in (signals, wanted))
    np.testing.assert_allclose(found[2], expected[2], rtol=1e-4, atol=1e-5)
