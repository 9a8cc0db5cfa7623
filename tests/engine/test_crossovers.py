"""Thresholds follow from what was measured; how long anything took is not tested."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphgrow.engine.crossovers import Comparison, Effort, Measured, crossover, measure
from graphgrow.settings import EngineSettings
from tests.engine.sharing import MANY_CORES, threads


def rows(*ratios: float) -> tuple[Comparison, ...]:
    """Sizes 1, 2, 3, ..; how many times as fast the other way is."""
    return tuple(Comparison(float(at), ratio, 1.0) for at, ratio in enumerate(ratios, start=1))


@pytest.mark.parametrize(
    ("ratios", "wanted"),
    [
        ((0.5, 0.8, 1.2, 2.0), 3.0),
        ((2.0, 3.0), 1.0),
        ((0.5, 0.9), None),
        ((1.0, 1.0), None),
        ((), None),
        # One size that something disturbed decides nothing.
        ((0.5, 0.8, 1.2, 0.9, 2.0), 3.0),
        ((0.5, 1.1, 0.3, 1.2, 2.0), 4.0),
        ((0.5, 2.0, 2.0, 0.7), 2.0),
    ],
)
def test_the_crossover_costs_least(ratios: tuple[float, ...], wanted: float | None) -> None:
    assert crossover(rows(*ratios)) == wanted
    assert crossover(rows(*ratios)[::-1]) == wanted


@given(st.lists(st.tuples(st.floats(1e-6, 1.0), st.floats(1e-6, 1.0)), max_size=8))
def test_no_other_size_costs_less(times: list[tuple[float, float]]) -> None:
    made = [Comparison(float(at), *pair) for at, pair in enumerate(times)]

    def cost(start: float) -> float:
        product = 1.0
        for row in made:
            product *= row.other if row.at >= start else row.plain
        return product

    found = crossover(made)
    best = min(cost(row.at) for row in [*made, Comparison(len(made), 1.0, 1.0)])
    assert cost(len(made) if found is None else found) == pytest.approx(best, rel=1e-9)


def densities(*ratios: float) -> tuple[Comparison, ...]:
    """Densities 0.1, 0.2, 0.3, .."""
    return tuple(Comparison(row.at / 10, row.plain, row.other) for row in rows(*ratios))


@pytest.mark.parametrize(
    ("dense", "above", "least"),
    [
        # Two widths gain: the wider one from a higher density on, which then holds for both.
        ({16: densities(0.5, 0.5), 32: densities(0.5, 2.0, 2.0), 64: densities(0.5, 0.5, 2.0)}, 0.3, 32 * 32),
        ({16: densities(2.0), 32: densities(0.5, 2.0)}, 0.2, 16 * 16),
        # A narrow level that gains where wider ones do not is not to be trusted.
        ({16: densities(2.0, 2.0), 64: densities(0.5, 0.5)}, None, EngineSettings().dense_from),
        ({}, None, EngineSettings().dense_from),
    ],
)
def test_dense_levels_from_the_smallest_width_that_gains(
    dense: dict[int, tuple[Comparison, ...]], above: float | None, least: int
) -> None:
    assert Measured((), (), dense).engine() == EngineSettings(above, least)


def test_threads_from_the_crossover_or_beyond_all_that_was_measured() -> None:
    made = Measured(rows(0.5, 2.0), rows(0.5, 0.8, 0.9), {}).engine()
    assert (made.share_product, made.share_step) == (2, 6)


TINY = Effort(widths=(4, 8), densities=(0.5, 1.0), edges=(16, 32), batch=3, rounds=2)


@MANY_CORES
def test_everything_is_measured() -> None:
    with threads(2):
        made = measure(TINY)
    assert [row.at for row in made.step] == [row.at for row in made.product] == [48, 96]
    sizes = {width: [row.at for row in found] for width, found in made.dense.items()}
    assert sizes == {4: [0.5, 1.0], 8: [0.5, 1.0]}
    times = [*made.step, *made.product, *made.dense[4], *made.dense[8]]
    assert all(row.plain > 0 and row.other > 0 for row in times)
    assert isinstance(made.engine().share_step, int)


def test_on_one_thread_nothing_is_shared_out() -> None:
    with threads(1):
        made = measure(TINY)
    assert (made.product, made.step) == ((), ())
    assert made.engine().share_product is None
