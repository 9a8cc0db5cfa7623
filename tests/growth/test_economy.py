"""The economy: earning, buying, paying, and values that follow success."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from graphgrow.arrays import Memory
from graphgrow.errors import SettingsError
from graphgrow.graph.history import Event, History, Series
from graphgrow.growth.economy import FOUNDING_OFFERS, Economy, Offer, Stage
from graphgrow.growth.parts import Decision, Room, Trigger, View
from graphgrow.growth.stops import Starved, StopCause
from graphgrow.growth.triggers import AnyOf, Never, notes_of
from tests.growth.timelines import EPOCH, event, recorded, seen, unprobed


@dataclass(frozen=True)
class At(Trigger):
    """Fires at these epochs, and counts its looks."""

    epochs: tuple[int, ...]

    def __call__(self, view: View, memory: Memory) -> Decision:
        looks = memory.get("looks", 0)
        return Decision(view.epoch in self.epochs, {"looks": looks + 1 if isinstance(looks, int) else 1}, "")


ALWAYS = At(tuple(range(1000)))
SPIKE = Offer("spike", ALWAYS, value=10)


def played(economy: Trigger, epochs: Sequence[int], history: History | None = None) -> list[Decision]:
    """Decisions at these epochs, the memory sent through JSON in between."""
    memory: Memory = {}
    made = []
    for epoch in epochs:
        made.append(economy(seen(epoch, history, unprobed), memory))
        memory = json.loads(json.dumps(dict(made[-1].memory)))
        assert memory == made[-1].memory
    return made


def books(decision: Decision) -> dict[str, object]:
    held = decision.memory["economy"]
    assert isinstance(held, dict)
    return dict(held)


def account(decision: Decision, name: str) -> dict[str, object]:
    accounts = books(decision)["accounts"]
    assert isinstance(accounts, dict)
    return dict(accounts[name])  # type: ignore[arg-type]


def fired(decisions: Sequence[Decision]) -> list[int]:
    return [at for at, decision in enumerate(decisions, 1) if decision.fire]


def test_ten_spikes_buy_growth() -> None:
    made = played(Economy((SPIKE,)), range(1, 31))
    assert fired(made) == [10, 20, 30]
    assert made[9].reason == "credits 100 of 100: spike 10"
    assert books(made[9])["credit"] == 0


def test_what_is_left_is_kept() -> None:
    made = played(Economy((Offer("s", ALWAYS, value=30),)), range(1, 12))
    assert [books(decision)["credit"] for decision in made[:4]] == [30, 60, 90, 20]
    assert fired(made) == [4, 7, 10]


def dear(epochs: tuple[int, ...], every: int = 10) -> Economy:
    return Economy((Offer("dear", At(epochs), value=80, cost=100, price=20, credit=50, every=every), SPIKE))


def test_a_dear_look_is_bought_when_there_is_enough() -> None:
    made = played(dear(()), range(1, 21))
    # 50 credits at epoch 5 buy a look for 20; at epoch 15 growth has reset the balance to 20 and the next is due.
    credits = [books(decision)["credit"] for decision in made]
    assert credits[:6] == [10, 20, 30, 40, 30, 40]
    assert account(made[4], "dear")["looks"] == 1
    assert account(made[3], "dear")["looks"] == 0
    assert account(made[13], "dear")["looks"] == 1
    assert fired(made) == [12]
    assert account(made[-1], "dear") == {**account(made[4], "dear"), "looks": 2, "spent": 200, "spent_now": 100} | {
        name: account(made[-1], "dear")[name] for name in ("looked", "memory", "staked", "used", "earned", "finds")
    }


def test_what_a_dear_look_finds_can_decide() -> None:
    made = played(dear((5,)), range(1, 8))
    assert fired(made) == [5]
    assert made[4].reason == "credits 110 of 100: dear 1, spike 5"
    assert books(made[4])["credit"] == 10


def test_without_a_pause_dear_looks_eat_all_that_is_earned() -> None:
    assert fired(played(dear((), every=1), range(1, 60))) == []


def test_no_look_is_bought_where_growth_is_due_anyway() -> None:
    rich = Economy((Offer("dear", ALWAYS, value=80, price=20, credit=50), Offer("s", At((3,)), value=100)))
    made = played(rich, range(1, 5))
    assert fired(made) == [3]
    assert account(made[2], "dear")["looks"] == 0


def test_one_step_is_counted_once() -> None:
    economy = Economy((Offer("s", ALWAYS, value=60),))
    first = economy(seen(1), {})
    second = economy(seen(1), first.memory)
    assert second.memory == first.memory
    third = economy(seen(2), second.memory)
    assert third.fire
    again = economy(seen(2), third.memory)
    assert (again.fire, again.memory) == (False, third.memory)


def test_stages() -> None:
    assert [Stage.of(credit, 100).value for credit in (0, 29.9, 30, 69.9, 70, 99, 100, 400)] == [
        "accumulation",
        "accumulation",
        "consideration",
        "consideration",
        "anticipation",
        "anticipation",
        "growth",
        "growth",
    ]


def grown_by(economy: Economy, epochs: int, fall: float) -> list[Decision]:
    """Decisions of a training whose held-out loss is level until each growth, and then `fall` times as large."""
    memory: Memory = {}
    made: list[Decision] = []
    events: list[Event] = []
    losses: list[float] = []
    for epoch in range(1, epochs + 1):
        history = recorded({Series.VALIDATION_LOSS: losses}, events)
        made.append(economy(seen(epoch, history), memory))
        memory = json.loads(json.dumps(dict(made[-1].memory)))
        if made[-1].fire:
            events.append(event(epoch * EPOCH, epoch, number=len(events) + 1))
        losses.append(fall ** len(events))
    return made


@pytest.mark.parametrize(("fall", "factor"), [(0.9, 1.5), (1.1, 0.5)])
def test_values_follow_success(fall: float, factor: float) -> None:
    economy = Economy((Offer("s", ALWAYS, value=20), Offer("never", Never(), value=7)), outcomes=3)
    made = grown_by(economy, 21, fall)
    # Growth every 5 epochs; the third outcome is known at the fourth growth, at epoch 20.
    assert fired(made) == [5, 10, 15, 20]
    assert account(made[18], "s")["value"] == 20
    assert account(made[19], "s")["value"] == 20 * factor
    assert account(made[19], "never")["value"] == 7
    assert books(made[19])["outcomes"] == 3
    assert books(made[20])["credit"] == 20 * factor


@pytest.mark.parametrize(("fall", "bound"), [(0.98, 80), (1.02, 5)])
def test_values_stay_within_bounds(fall: float, bound: float) -> None:
    economy = Economy((Offer("s", ALWAYS, value=20),), outcomes=1, price=400)
    values = {account(decision, "s")["value"] for decision in grown_by(economy, 200, fall)}
    assert bound in values
    assert min(values) >= 5  # type: ignore[type-var]
    assert max(values) <= 80  # type: ignore[type-var]


def test_growth_that_changed_nothing_is_no_outcome() -> None:
    economy = Economy((Offer("s", ALWAYS, value=50),), outcomes=1)
    made = played(economy, range(1, 20), recorded({Series.VALIDATION_LOSS: [1.0] * 40}))
    assert len(fired(made)) == 9
    assert books(made[-1])["outcomes"] == 0


def test_the_return_is_reported() -> None:
    made = played(dear((5,)), range(1, 8))
    notes = notes_of(dear((5,)), made[4].memory)
    assert notes["economy"] == {
        "stage": "accumulation",
        "credit": 10,
        "outcomes": 0,
        "signals": {
            "dear": {"value": 80, "looks": 1, "finds": 1, "return": 0.8},
            "spike": {"value": 10, "looks": 5, "finds": 5, "return": 10},
        },
    }
    fresh = notes_of(dear(()), {})["economy"]
    assert isinstance(fresh, dict)
    assert fresh["signals"]["dear"]["return"] is None  # type: ignore[index, call-overload]


def test_the_return_gates_only_on_request() -> None:
    offers = (Offer("s", ALWAYS, value=10, cost=4),)
    assert fired(played(Economy(offers, gate=2.5), range(1, 12))) == [10]
    shut = played(Economy(offers, gate=2.6), range(1, 12))
    assert fired(shut) == []
    assert shut[-1].reason == "credits 110 of 100: s 11; return 2.5 below 2.6"


def test_the_founding_economy() -> None:
    economy = Economy()
    terms = {offer.name: (offer.value, offer.cost, offer.price, offer.credit) for offer in FOUNDING_OFFERS}
    assert terms == {
        "gradient_spike": (10, 1, 0, 0),
        "plateau": (5, 1, 0, 0),
        "transition": (80, 100, 20, 50),
        "information_peak": (40, 50, 10, 50),
    }
    assert economy.needs == {Series.LOSS, Series.GRADIENT_NORM, Series.VALIDATION_LOSS}
    level = {Series.LOSS: [1.0] * 60, Series.GRADIENT_NORM: [1.0, 9.0] * 30}
    memory: Memory = {}
    for epoch in range(1, 29):
        history = recorded({which: values[:epoch] for which, values in level.items()})
        memory = economy(seen(epoch, history, unprobed), memory).memory
    # A plateau at every epoch from 20 on, and nothing that could be bought yet.
    assert memory["economy"]["credit"] == 45  # type: ignore[index, call-overload]


def test_a_starved_economy_ends_growth() -> None:
    economy = AnyOf((Never(), Economy((Offer("s", At((3,)), value=10),))))
    made = played(economy, range(1, 20))

    def verdict(epoch: int) -> StopCause | None:
        return Starved(10)(seen(epoch), Room(5), {}, made[epoch - 2].memory).cause

    assert [epoch for epoch in range(2, 20) if verdict(epoch)] == [13, 14, 15, 16, 17, 18, 19]
    assert verdict(13) is StopCause.STARVED
    assert Starved(10)(seen(500), Room(5), {}, {"parts": [{"asked": 3}]}).cause is None
    never = played(Economy((Offer("s", Never(), value=1),)), range(5, 9))[-1].memory
    assert Starved(10)(seen(14), Room(5), {}, never).cause is None
    assert Starved(10)(seen(15), Room(5), {}, never).cause is StopCause.STARVED


@pytest.mark.parametrize(
    "make",
    [
        lambda: Offer("", Never(), 1),
        lambda: Offer("s", Never(), 0),
        lambda: Offer("s", Never(), 1, cost=0),
        lambda: Offer("s", Never(), 1, price=-1),
        lambda: Offer("s", Never(), 1, price=5, credit=4),
        lambda: Offer("s", Never(), 1, every=0),
        lambda: Economy(()),
        lambda: Economy((SPIKE, SPIKE)),
        lambda: Economy(price=0),
        lambda: Economy(outcomes=0),
        lambda: Economy(bound=0.5),
        lambda: Economy(trend=2),
        lambda: Economy(gate=0),
        lambda: Starved(0),
    ],
    ids=range(14),
)
def test_settings_out_of_range(make: object) -> None:
    with pytest.raises(SettingsError, match="expected"):
        make()  # type: ignore[operator]
