"""Joined triggers: counting, memories apart, and looks that are spared."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import pytest

from graphgrow.arrays import Memory
from graphgrow.errors import SettingsError
from graphgrow.graph.history import Series
from graphgrow.growth.parts import Decision, Trigger, View
from graphgrow.growth.rule import describe
from graphgrow.growth.triggers import (
    NATURAL,
    AllOf,
    AnyOf,
    AtLeast,
    Costly,
    Critical,
    Every,
    GradientShift,
    Never,
    Plateau,
    UpdateShift,
    notes_of,
)
from tests.growth.timelines import seen


@dataclass(frozen=True)
class Look(Costly):
    """A costly trigger that answers as told and counts its looks."""

    fires: bool

    def __call__(self, view: View, memory: Memory) -> Decision:
        held = memory.get("looks", 0)
        looks = held + 1 if isinstance(held, int) else 1
        return Decision(self.fires, {"looks": looks}, f"look {self.fires}")

    def notes(self, memory: Memory) -> Memory:
        return {"looks": memory.get("looks", 0), f"saw {self.fires}": True}


def told(fires: bool) -> Trigger:
    """A cheap trigger that answers as told."""
    return Every(1) if fires else Never()


@pytest.mark.parametrize("answers", list(product([False, True], repeat=3)), ids=str)
@pytest.mark.parametrize("costly", list(product([False, True], repeat=3)), ids=str)
def test_counting(answers: tuple[bool, ...], costly: tuple[bool, ...]) -> None:
    parts = tuple(Look(fires) if dear else told(fires) for fires, dear in zip(answers, costly, strict=True))
    for count in (1, 2, 3):
        assert AtLeast(count, parts)(seen(1), {}).fire is (sum(answers) >= count)
    assert AnyOf(parts)(seen(1), {}).fire is any(answers)
    assert AllOf(parts)(seen(1), {}).fire is all(answers)


def looks(trigger: Trigger) -> list[object]:
    """How often each part that counts looks has looked after two asks."""
    memory: Memory = {}
    for epoch in (1, 2):
        memory = trigger(seen(epoch), memory).memory
    parts = memory["parts"]
    assert isinstance(parts, list)
    return [part.get("looks", 0) for part in parts if isinstance(part, dict)]


@pytest.mark.parametrize(
    ("trigger", "wanted"),
    [
        (AnyOf((Look(True), Every(1))), [0, 0]),
        (AnyOf((Look(True), Never())), [2, 0]),
        (AnyOf((Look(True), Look(True))), [2, 0]),
        (AnyOf((Look(False), Look(True))), [2, 2]),
        (AllOf((Look(True), Never())), [0, 0]),
        (AllOf((Look(True), Every(2))), [1, 0]),
        (AllOf((Look(False), Look(True), Every(1))), [2, 0, 0]),
        (AtLeast(2, (Look(True), Every(1), Look(False), Every(1))), [0, 0, 0, 0]),
        (AtLeast(2, (Look(False), Look(True), Every(1), Never())), [2, 2, 0, 0]),
        (AtLeast(2, (Look(False), Look(True), Never())), [2, 0, 0]),
    ],
    ids=range(10),
)
def test_looks_that_cannot_decide_are_spared(trigger: Trigger, wanted: list[int]) -> None:
    assert looks(trigger) == wanted


def test_parts_keep_their_own_count() -> None:
    trigger = AnyOf((Every(2), Every(3)))
    memory: Memory = {}
    fired = []
    for epoch in range(1, 8):
        decision = trigger(seen(epoch), memory)
        memory = decision.memory
        fired += [epoch] * decision.fire
    assert fired == [2, 3, 4, 6]
    assert memory == {"parts": [{"asked": 7}, {"asked": 7}]}


def test_equal_parts_do_not_share_a_memory() -> None:
    inner = AllOf((Every(2), Every(2)))
    decision = AnyOf((inner, Every(5)))(seen(1), {})
    assert decision.memory == {"parts": [{"parts": [{"asked": 1}, {"asked": 1}]}, {"asked": 1}]}


def test_needs_are_those_of_all_parts() -> None:
    trigger = AnyOf((Plateau(), AllOf((GradientShift(), Critical())), UpdateShift()))
    assert trigger.needs == {Series.LOSS, Series.GRADIENT_NORM, Series.UPDATE_NORM}
    assert AtLeast(1, (Never(),)).needs == frozenset()


def test_reasons_name_what_decided() -> None:
    assert AllOf((Every(1), Look(True)))(seen(1), {}).reason == "ask 1, every 1 and look True"
    assert AllOf((Every(1), Look(False)))(seen(1), {}).reason == "1 of 2 needed: ask 1, every 1; look False"


def test_notes_are_gathered() -> None:
    trigger = AnyOf((AllOf((Look(False), Never())), Look(True)))
    memory: Memory = {"parts": [{"parts": [{"looks": 4}, {}]}, {"looks": 9}]}
    assert notes_of(trigger, memory) == {"looks": 4, "saw False": True, "saw True": True}
    assert notes_of(Never(), {}) == {}
    assert notes_of(trigger, {})["looks"] == 0


def test_the_natural_trigger() -> None:
    assert AllOf((GradientShift(), Critical())) == NATURAL
    assert NATURAL.needs == {Series.GRADIENT_NORM}
    plain = describe(NATURAL)
    assert isinstance(plain, dict)
    assert plain["kind"] == "AllOf"


@pytest.mark.parametrize(
    "make",
    [lambda: AnyOf(()), lambda: AllOf(()), lambda: AtLeast(0, (Never(),)), lambda: AtLeast(2, (Never(),))],
    ids=range(4),
)
def test_what_cannot_be_joined(make: object) -> None:
    with pytest.raises(SettingsError, match="expected"):
        make()  # type: ignore[operator]
