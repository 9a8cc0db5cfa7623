"""Triggers that read series: formulas by hand, waiting after growth, and means from ask to ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from graphgrow.arrays import Memory
from graphgrow.errors import SettingsError
from graphgrow.graph.history import Event, History, Recorder, Series
from graphgrow.growth.parts import Decision, Trigger, View
from graphgrow.growth.triggers import GradientShift, Means, PerformanceGap, Plateau, UpdateShift
from graphgrow.growth.triggers.timing import epochs_since_growth
from tests.growth.timelines import EPOCH, event, recorded, seen, unprobed


def asked(trigger: Trigger, which: Series, values: Sequence[float], events: Sequence[Event] = ()) -> list[Decision]:
    """The decisions at the end of each epoch, with one value recorded in each."""
    memory: Memory = {}
    made = []
    for epoch in range(1, len(values) + 1):
        history = recorded({which: values[:epoch]}, [item for item in events if item.epoch < epoch])
        made.append(trigger(seen(epoch, history, unprobed), memory))
        memory = made[-1].memory
    return made


def fired(decisions: Sequence[Decision]) -> list[int]:
    """Epochs of firing."""
    return [epoch for epoch, decision in enumerate(decisions, 1) if decision.fire]


def test_a_plateau_needs_a_full_window() -> None:
    assert fired(asked(Plateau(), Series.LOSS, [1.0] * 25)) == [20, 21, 22, 23, 24, 25]
    assert fired(asked(Plateau(window=3), Series.LOSS, [3, 2, 1, 1, 1, 1, 2])) == [5, 6]


@pytest.mark.parametrize(("below", "fires"), [(0.0249, False), (0.0251, True)])
def test_a_plateau_is_sd_over_mean(below: float, fires: bool) -> None:
    values = [3.9, 4.1, 3.9, 4.1]
    assert asked(Plateau(4, below), Series.LOSS, values)[-1].fire is fires
    assert asked(Plateau(4, below), Series.LOSS, [-value for value in values])[-1].fire is fires


def test_a_plateau_of_any_series() -> None:
    trigger = Plateau(2, series=Series.VALIDATION_LOSS)
    assert trigger.needs == {Series.VALIDATION_LOSS}
    assert Plateau().needs == {Series.LOSS}
    assert fired(asked(trigger, Series.VALIDATION_LOSS, [0, 0, 1])) == [2]
    assert fired(asked(trigger, Series.LOSS, [0, 0, 0])) == []


@pytest.mark.parametrize(("last", "fires"), [(1.2, False), (1.3, True), (0.75, False), (0.65, True)])
def test_a_gradient_shift_is_a_change_of_variance(last: float, fires: bool) -> None:
    # Variances 1 and last^2; a shift is more than half of the one before.
    values = [5 - 1, 5 + 1, 9 - last, 9 + last]
    assert asked(GradientShift(window=2), Series.GRADIENT_NORM, values)[-1].fire is fires


def test_gradient_shifts_out_of_stillness() -> None:
    assert fired(asked(GradientShift(window=2), Series.GRADIENT_NORM, [1, 1, 1, 1, 1, 2])) == [6]


@pytest.mark.parametrize(("last", "fires"), [(2.9, False), (3.1, True), (1.1, False), (0.9, True)])
def test_an_update_shift_is_a_change_of_the_mean(last: float, fires: bool) -> None:
    values = [1.0, 3.0, last - 0.5, last + 0.5]
    assert asked(UpdateShift(window=2), Series.UPDATE_NORM, values)[-1].fire is fires


def test_founding_windows() -> None:
    assert fired(asked(GradientShift(), Series.GRADIENT_NORM, [1, 2] * 10 + [9]))[0] == 21
    assert fired(asked(UpdateShift(), Series.UPDATE_NORM, [1.0] * 5 + [2.0] * 5)) == [10]
    assert fired(asked(UpdateShift(), Series.UPDATE_NORM, [1.0] * 9)) == []


def test_the_gap_between_held_out_and_training_loss() -> None:
    trigger = PerformanceGap(above=0.25)
    for held_out, fires in ((0.74, False), (0.76, True)):
        history = recorded({Series.LOSS: [9.0, 0.5], Series.VALIDATION_LOSS: [held_out]})
        first = trigger(seen(1, recorded({Series.LOSS: [9.0]})), {})
        assert trigger(seen(2, history), first.memory).fire is fires
    assert not trigger(seen(1, recorded({Series.VALIDATION_LOSS: [5.0]})), {}).fire
    assert not trigger(seen(1, recorded({Series.LOSS: [5.0]})), {}).fire


def test_means_are_taken_from_ask_to_ask() -> None:
    recorder = Recorder()
    means, view = Means(), seen(1)
    for step, value in enumerate([1.0, 2.0, 6.0], 1):
        recorder.add(Series.LOSS, step, value)
    view = replace(view, history=recorder.history())
    means = means.extended(view, Series.LOSS, 2)
    assert means == Means(3, (3.0,))
    assert means.extended(view, Series.LOSS, 2) == means
    # What is recorded under the step of the ask, but after it, belongs to the next one.
    for value in (4.0, 8.0):
        recorder.add(Series.LOSS, 3, value)
        means = means.extended(replace(view, history=recorder.history()), Series.LOSS, 2)
    assert means == Means(5, (4.0, 8.0))
    assert Means.read(means.memory) == means
    assert Means.read({}) == Means()


def test_a_second_ask_at_one_step_decides_alike() -> None:
    trigger = Plateau(2)
    history = recorded({Series.LOSS: [1.0]})
    first = trigger(seen(1, history), {})
    assert trigger(seen(1, history), first.memory) == first
    assert not first.fire


def test_signals_wait_after_growth() -> None:
    grown = [event(5 * EPOCH, 5)]
    assert fired(asked(Plateau(2), Series.LOSS, [1.0] * 18, grown)) == [2, 3, 4, 5, 15, 16, 17, 18]
    assert fired(asked(Plateau(2, wait=3), Series.LOSS, [1.0] * 9, grown)) == [2, 3, 4, 5, 8, 9]
    assert fired(asked(Plateau(2, wait=0), Series.LOSS, [1.0] * 4, [event(EPOCH, 1)])) == [2, 3, 4]
    waited = asked(Plateau(2), Series.LOSS, [1.0] * 7, grown)[-1]
    assert waited.reason.endswith("waits: 2 of 10 epochs since growth")


def test_only_growth_of_the_site_that_was_kept_counts() -> None:
    events = [event(4, 1, number=1), event(8, 2, "other", number=2), event(12, 3, accepted=False, number=3)]

    def since(count: int) -> int | None:
        return epochs_since_growth(seen(5, recorded({}, events[:count])))

    assert [since(count) for count in range(4)] == [None, 4, 4, 4]
    elsewhere: View = seen(5, recorded({}, events[1:]))
    assert epochs_since_growth(elsewhere) is None


@pytest.mark.parametrize(
    "make",
    [
        lambda: Plateau(window=1),
        lambda: Plateau(below=0),
        lambda: Plateau(wait=-1),
        lambda: GradientShift(window=1),
        lambda: GradientShift(change=0),
        lambda: UpdateShift(window=0),
        lambda: UpdateShift(change=-1),
        lambda: PerformanceGap(above=-0.1),
        lambda: PerformanceGap(wait=-1),
    ],
    ids=range(9),
)
def test_settings_out_of_range(make: object) -> None:
    with pytest.raises(SettingsError, match="expected"):
        make()  # type: ignore[operator]


def test_nothing_recorded_is_no_signal() -> None:
    for trigger in (Plateau(), GradientShift(), UpdateShift(), PerformanceGap()):
        assert not trigger(seen(3, History(), unprobed), {}).fire
