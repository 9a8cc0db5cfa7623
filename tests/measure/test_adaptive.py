"""Shares and streaks of extrema, and the threshold that follows growth."""

from __future__ import annotations

import json

import numpy as np
import pytest

from graphgrow.arrays import Memory
from graphgrow.errors import SettingsError
from graphgrow.graph.builders import wiring
from graphgrow.measure.adaptive import AdaptiveEpsilon, persistent
from graphgrow.measure.extrema import Extrema, Side

NET = wiring([0, 1, 1, 1, 1, 2], [], [])


def extreme(marks: str) -> Extrema:
    """Extrema of the four hidden neurons: H, L, or a dot for neither."""
    high, low = (np.array([False, *(mark == letter for mark in marks), False]) for letter in "HL")
    return Extrema(high, low, np.where(high | low, 0.75, 0).astype(np.float32), np.zeros(6, bool))


def test_shares_by_side() -> None:
    found = extreme("HLL.")
    assert [found.share(NET, side) for side in (Side.HIGH, Side.LOW, Side.EITHER)] == [0.25, 0.5, 0.75]
    assert found.share(NET) == 0.75
    assert found.marked(Side.LOW).tolist() == [False, False, True, True, False, False]
    bare = wiring([0, 1], [], [])
    nothing = np.zeros(2, bool)
    assert Extrema(nothing, nothing, np.zeros(2, np.float32), nothing).share(bare) == 0


def played(probes: list[str], times: int) -> list[str]:
    """What persists after each probe, the memory sent through JSON in between."""
    memory: Memory = {}
    made = []
    for step, marks in enumerate(probes):
        found, memory = persistent(extreme(marks), NET, memory, times, step)
        memory = json.loads(json.dumps(dict(memory)))
        made.append(
            "".join("H" if h else "L" if low else "." for h, low in zip(found.high, found.low, strict=True))[1:5]
        )
        assert ((found.severity > 0) == (found.high | found.low)).all()
    return made


def test_streaks() -> None:
    probes = ["HHL.", "HLLL", "HHLL", "H.LL"]
    assert played(probes, 1) == probes
    assert played(probes, 2) == ["....", "H.L.", "H.LL", "H.LL"]
    assert played(probes, 3) == ["....", "....", "H.L.", "H.LL"]


def test_one_step_is_counted_once() -> None:
    found, memory = persistent(extreme("H..."), NET, {}, 2, 7)
    again, same = persistent(extreme("H..."), NET, memory, 2, 7)
    assert same == memory
    assert not found.high.any()
    assert not again.high.any()
    assert persistent(extreme("H..."), NET, same, 2, 8)[0].high.sum() == 1


def test_streaks_follow_neurons_and_not_rows() -> None:
    memory = persistent(extreme("..H."), NET, {}, 2, 1)[1]
    assert memory["streaks"] == {str(NET.id[3]): 1}
    later = wiring([0, 1, 1, 2], [], [])
    high = np.array([False, False, True, False])
    shifted = Extrema(high, ~high & False, np.zeros(4, np.float32), ~high & False)
    object.__setattr__(later, "id", np.array([0, 2, 3, 5]))
    assert persistent(shifted, later, memory, 2, 2)[0].high.tolist() == high.tolist()


def test_streaks_of_no_length() -> None:
    with pytest.raises(SettingsError, match="expected 1 probe or more"):
        persistent(extreme("H..."), NET, {}, 0, 1)


@pytest.mark.parametrize(
    ("epsilon", "growth", "gradient", "wanted"),
    [
        (0.1, 0.0, 1.0, 0.11),
        (0.1, 0.05, 1.0, 0.1),
        (0.1, 0.05, 1e-9, 0.105),
        (0.1, 0.0, 1e-9, 0.1155),
        (0.1, 0.5, 1.0, 0.095),
        (0.24, 0.0, 1.0, 0.25),
        (0.051, 0.5, 1.0, 0.05),
    ],
)
def test_epsilon_follows_growth(epsilon: float, growth: float, gradient: float, wanted: float) -> None:
    assert AdaptiveEpsilon().next(epsilon, growth, gradient) == pytest.approx(wanted)


@pytest.mark.parametrize(
    "wrong", [{"start": 0.3}, {"least": 0.0}, {"target": 0.2}, {"largest": 0.6, "start": 0.55}, {"target": -1.0}]
)
def test_thresholds_out_of_order(wrong: dict[str, float]) -> None:
    with pytest.raises(SettingsError, match="adaptive eps: expected"):
        AdaptiveEpsilon(**wrong)
