"""Success of growth: held-out loss below the power law that it followed before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from graphgrow.graph.history import History, Series
from graphgrow.growth.economy import below_trend
from tests.growth.timelines import EPOCH, event, recorded, seen


def losing(steps: Sequence[int], losses: Sequence[float], grown: Sequence[int]) -> History:
    """Held-out losses at steps, and growth at others."""
    history = recorded({}, [event(step, step // EPOCH, number=at) for at, step in enumerate(grown, 1)])
    series = {Series.VALIDATION_LOSS: np.array(steps)}
    return replace(history, steps=series, values={Series.VALIDATION_LOSS: np.array(losses, float)})


@pytest.mark.parametrize("power", [-0.5, 0.0, 0.3])
@pytest.mark.parametrize(("factor", "wanted"), [(0.999, True), (1.001, False)])
def test_success_is_a_loss_below_the_power_law(power: float, factor: float, wanted: bool) -> None:
    steps = [*range(4, 41, 4), 60, 80]
    losses = [2 * step**power for step in steps[:-1]] + [factor * 2 * 80**power]
    # What came since the growth is no part of the trend.
    losses[-2] *= 100
    assert below_trend(seen(20, losing(steps, losses, [44])), 44, 10) is wanted


def test_the_trend_begins_at_the_growth_before() -> None:
    steps = list(range(4, 64, 4))
    losses = [100.0 if step < 20 else 1.0 for step in steps]
    losses[-1] = 1.001
    assert below_trend(seen(20, losing(steps, losses, [20, 40])), 40, 10) is False
    # The fall from 100 to 1 would make the trend a steep one, which no loss lies below.
    losses[-1] = 0.999
    assert below_trend(seen(20, losing(steps, losses, [20, 40])), 40, 10) is True


def test_the_loss_of_the_step_of_growth_came_after_it() -> None:
    steps, losses = [4, 8, 12, 16], [1.0, 1.0, 1.0, 50.0]
    assert below_trend(seen(9, losing([*steps, 20], [*losses, 1.1], [16])), 16, 10) is False
    assert below_trend(seen(9, losing(steps, losses, [16])), 16, 10) is None


@pytest.mark.parametrize(
    ("steps", "losses", "grown", "step"),
    [
        ([4, 8, 12, 20], [1, 1, 1, 1], [16], None),
        ([4, 8, 12, 20], [1, 1, 1, 1], [], 16),
        ([4, 8, 12, 20], [1, 1, 1, 1], [12], 16),
        ([4, 8, 20], [1, 1, 1], [16], 16),
        ([0, 4, 8, 20], [1, 1, 1, 1], [16], 16),
        ([4, 8, 12], [1, 1, 1], [16], 16),
        ([4, 8, 12, 20], [1, 0, 1, 1], [16], 16),
        ([], [], [16], 16),
    ],
    ids=["none", "nothing grew", "elsewhen", "few", "start", "none since", "zero", "no series"],
)
def test_no_verdict(steps: list[int], losses: list[float], grown: list[int], step: int | None) -> None:
    assert below_trend(seen(9, losing(steps, losses, grown)), step, 10) is None
