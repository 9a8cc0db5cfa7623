"""Triggers with a witness, and the last ask."""

from __future__ import annotations

from dataclasses import replace

import pytest

from graphgrow.arrays import Memory
from graphgrow.errors import SettingsError
from graphgrow.growth.triggers import AnyOf, Every, LastAsk, Never, PerformanceGap, Plateau, Watched
from graphgrow.growth.triggers.watched import found
from tests.growth.timelines import Timeline, seen


def test_witnesses_decide_nothing_and_their_finds_are_kept() -> None:
    trigger = Watched(Every(4), (Every(3), Never()))
    memory: Memory = {}
    fired = []
    for epoch in range(1, 13):
        decision = trigger(seen(epoch), memory)
        memory = decision.memory
        fired += [epoch] * decision.fire
    assert fired == [4, 8, 12]
    assert found(memory) == (3, 6, 9, 12)
    assert found(memory, 1) == ()
    assert decision.reason == "ask 12, every 4"


def test_an_epoch_counts_once_however_often_it_is_asked() -> None:
    trigger, memory = Watched(Never(), (Every(1),)), {}
    for epoch in (5, 5, 6):
        memory = dict(trigger(seen(epoch), memory).memory)
    assert found(memory) == (5, 6)
    assert found({}) == ()


def test_the_series_of_both_are_needed() -> None:
    assert Watched(Plateau(), (PerformanceGap(),)).needs == Plateau().needs | PerformanceGap().needs


def test_the_last_ask_lets_a_silent_signal_grow_once() -> None:
    trigger, memory, fired = AnyOf((Never(), LastAsk())), {}, []
    for view in Timeline().views():
        decision = trigger(view, memory)
        memory = dict(decision.memory)
        fired += [view.epoch] * decision.fire
    assert fired == [60]
    assert not LastAsk()(replace(seen(3), asks_left=2), {}).fire


def test_a_watch_without_witnesses_is_refused() -> None:
    with pytest.raises(SettingsError, match="one witness or more"):
        Watched(Never(), ())
