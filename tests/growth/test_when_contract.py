"""What every trigger, stop and amount must hold, whatever it does; the packages are walked, so a new part is found."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, fields, replace
from functools import cache

import pytest

from graphgrow.arrays import Json, Memory
from graphgrow.graph.history import History, Series
from graphgrow.growth import amounts, economy, stops, triggers
from graphgrow.growth.economy import Economy, Offer
from graphgrow.growth.parts import Amount, Room, Trigger, View
from graphgrow.growth.rule import describe
from graphgrow.growth.stops import Stop, judge
from graphgrow.growth.triggers import notes_of
from graphgrow.rng import stream
from tests.growth.timelines import SIGMOID, Timeline, seen
from tests.growth.walk import concrete

# Where a part has no defaults, or its founding windows are too long for a short training.
EXAMPLES: Mapping[type, tuple[object, ...]] = {
    triggers.Every: (triggers.Every(), triggers.Every(3)),
    triggers.Plateau: (triggers.Plateau(), triggers.Plateau(5, 0.05, Series.VALIDATION_LOSS, wait=2)),
    triggers.GradientShift: (triggers.GradientShift(), triggers.GradientShift(3, wait=0)),
    triggers.InformationTransition: (
        triggers.InformationTransition(),
        triggers.InformationTransition(0.95, 0.0, 0.9, every=2, samples=16, wait=0),
    ),
    triggers.InformationPeak: (
        triggers.InformationPeak(),
        triggers.InformationPeak(rise=0.0, every=2, samples=16, wait=0),
    ),
    triggers.Watched: (triggers.Watched(triggers.Every(3), triggers.InformationTransition(1, 0, 1, every=1, wait=0)),),
    triggers.AnyOf: (triggers.AnyOf((triggers.Saturated(), triggers.Plateau(4, wait=3))),),
    triggers.AllOf: (triggers.AllOf((triggers.UpdateShift(wait=0), triggers.Critical(wait=0))),),
    triggers.AtLeast: (
        triggers.AtLeast(2, (triggers.Every(2), triggers.Critical(above=0.5), triggers.PerformanceGap(wait=1))),
    ),
    economy.Economy: (
        Economy(),
        Economy(
            (
                Offer("spike", triggers.GradientShift(3, wait=0), value=20),
                Offer("peak", triggers.InformationPeak(every=1, wait=0), 40, 50, price=10, credit=20, every=3),
                Offer("flat", triggers.Plateau(4, 0.05, wait=0), value=15),
            ),
            price=60,
            outcomes=2,
            trend=4,
        ),
    ),
    stops.MemoryFull: (stops.MemoryFull(48 * SIGMOID.edges), stops.MemoryFull(10**12)),
    stops.TimeUp: (stops.TimeUp(), stops.TimeUp(None, 60 * SIGMOID.edges)),
    stops.ScoreReached: (stops.ScoreReached(0.9),),
    stops.NoExtrema: (stops.NoExtrema(), stops.NoExtrema(3)),
    amounts.AtMost: (amounts.AtMost(7, 2),),
    amounts.Finishing: (amounts.Finishing(amounts.ByPhase()),),
    stops.LossPlateau: (stops.LossPlateau(), stops.LossPlateau(5, 0.02)),
}


def examples(kind: type) -> list[object]:
    return [part for item in concrete(kind) for part in EXAMPLES.get(item) or (item(),)]


def named(parts: list[object]) -> list[str]:
    return [f"{type(part).__name__}-{at}" for at, part in enumerate(parts)]


TRIGGERS = examples(Trigger)
STOPS = examples(Stop)
AMOUNTS = examples(Amount)
PARTS = [*TRIGGERS, *STOPS, *AMOUNTS]
every_trigger = pytest.mark.parametrize("trigger", TRIGGERS, ids=named(TRIGGERS))
every_stop = pytest.mark.parametrize("stop", STOPS, ids=named(STOPS))
every_part = pytest.mark.parametrize("part", PARTS, ids=named(PARTS))
every_amount = pytest.mark.parametrize("amount", AMOUNTS, ids=named(AMOUNTS))


@cache
def views() -> tuple[View, ...]:
    return tuple(Timeline().views())


def rooms(epoch: int) -> Room:
    return Room(max(0, 50 - epoch), 3)


def through(memory: Memory) -> Memory:
    """Through JSON, as a checkpoint stores it, in every bit."""
    text = json.dumps(dict(memory), sort_keys=True, allow_nan=False)
    back: dict[str, Json] = json.loads(text)
    assert back == memory
    assert json.dumps(back, sort_keys=True) == text
    return back


def replayed(part: object, asks: tuple[View, ...], memory: Memory, stored: bool) -> list[tuple[object, Memory, str]]:
    """What a trigger or a stop answers from ask to ask, its memory stored in between or not."""
    made: list[tuple[object, Memory, str]] = []
    for view in asks:
        before = copy.deepcopy(dict(memory))
        if isinstance(part, Trigger):
            decision = part(view, memory)
            answer = (decision.fire, decision.memory, decision.reason)
        else:
            assert isinstance(part, Stop)
            verdict = part(view, rooms(view.epoch), memory, {})
            answer = (verdict.cause, verdict.memory, verdict.reason)
        assert memory == before
        made.append(answer)
        memory = through(answer[1]) if stored else answer[1]
    return made


@pytest.mark.parametrize("part", [*TRIGGERS, *STOPS], ids=named([*TRIGGERS, *STOPS]))
def test_a_resume_decides_alike(part: object) -> None:
    whole = replayed(part, views(), {}, stored=False)
    assert replayed(replace(part), tuple(Timeline().views()), {}, stored=True) == whole  # type: ignore[type-var]
    for cut in (1, 13, 29, 50):
        rest = tuple(Timeline().views()[cut:])
        assert replayed(replace(part), rest, through(whole[cut - 1][1]), stored=True) == whole[cut:]  # type: ignore[type-var]


@pytest.mark.parametrize("kind", concrete(Trigger), ids=lambda kind: kind.__name__)
def test_the_timeline_puts_each_trigger_to_the_test(kind: type) -> None:
    answers = {
        fire for part in TRIGGERS if type(part) is kind for fire, *_ in replayed(part, views(), {}, stored=False)
    }
    assert answers == ({False} if kind is triggers.Never else {False, True})


@pytest.mark.parametrize("kind", concrete(Stop), ids=lambda kind: kind.__name__)
def test_the_timeline_puts_each_stop_to_the_test(kind: type) -> None:
    causes = {cause for part in STOPS if type(part) is kind for cause, *_ in replayed(part, views(), {}, stored=False)}
    # Partners and books are made up in the tests of those stops.
    seldom = kind in (stops.NoPartner, stops.DuplicatesOnly, stops.Starved)
    assert len(causes) == (1 if seldom else 2)
    assert None in causes


@every_part
def test_parts_are_frozen_and_equal_by_value(part: object) -> None:
    again = replace(part)  # type: ignore[type-var]
    assert again == part
    assert hash(again) == hash(part)
    assert again is not part
    for item in fields(part):  # type: ignore[arg-type]
        with pytest.raises(FrozenInstanceError):
            setattr(part, item.name, None)
    plain = describe(part)
    assert json.loads(json.dumps(plain)) == plain
    assert isinstance(plain, dict)
    assert plain["kind"] == type(part).__name__


@every_trigger
def test_triggers_need_series_they_can_do_without(trigger: Trigger) -> None:
    assert trigger.needs <= set(Series)
    decision = trigger(seen(1, History(), views()[0].probe), {})
    assert isinstance(decision.fire, bool)
    through(decision.memory)


@every_trigger
def test_triggers_read_what_they_say_they_need(trigger: Trigger) -> None:
    told = replayed(trigger, views(), {}, stored=False)

    def only(view: View) -> View:
        kept = {which: view.history.values[which] for which in trigger.needs if which in view.history.values}
        steps = {which: view.history.steps[which] for which in kept}
        return replace(view, history=History(steps, kept, view.history.events))

    assert replayed(trigger, tuple(only(view) for view in views()), {}, stored=False) == told


@every_trigger
def test_notes_are_plain(trigger: Trigger) -> None:
    memory = replayed(trigger, views()[:25], {}, stored=False)[-1][1]
    for held in ({}, memory):
        through(dict(notes_of(trigger, held)))


@every_trigger
def test_triggers_draw_nothing(trigger: Trigger) -> None:
    for view in views()[:12]:
        before = stream(0, "growth", view.epoch).bit_generator.state
        trigger(view, {})
        assert view.rng.bit_generator.state == before


@every_amount
def test_amounts_remember_nothing(amount: Amount) -> None:
    asks, others = views(), Timeline().views()
    for view, other in list(zip(asks, others, strict=True))[::3]:
        for room in (Room(0, 0), Room(1, 4), Room(300, 2, surplus=9), Room()):
            made = amount(view, room)
            assert made == amount(other, room)
            assert 0 <= made.edges <= room.edges
            assert 0 <= made.neurons <= room.neurons
            assert made.surplus == room.surplus


@every_stop
def test_stops_end_growth_for_good(stop: Stop) -> None:
    memory: Memory = {}
    causes = []
    for view in views():
        verdict = judge((stop,), view, rooms(view.epoch), memory, {})
        memory = through(verdict.memory)
        causes.append(verdict.cause)
    ended = [cause for cause in causes if cause is not None]
    assert causes == [None] * (len(causes) - len(ended)) + ended
    assert len(set(ended)) <= 1
