"""Phases by share of training."""

from __future__ import annotations

import pytest

from graphgrow.errors import SettingsError
from graphgrow.growth.phases import Phase, Phases
from tests.growth.timelines import event


def test_founding_borders() -> None:
    at = {step: Phases().at(step, 100) for step in (0, 1, 20, 21, 50, 51, 100)}
    assert at == {
        0: Phase.COARSE,
        1: Phase.COARSE,
        20: Phase.COARSE,
        21: Phase.MEDIUM,
        50: Phase.MEDIUM,
        51: Phase.FINE,
        100: Phase.FINE,
    }


def test_the_order_can_be_turned_round() -> None:
    turned = Phases(order=(Phase.FINE, Phase.MEDIUM, Phase.COARSE))
    assert [turned.at(step, 10) for step in (1, 4, 9)] == [Phase.FINE, Phase.MEDIUM, Phase.COARSE]


def test_events_by_phase() -> None:
    events = [event(10, 1, number=1), event(30, 3, number=2), event(40, 4, accepted=False, number=3)]
    found = Phases().events(events, 100)
    assert {phase: [item.number for item in items] for phase, items in found.items()} == {
        Phase.COARSE: [1],
        Phase.MEDIUM: [2],
        Phase.FINE: [],
    }


@pytest.mark.parametrize(
    "wrong",
    [{"early": 0.0}, {"early": 0.6}, {"late": 1.1}, {"late": 0.2}, {"order": (Phase.FINE, Phase.FINE, Phase.COARSE)}],
    ids=range(5),
)
def test_settings_out_of_range(wrong: dict[str, object]) -> None:
    with pytest.raises(SettingsError, match="phases: expected"):
        Phases(**wrong)  # type: ignore[arg-type]
