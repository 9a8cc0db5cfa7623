"""Series and events."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphgrow import Event
from graphgrow.graph import History, Series
from graphgrow.graph.history import Recorder

EVENT = Event(1, 200, 2, "main", "extrema", "plateau", 40, 300, 12, 3, notes={"credits": [1, 2.5], "why": None})


def test_an_event_survives_json() -> None:
    assert Event.from_json(json.loads(json.dumps(EVENT.to_json()))) == EVENT


def test_a_history_grows_without_changing() -> None:
    old = History()
    new = old.with_event(EVENT)
    assert old.events == ()
    assert new.events == (EVENT,)
    steps, values = new.series(Series.LOSS)
    assert (steps.size, values.size) == (0, 0)
    assert steps.dtype == np.int64


@given(st.lists(st.tuples(st.sampled_from(Series), st.floats(allow_nan=False)), max_size=300))
def test_everything_recorded_is_there(entries: list[tuple[Series, float]]) -> None:
    recorder = Recorder()
    for step, (which, value) in enumerate(entries):
        recorder.add(which, step, value)
    history = recorder.history()
    for which in Series:
        steps, values = history.series(which)
        assert steps.tolist() == [step for step, (name, _) in enumerate(entries) if name is which]
        assert values.tolist() == [value for name, value in entries if name is which]


def test_a_view_stays_as_it_was() -> None:
    recorder = Recorder()
    for step in range(60):
        recorder.add(Series.LOSS, step, float(step))
    early = recorder.history()
    for step in range(60, 500):
        recorder.add(Series.LOSS, step, float(step))
    assert early.series(Series.LOSS)[0].tolist() == list(range(60))
    assert recorder.history().series(Series.LOSS)[1].tolist() == [float(step) for step in range(500)]
    with pytest.raises(ValueError, match="read-only"):
        early.series(Series.LOSS)[1][0] = 9


@pytest.mark.parametrize("length", [0, 1, 63, 64, 65, 200])
def test_recording_goes_on_after_it_was_restored(length: int) -> None:
    recorder = Recorder()
    for step in range(length):
        recorder.add(Series.ACCURACY, step, step / 7)
    recorder.events.append(EVENT)
    restored = Recorder.restored(recorder.arrays(), recorder.events)
    for made in (recorder, restored):
        for step in range(length, length + 70):
            made.add(Series.ACCURACY, step, step / 7)
    first, second = recorder.history(), restored.history()
    assert first.events == second.events == (EVENT,)
    assert np.array_equal(first.series(Series.ACCURACY)[1], second.series(Series.ACCURACY)[1])


def test_a_series_restored_empty_can_go_on() -> None:
    restored = Recorder.restored({"loss.steps": np.zeros(0, np.int64), "loss.values": np.zeros(0)}, [])
    restored.add(Series.LOSS, 0, 1.0)
    assert restored.history().series(Series.LOSS)[1].tolist() == [1.0]


def test_restored_arrays_are_apart() -> None:
    steps, values = np.arange(3), np.arange(3.0)
    restored = Recorder.restored({"loss.steps": steps, "loss.values": values}, [])
    values[:] = 9
    assert restored.history().series(Series.LOSS)[1].tolist() == [0.0, 1.0, 2.0]
