"""Laws of decay and phases: made-up courses are recognised as what they are."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.decay import Law, decay, phases
from graphgrow.errors import DataError
from graphgrow.rng import stream

T = np.arange(1.0, 31.0)


def noisy(values: object, seed: int = 0, size: float = 0.5) -> object:
    return np.asarray(values) + stream(seed, "decay").normal(0, size, np.size(values))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("law", "values", "rate"),
    [(Law.POWER, 100 * T**-0.8, 0.8), (Law.EXPONENTIAL, 100 * np.exp(-0.15 * (T - 1)), 0.15)],
)
def test_synthetic_decays_are_recognised(law: Law, values: object, rate: float, seed: int) -> None:
    found = decay(noisy(values, seed))  # type: ignore[arg-type]
    assert found.name == law.value
    assert found.fits[0].rate == pytest.approx(rate, rel=0.1)
    assert found.fits[0].scale == pytest.approx(100, rel=0.05)
    assert found.lead(law) > 2 > 0 > found.lead(Law.CONSTANT)
    assert found.fits[0].at(T) == pytest.approx(np.asarray(values), abs=2)


def test_what_does_not_fall_is_constant_or_not_told_apart() -> None:
    level = decay(noisy(np.full(30, 20.0)))  # type: ignore[arg-type]
    assert level.fits[0].law is Law.CONSTANT
    rising = decay(2.0 ** T[:10])
    assert rising.fits[0].law is Law.CONSTANT
    assert all(fit.rate < 1e-3 for fit in rising.fits)


def test_exact_laws_give_finite_numbers() -> None:
    for values in (np.zeros(8), np.full(8, 3.0), 8 / T[:8]):
        assert all(np.isfinite(fit.aicc) for fit in decay(values).fits)
    assert decay(8 / T[:8]).name == "power law"


def test_few_noisy_values_are_not_distinguishable() -> None:
    found = decay(noisy(20 * np.exp(-0.06 * T[:12]), 1, 1.5))  # type: ignore[arg-type]
    assert not found.told_apart
    assert found.name == "not distinguishable"


def test_three_phases_are_found_where_there_are_three() -> None:
    course = np.concatenate([np.full(10, 2.0), np.full(10, 0.0), np.full(10, -3.0)])
    found = phases(noisy(course, size=0.1))  # type: ignore[arg-type]
    assert found.starts == (0, 10, 20)
    assert found.levels == pytest.approx((2, 0, -3), abs=0.1)
    assert found.lead > 2
    assert found.falling


@pytest.mark.parametrize("seed", range(4))
def test_a_straight_course_has_one_phase_and_a_kink_two(seed: int) -> None:
    assert phases(noisy(3 - 0.1 * T, seed, 0.1)).starts == (0,)  # type: ignore[arg-type]
    kinked = np.where(T < 15, 0.3 * T, 4.5 - 0.3 * (T - 15))
    found = phases(noisy(kinked, seed, 0.1))  # type: ignore[arg-type]
    assert len(found.starts) == 2
    assert abs(found.starts[1] - 14) <= 1
    assert found.lead < 0


def test_levels_that_rise_are_not_falling_and_few_values_cannot_be_three() -> None:
    assert not phases([0.0, 0.1, 0.0, 5.0, 5.1, 5.0, 5.1]).falling
    assert phases([1.0, 2.0, 1.0, 2.0, 1.0, 2.0]).lead == 0


@pytest.mark.parametrize("values", [[1.0] * 5, [1.0] * 5 + [np.nan]])
def test_too_few_values_are_refused(values: list[float]) -> None:
    for judge in (decay, phases):
        with pytest.raises(DataError, match="expected 6 finite values or more"):
            judge(values)
