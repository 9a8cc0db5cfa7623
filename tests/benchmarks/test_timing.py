"""Turns, medians and ratios, on a clock that only the timed sides move."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import timing
from benchmarks.timing import Spread, Timings, alternate, once
from graphgrow.errors import SettingsError


@dataclass
class Clock:
    """Seconds that pass only when a side says so."""

    now: float = 0.0
    calls: list[str] = field(default_factory=list)

    def side(self, name: str, seconds: Callable[[], float]) -> Callable[[], None]:
        def work() -> None:
            self.calls.append(name)
            self.now += seconds()

        return work


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("benchmarks.timing.time.perf_counter", lambda: made.now)
    return made


def turns(calls: list[str]) -> list[str]:
    """The sides in the order of their turns."""
    return [name for at, name in enumerate(calls) if at == 0 or calls[at - 1] != name]


def test_medians_and_ratios_are_those_of_the_work(clock: Clock) -> None:
    timings = alternate({"ours": clock.side("ours", lambda: 1.0), "peer": clock.side("peer", lambda: 3.0)}, rounds=4)
    assert timings.spread("ours") == Spread(1.0, 1.0, 1.0, 4)
    assert timings.spread("peer").median == pytest.approx(3.0)
    assert timings.ratio("peer", "ours").median == pytest.approx(3.0)


def test_a_drift_of_the_machine_leaves_the_ratio_alone(clock: Clock) -> None:
    sides = {
        "ours": clock.side("ours", lambda: 1e-4 * (1.0 + clock.now)),
        "peer": clock.side("peer", lambda: 2e-4 * (1.0 + clock.now)),
    }
    timings = alternate(sides, rounds=20)
    assert timings.seconds["ours"][-1] > 2 * timings.seconds["ours"][0]
    assert timings.ratio("peer", "ours").median == pytest.approx(2.0, rel=0.1)


def test_every_round_begins_with_another_side(clock: Clock) -> None:
    sides = {name: clock.side(name, lambda: 1.0) for name in "abc"}
    alternate(sides, rounds=3, warmup=1)
    assert "".join(turns(clock.calls)) == "abc" + "abc" + "bca" + "cab"


def test_a_turn_repeats_short_work_and_leaves_the_first_calls_out(clock: Clock) -> None:
    settling = [timing.SETTLE_SECONDS / 4] * 4
    lengths = iter([9.0, 9.0, *settling, *[0.001] * 10_000])
    timings = alternate({"ours": clock.side("ours", lambda: next(lengths))}, rounds=1, warmup=2)
    assert timings.spread("ours").median == pytest.approx(0.001)
    timed = len(clock.calls) - 2 - len(settling)
    assert timed == pytest.approx(timing.TURN_SECONDS / 0.001, abs=1)


def test_a_turn_makes_a_few_calls_of_long_work(clock: Clock) -> None:
    alternate({"ours": clock.side("ours", lambda: 10.0)}, rounds=1, warmup=1)
    assert len(clock.calls) == 1 + 1 + timing.CALLS[0]


def test_once_calls_each_side_once_a_round(clock: Clock) -> None:
    timings = once({"ours": clock.side("ours", lambda: 1.0), "peer": clock.side("peer", lambda: 2.0)}, 3)
    assert clock.calls == ["ours", "peer"] * 3
    assert timings.seconds == {"ours": (1.0,) * 3, "peer": (2.0,) * 3}


@given(st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=30))
def test_quartiles_lie_round_the_median(numbers: list[float]) -> None:
    spread = Spread.of(numbers)
    assert min(numbers) <= spread.lower <= spread.median <= spread.upper <= max(numbers)
    assert spread.count == len(numbers)


def test_a_ratio_is_taken_round_by_round() -> None:
    timings = Timings({"ours": (1.0, 10.0, 100.0), "peer": (2.0, 30.0, 400.0)})
    assert timings.ratio("peer", "ours") == Spread(3.0, 2.5, 3.5, 3)


@pytest.mark.parametrize(("sides", "rounds"), [({}, 3), ({"ours": int}, 0)], ids=["no-side", "no-round"])
def test_nothing_to_time_is_refused(sides: dict[str, Callable[[], object]], rounds: int) -> None:
    with pytest.raises(SettingsError, match="at least one"):
        alternate(sides, rounds)
