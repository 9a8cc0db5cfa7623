"""Views: read and probe lazily, measures shared, and the view after an edit."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from graphgrow.graph.edit import Edit
from graphgrow.growth.parts import Room, View, cached
from graphgrow.growth.targets import Everywhere, Extremes, extremes
from graphgrow.measure.extrema import AGGRESSIVE, FOUNDING_PROTOCOL, find
from tests.growth.worlds import WORLDS, edit_of, make, signals_of, view_of


@dataclass(frozen=True)
class Neurons:
    """A measure with a setting that counts its calls."""

    calls: list[int]
    setting: int

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Neurons) and other.setting == self.setting

    def __hash__(self) -> int:
        return hash(self.setting)

    def __call__(self, view: View) -> int:
        self.calls.append(self.setting)
        return view.read().neurons


def test_memo_tells_parts_apart_by_equality() -> None:
    calls: list[int] = []
    view = view_of(make(WORLDS["relu layered"]))
    found = {view.memo(Neurons(calls, setting)) for setting in (1, 1, 2, 1, 2)}
    assert found == {view.read().neurons}
    assert calls == [1, 2]


def test_equal_targets_share_their_extrema(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def counted(*arguments: object) -> object:
        calls.append(arguments[2])
        return find(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(extremes, "find", counted)
    view = view_of(make(WORLDS["sigmoid layered"]))
    first, second = Extremes()(view), Extremes()(view)
    np.testing.assert_array_equal(first, second)
    Extremes(AGGRESSIVE)(view)
    assert calls == [FOUNDING_PROTOCOL, AGGRESSIVE]


def test_views_do_not_share_measures() -> None:
    calls: list[int] = []
    graph = make(WORLDS["relu layered"])
    for _ in range(2):
        view_of(graph).memo(Neurons(calls, 1))
    assert calls == [1, 1]


def test_extremes_are_those_of_the_probe() -> None:
    graph = make(WORLDS["sigmoid layered"])
    seen = signals_of(graph)
    scores = Extremes()(view_of(graph, seen))
    wanted = find(graph.wiring, seen.activation)
    np.testing.assert_array_equal(scores > 0, wanted.high)
    np.testing.assert_array_equal(scores < 0, wanted.low)
    assert wanted.high.any()
    assert wanted.low.any()
    assert scores.dtype == np.float32


def test_everywhere_is_everyone_and_needs_no_probe() -> None:
    graph = make(WORLDS["relu layered"])

    def probe() -> None:
        raise AssertionError("probed")

    view = replace(view_of(graph), probe=probe)  # type: ignore[arg-type]
    assert Everywhere()(view).tolist() == [1.0] * graph.neurons


def test_the_view_after_an_edit() -> None:
    calls: list[int] = []
    graph = make(WORLDS["relu layered"])
    view = view_of(graph)
    view.memo(Neurons(calls, 1))
    later = view.after(edit_of(graph.neurons, 1, removed_edges=[0, 1]))
    assert later.read().edges == graph.edges - 2
    assert view.read() is graph
    assert later.probe() is view.probe()
    assert later.rng is view.rng
    later.memo(Neurons(calls, 1))
    assert calls == [1, 1]
    assert view.after(Edit(graph.neurons, 0)) is view


def test_cached_runs_once_and_only_when_asked() -> None:
    runs = []

    def run() -> None:
        runs.append(1)

    once = cached(run)
    assert runs == []
    assert [once(), once()] == [None, None]
    assert runs == [1]


def test_rooms_within_each_other() -> None:
    assert Room(5, 9).within(Room(7, 2)) == Room(5, 2)
    assert Room().within(Room(7, 2)) == Room(7, 2)
