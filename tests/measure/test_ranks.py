"""Rank correlation inside levels, against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from graphgrow.errors import GraphError
from graphgrow.graph.builders import layered
from graphgrow.measure.adjacency import of
from graphgrow.measure.katz import EdgeValue, katz
from graphgrow.measure.ranks import within_levels

nodes = st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3), st.integers(0, 4)), max_size=40)


@given(nodes)
def test_each_level_has_scipys_correlation(rows: list[tuple[int, int, int]]) -> None:
    one, other, level = np.array(rows, np.int64).reshape(-1, 3).T
    found = within_levels(one, other, level)
    wanted = {}
    for each in range(5):
        at = level == each
        if at.sum() >= 3 and len(set(one[at])) > 1 and len(set(other[at])) > 1:
            wanted[each] = (spearmanr(one[at], other[at]).statistic, at.sum())
    assert found.level.tolist() == list(wanted)
    assert found.size.tolist() == [size for _, size in wanted.values()]
    np.testing.assert_allclose(found.correlation, [value for value, _ in wanted.values()], atol=1e-12)
    if wanted:
        values, sizes = zip(*wanted.values(), strict=True)
        assert found.mean == pytest.approx(np.average(values, weights=sizes))
    else:
        assert np.isnan(found.mean)


def test_what_only_rounding_tells_apart_is_equal() -> None:
    one, other = 0.1 + 0.2 + 0.3, 0.3 + 0.2 + 0.1
    assert one != other
    assert within_levels([one, other, one], [1, 2, 3], [0, 0, 0]).level.size == 0
    assert within_levels([one, other, 1e-300], [2, 2, 1], [0, 0, 0]).mean == 1


def test_depth_alone_is_no_likeness() -> None:
    graph = layered([50, 50, 50, 50], 0.3, np.random.default_rng(0))
    seen = of(graph)
    centrality = katz(seen, EdgeValue.UNWEIGHTED)
    noise = seen.stage + np.random.default_rng(1).uniform(0, 0.9, seen.nodes)
    assert spearmanr(centrality, noise).statistic > 0.9
    assert abs(within_levels(centrality, noise, seen.stage).mean) < 0.2


@pytest.mark.parametrize(
    ("values", "match"),
    [(([1, 2], [1, 2], [0]), "expected two values and a level"), (([np.nan], [1], [0]), "expected finite values")],
)
def test_what_it_refuses(values: tuple[list[float], list[float], list[int]], match: str) -> None:
    with pytest.raises(GraphError, match=match):
        within_levels(*values)
