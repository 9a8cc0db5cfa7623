"""The networks that rules begin with."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphgrow.arrays import Array
from graphgrow.errors import GraphError
from graphgrow.graph.graph import Graph
from graphgrow.growth.starts import AtBudget, Correlated, Dense, Outline, SmallDense
from graphgrow.rng import stream

LENET = Outline((784, 300, 100, 10), 2662, 13310)


def unread() -> Array:
    raise AssertionError("read the data")


def counts(graph: Graph) -> list[int]:
    """Edges by pair of consecutive levels."""
    return np.bincount(graph.wiring.rank[graph.wiring.source], minlength=graph.wiring.levels.size - 1).tolist()


@pytest.mark.parametrize("kernel", [True, False])
def test_all_edges_of_the_budget_from_the_start(kernel: bool) -> None:
    outline = Outline((20, 10, 8, 4), 30, 111, kernel)
    graph = AtBudget()(outline, unread, stream(0, "start"))
    assert graph.edges == 111
    assert counts(graph) == outline.counts(111)


def test_counts_follow_the_kernel_or_the_size() -> None:
    assert Outline((20, 10, 5), 0, 0, kernel=True).counts(90) == [60, 30]
    assert Outline((20, 10, 5), 0, 0, kernel=False).counts(50) == [40, 10]
    with pytest.raises(GraphError, match="hold at most 250: lower it"):
        Outline((20, 10, 5), 0, 0).counts(251)


def test_dense_is_dense() -> None:
    graph = Dense()(Outline((6, 5, 4, 3), 10, 20), unread, stream(0, "start"))
    assert counts(graph) == [30, 20, 12]
    assert Dense.exceeds


@given(st.lists(st.integers(1, 30), min_size=2, max_size=5), st.integers(1, 3000))
def test_small_dense_is_as_wide_as_it_can_be(sizes: list[int], budget: int) -> None:
    outline = Outline(tuple(sizes), 1, budget)
    least = sum(a * b for a, b in pairwise([sizes[0], *[1] * (len(sizes) - 2), sizes[-1]]))
    if budget < least:
        with pytest.raises(GraphError, match="raise the budget, or use fewer levels"):
            SmallDense().sizes(outline)
        return
    made = SmallDense().sizes(outline)
    edges = sum(a * b for a, b in pairwise(made))
    assert edges <= budget
    assert (made[0], made[-1], len(made)) == (sizes[0], sizes[-1], len(sizes))
    assert all(1 <= one <= other for one, other in zip(made, sizes, strict=True))
    # No hidden level that was narrowed could have one neuron more.
    for level in range(1, len(made) - 1):
        wider = [*made[:level], made[level] + 1, *made[level + 1 :]]
        assert made[level] == sizes[level] or sum(a * b for a, b in pairwise(wider)) > budget


def test_small_dense_on_lenet() -> None:
    graph = SmallDense()(LENET, unread, stream(0, "start"))
    assert 13310 - 50 < graph.edges <= 13310
    assert SmallDense().sizes(LENET)[1] == 16
    assert counts(graph) == [a * b for a, b in pairwise(SmallDense().sizes(LENET))]


def correlated_data() -> Array:
    """Inputs 0 and 1 agree, 2 and 3 are opposites with noise, 4 is noise, 5 never varies."""
    rng = np.random.default_rng(0)
    first, second, third = rng.standard_normal((3, 500))
    columns = [first, 2 * first, second, 0.2 * third - second, third, np.full(500, 7.0)]
    return np.stack(columns, axis=1).astype(np.float32)


def test_the_correlated_start_joins_what_is_correlated() -> None:
    outline = Outline((6, 6, 6, 2), 8, 14, kernel=True)
    graph = Correlated()(outline, correlated_data, stream(0, "start"))
    made = set(zip(graph.wiring.source.tolist(), graph.wiring.target.tolist(), strict=True))
    assert counts(graph) == outline.counts(14)
    size = counts(graph)[0]
    partners = {0: 1, 1: 0, 2: 3, 3: 2}
    best = {(a, 6 + b) for a, b in partners.items()} | {(6 + a, 12 + b) for a, b in partners.items()}
    assert size >= 4
    assert best <= made
    assert not any(b - a == 6 for a, b in made if b < 18)


def test_hidden_levels_of_any_width_stand_for_inputs_in_turn() -> None:
    graph = Correlated()(Outline((6, 13, 2), 8, 30), correlated_data, stream(0, "start"))
    pairs = [(a, (b - 6) % 6) for a, b in zip(graph.wiring.source, graph.wiring.target, strict=True) if b < 19]
    partners = {0: 1, 1: 0, 2: 3, 3: 2}
    strong = sum(partners.get(int(a)) == int(b) for a, b in pairs)
    # Inputs 0 to 3 have a partner each, twice among 12 hidden neurons, and the 13th stands for input 0 again.
    assert strong == 9
    # One level of edges alone joins inputs to outputs, by lot.
    assert Correlated()(Outline((6, 2), 3, 5), unread, stream(0, "start")).edges == 5


def test_lots_decide_between_equal_correlations() -> None:
    constant = np.ones((9, 6), np.float32)
    graph = Correlated()(Outline((6, 6, 2), 8, 12), lambda: constant, stream(0, "start"))
    assert graph.edges == 12
    assert np.unique(graph.wiring.target).size > 3


@pytest.mark.parametrize("sample", [np.ones((5, 3)), np.ones(5), np.ones((0, 6))])
def test_samples_of_the_wrong_shape(sample: Array) -> None:
    with pytest.raises(GraphError, match=r"expected samples of shape \(samples, 6\)"):
        Correlated()(Outline((6, 6, 2), 8, 12), lambda: sample, stream(0, "start"))
