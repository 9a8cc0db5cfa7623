"""Stops: each cause by hand, the first that holds, and that it stays."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest

from graphgrow.arrays import Array, Memory
from graphgrow.errors import SettingsError
from graphgrow.graph.builders import from_edges
from graphgrow.graph.graph import Graph
from graphgrow.graph.history import Event, Series
from graphgrow.graph.wiring import Activation
from graphgrow.growth.parts import Room, View
from graphgrow.growth.stops import (
    BudgetReached,
    DuplicatesOnly,
    LossPlateau,
    MemoryFull,
    NoExtrema,
    NoPartner,
    ScoreReached,
    Stop,
    StopCause,
    TimeUp,
    ValidationDecline,
    Verdict,
    judge,
    stopped,
)
from graphgrow.growth.stops.limits import edge_steps
from graphgrow.measure.extrema import Side
from graphgrow.measure.signals import Signals, from_rows
from tests.growth.timelines import EPOCH, SIGMOID, recorded, seen, unprobed

ROOM = Room(9)


def ends(stop: Stop, views: Sequence[View], room: Room = ROOM) -> list[StopCause | None]:
    """The verdicts of one stop from view to view, the memory sent through JSON in between."""
    memory: Memory = {}
    made = []
    for view in views:
        verdict = stop(view, room, memory, {})
        memory = json.loads(json.dumps(dict(verdict.memory)))
        made.append(verdict.cause)
    return made


def test_the_budget() -> None:
    assert ends(BudgetReached(), [seen(1)], Room(0)) == ends(BudgetReached(), [seen(1)], Room(-3)) == [StopCause.BUDGET]
    assert ends(BudgetReached(), [seen(1)], Room(1)) == [None]


def test_memory() -> None:
    needed = 48 * SIGMOID.edges
    assert ends(MemoryFull(needed + 1), [seen(1)]) == [None]
    assert ends(MemoryFull(needed), [seen(1)]) == [StopCause.MEMORY]
    assert ends(MemoryFull(SIGMOID.edges, per_edge=1), [seen(1)]) == [StopCause.MEMORY]


def test_time_by_share() -> None:
    assert ends(TimeUp(), [seen(44), seen(45)]) == [None, StopCause.TIME]
    assert ends(TimeUp(1.0), [seen(59)]) == [None]


def grown(step: int, edges: int, added: int, removed: int = 0, site: str = "main", kept: bool = True) -> Event:
    return Event(1, step, step // EPOCH, site, "", "", 9, edges, added, removed, accepted=kept)


def test_work_is_edges_over_steps() -> None:
    assert edge_steps(seen(3, None, unprobed)) == 12 * SIGMOID.edges
    events = [grown(4, 25, 10, 5), grown(6, 99, 9, site="other"), grown(6, 90, 9, kept=False), grown(8, 30, 5)]
    view = seen(3, recorded({}, events), unprobed)
    assert edge_steps(view) == 4 * 20 + 4 * 25 + 4 * 30
    assert ends(TimeUp(None, 300), [view]) == [StopCause.TIME]
    assert ends(TimeUp(None, 301), [view]) == [None]
    assert ends(TimeUp(0.1, 10**9), [seen(5), seen(6)]) == [None, StopCause.TIME]


def held_out(losses: Sequence[float], which: Series = Series.VALIDATION_LOSS) -> list[View]:
    return [seen(at, recorded({which: losses[:at]}), unprobed) for at in range(len(losses) + 1)]


def when(stop: Stop, views: Sequence[View]) -> list[int]:
    """Positions at which growth would end."""
    return [at for at, cause in enumerate(ends(stop, views)) if cause is not None]


def test_a_plateau() -> None:
    assert when(LossPlateau(3), held_out([3, 2, 1, 1, 1, 1.2])) == [5]
    assert when(LossPlateau(), held_out([1.0] * 22)) == [20, 21, 22]
    assert ends(LossPlateau(2), held_out([1, 1]))[-1] is StopCause.PLATEAU


def test_a_target() -> None:
    views = held_out([0.5, 0.8999, 0.9, 0.7], Series.ACCURACY)
    assert when(ScoreReached(0.9), views) == [3]
    assert ends(ScoreReached(0.9), views)[3] is StopCause.TARGET


def test_a_decline() -> None:
    assert when(ValidationDecline(2), held_out([3, 2, 2.1, 1.9, 2, 2.5, 1, 2, 2])) == [6, 9]
    assert when(ValidationDecline(2, margin=0.2), held_out([3, 2, 2.3, 2.5, 2.5])) == [5]
    assert when(ValidationDecline(), held_out([1, 2, 2, 2, 2, 2])) == [6]
    assert ends(ValidationDecline(), held_out([1, 2, 2, 2, 2, 2]))[-1] is StopCause.DECLINE


def rows(*marks: str) -> Array:
    """Activations of inputs, hidden levels and outputs; H is saturated high, L low, anything else neither."""
    value = {"H": 0.99, "L": 0.01}
    # What never varies is dead, and sends nothing.
    return np.array([value.get(mark, 0.5) + 1e-3 * np.arange(5) for mark in "".join(marks)])


def stack(edges: Sequence[tuple[int, int]] = ()) -> Graph:
    """Two inputs, three hidden levels of two sigmoid neurons (rows 2 to 7), one output."""
    source, target = np.array(edges, int).reshape(-1, 2).T
    level = [0, 0, 1, 1, 2, 2, 3, 3, 4]
    return from_edges(level, source, target, np.ones(source.size), activation=Activation.SIGMOID)


def marked(epoch: int, marks: str, graph: Graph | None = None, reach: int = 9) -> View:
    def probe() -> Signals:
        made = rows("ii", marks, "o")
        return from_rows(made, made, np.zeros(5))

    return replace(seen(epoch, None, probe, graph or stack()), reach=reach)


def test_no_extrema() -> None:
    views = [marked(epoch, "H....." if epoch in (1, 6) else "......") for epoch in range(1, 12)]
    assert when(NoExtrema(3), views) == [4, 9, 10]
    assert ends(NoExtrema(3), views)[4] is StopCause.EXTREMA
    assert when(NoExtrema(0), views[:3]) == [1, 2]
    low = [marked(epoch, "L.....") for epoch in (1, 2)]
    assert when(NoExtrema(0), low) == []
    assert when(NoExtrema(0, Side.HIGH), low) == [0, 1]
    assert when(NoExtrema(0, Side.LOW), low) == []


@pytest.mark.parametrize(
    ("marks", "levels", "reach", "alone"),
    [
        ("......", 3, 9, False),
        ("H.....", 3, 9, True),
        ("HL....", 3, 9, True),
        ("H..L..", 3, 9, False),
        ("L.H...", 3, 9, True),
        ("H....L", 1, 9, True),
        ("H....L", 2, 9, False),
        ("H....L", 3, 1, True),
        ("..L...", 3, 9, False),
    ],
)
def test_no_partner_in_reach(marks: str, levels: int, reach: int, alone: bool) -> None:
    view = marked(1, marks, reach=reach)
    assert ends(NoPartner(0, levels), [view]) == [StopCause.PARTNER if alone else None]
    assert ends(DuplicatesOnly(0, levels), [view]) == [None]


@pytest.mark.parametrize(
    ("edges", "only"),
    [([], False), ([(2, 5)], False), ([(2, 5), (2, 7), (3, 4)], True), ([(3, 5), (3, 7)], False)],
    ids=["none", "one", "all", "others"],
)
def test_duplicates_only(edges: list[tuple[int, int]], only: bool) -> None:
    view = marked(1, "H..L.L", stack(edges))
    assert ends(DuplicatesOnly(0), [view]) == [StopCause.DUPLICATES if only else None]
    assert ends(NoPartner(0), [view]) == [None]


@pytest.mark.parametrize("stop", [NoPartner(4), DuplicatesOnly(4)])
def test_what_lasts_is_counted_in_epochs(stop: Stop) -> None:
    graph = stack([(2, 4)]) if isinstance(stop, DuplicatesOnly) else stack()
    marks = "H.L..." if isinstance(stop, DuplicatesOnly) else "H....."
    views = [marked(epoch, marks, graph) for epoch in (1, 3, 4, 5, 6)]
    assert when(stop, views) == [3, 4]
    assert when(stop, [*views[:2], marked(4, "......", graph), *views[3:]]) == []


@dataclass(frozen=True)
class From(Stop):
    """Holds from an epoch on."""

    epoch: int
    cause: StopCause

    def __call__(self, view: View, room: Room, memory: Memory, trigger: Memory) -> Verdict:
        asked = memory.get("asked", 0)
        asked = asked + 1 if isinstance(asked, int) else 1
        return Verdict(self.cause if view.epoch == self.epoch else None, {"asked": asked}, f"epoch {view.epoch}")


def test_the_first_that_holds_is_remembered() -> None:
    stops = (From(5, StopCause.TIME), From(3, StopCause.PLATEAU), From(3, StopCause.TARGET))
    memory: Memory = {}
    causes = []
    for epoch in range(1, 7):
        verdict = judge(stops, seen(epoch, None, unprobed), ROOM, memory, {})
        memory = json.loads(json.dumps(dict(verdict.memory)))
        assert stopped(memory) is verdict.cause
        causes.append(verdict.cause)
    assert causes == [None, None, *[StopCause.PLATEAU] * 4]
    assert memory["stopped"] == {"cause": "plateau", "step": 12, "epoch": 3}
    # All were asked until then, and none since.
    assert memory["parts"] == [{"asked": 3}] * 3
    assert verdict.reason == "growth stopped: plateau"
    assert judge(stops, seen(3), ROOM, {}, {}).reason == "growth stopped: epoch 3"


def test_no_stops_go_on() -> None:
    verdict = judge((), seen(1), ROOM, {}, {})
    assert (verdict.cause, stopped(verdict.memory)) == (None, None)
    assert stopped({}) is None


@pytest.mark.parametrize(
    "make",
    [
        lambda: MemoryFull(0),
        lambda: MemoryFull(5, per_edge=0),
        lambda: TimeUp(0.0),
        lambda: TimeUp(1.5),
        lambda: TimeUp(None),
        lambda: TimeUp(None, 0),
        lambda: LossPlateau(1),
        lambda: LossPlateau(below=0),
        lambda: ValidationDecline(0),
        lambda: ValidationDecline(margin=-1),
        lambda: NoExtrema(-1),
        lambda: NoPartner(-1),
        lambda: NoPartner(levels=0),
        lambda: DuplicatesOnly(levels=0),
    ],
    ids=range(14),
)
def test_settings_out_of_range(make: Callable[[], Stop]) -> None:
    with pytest.raises(SettingsError, match="expected"):
        make()
