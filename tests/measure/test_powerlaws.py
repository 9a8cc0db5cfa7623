"""Power laws found where they were drawn, and not found where they were not."""

from __future__ import annotations

import numpy as np
import powerlaw
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import zeta

from graphgrow.errors import GraphError
from graphgrow.measure import powerlaws
from graphgrow.measure.powerlaws import Comparison, PowerLaw, Rival, power_law

QUICK = (Rival.LOGNORMAL, Rival.EXPONENTIAL)


def test_a_power_law_is_found(capsys: pytest.CaptureFixture[str], recwarn: pytest.WarningsRecorder) -> None:
    found = power_law(np.random.default_rng(0).zipf(2.5, 10_000), QUICK)
    assert abs(found.exponent - 2.5) < 3 * found.deviation
    assert (found.start, found.tail, found.values) == (1, 10_000, 10_000)
    assert [each.verdict for each in found.comparisons] == ["power law", "power law"]
    assert found.verdict == "power law: better than every rival"
    assert capsys.readouterr() == ("", "")
    assert len(recwarn) == 0


def test_every_rival_and_what_cannot_be_told() -> None:
    found = power_law(np.random.default_rng(0).zipf(2.5, 400))
    assert [each.rival for each in found.comparisons] == list(Rival)
    # The truncated one holds the power law as a special case, and so can never fit worse.
    assert found.comparisons[2].ratio <= 1e-3
    assert found.verdict.startswith("not distinguishable from")
    assert "truncated power law" in found.verdict


def test_degrees_of_a_random_graph_are_none() -> None:
    found = power_law(np.random.default_rng(1).binomial(200, 0.1, 2000), QUICK)
    assert found.verdict == "no power law: better fitted by lognormal and exponential"
    assert found.exponent > 3, "the package stops there by default"


@pytest.mark.parametrize("seed", range(3))
def test_the_exponent_maximises_the_likelihood(seed: int) -> None:
    degrees = np.random.default_rng(seed).zipf(2.2 + seed, 800)
    found = power_law(degrees, ())
    tail = degrees[degrees >= found.start]
    best = minimize_scalar(
        lambda alpha: tail.size * np.log(zeta(alpha, found.start)) + alpha * np.log(tail).sum(),
        bounds=(1.01, 50),
        method="bounded",
    )
    assert found.exponent == pytest.approx(best.x, rel=2e-2 if found.start >= 10 else 1e-3)
    assert found.deviation == pytest.approx((found.exponent - 1) / np.sqrt(tail.size))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_start_is_the_packages_own_where_all_are_tried() -> None:
    rng = np.random.default_rng(4)
    degrees = np.concatenate([rng.integers(1, 5, 500), 4 * rng.zipf(2.6, 800)])
    theirs = powerlaw.Fit(
        degrees, discrete=True, xmin=(1, np.sort(degrees)[-50]), parameter_ranges={"alpha": [1, 50]}, verbose=False
    )
    assert power_law(degrees, ()).start == theirs.xmin


def test_many_different_degrees_are_searched_in_two_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    degrees = np.round(40 * np.random.default_rng(5).pareto(1.7, 1500) + 40).astype(np.int64)
    calls = []
    fitted = powerlaws._fitted
    monkeypatch.setattr(powerlaws, "_fitted", lambda values, start: calls.append(start) or fitted(values, start))
    found = power_law(degrees, ())
    assert len(calls) <= 2 * powerlaws.CANDIDATES < np.unique(degrees).size
    assert abs(found.exponent - 2.7) < 0.2
    assert found.tail >= powerlaws.SMALLEST


def test_verdicts() -> None:
    def law(*pairs: tuple[float, float]) -> PowerLaw:
        compared = tuple(Comparison(rival, *pair) for rival, pair in zip(Rival, pairs, strict=False))
        return PowerLaw(2.0, 0.1, 1, 0.1, 100, 100, compared)

    assert law((5.0, 0.1)).verdict == "power law: better than every rival"
    assert law((5.0, 0.11)).verdict == "not distinguishable from lognormal"
    assert law((float("nan"), float("nan"))).verdict == "not distinguishable from lognormal"
    assert law((5.0, 0.5), (-9.0, 0.01)).verdict == "no power law: better fitted by exponential"


@pytest.mark.parametrize(
    "degrees", [[], [3] * 100, [1, 2] * 50, [0] * 100, np.arange(49)], ids=["none", "one", "two", "zeros", "few"]
)
def test_too_little_to_tell(degrees: list[int]) -> None:
    with pytest.raises(GraphError, match="expected 50 degrees above 0 or more, 3 of them different"):
        power_law(np.array(degrees, np.int64))


@pytest.mark.parametrize("degrees", [np.full(60, -1), np.linspace(1, 5, 60), np.full((9, 9), 2)])
def test_what_are_no_degrees(degrees: np.ndarray) -> None:
    with pytest.raises(GraphError, match="expected whole degrees"):
        power_law(degrees)
