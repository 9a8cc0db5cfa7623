"""Growth as something that has to be paid for: signals earn credits, growth and dear looks cost them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

import numpy as np

from graphgrow.arrays import Array, Json, Memory
from graphgrow.graph.history import Series
from graphgrow.growth.books import Account, Books
from graphgrow.growth.parts import Decision, Trigger, View
from graphgrow.growth.remembered import inner
from graphgrow.growth.triggers.looks import InformationPeak, InformationTransition
from graphgrow.growth.triggers.shifts import GradientShift, Plateau
from graphgrow.growth.triggers.timing import due, require


class Stage(Enum):
    """How near growth is, by share of its price: below 30 %, below 70 %, below 100 %, and affordable."""

    ACCUMULATION = "accumulation"
    CONSIDERATION = "consideration"
    ANTICIPATION = "anticipation"
    GROWTH = "growth"

    @staticmethod
    def of(credit: float, price: float) -> Stage:
        """The stage at which so many credits stand."""
        if credit >= price:
            return Stage.GROWTH
        share = credit / price
        return Stage.ACCUMULATION if share < 0.3 else Stage.CONSIDERATION if share < 0.7 else Stage.ANTICIPATION


@dataclass(frozen=True)
class Offer:
    """A signal that earns credits when it is found.

    Attributes
    ----------
    name : in notes and memory; each once.
    detector : fires when the signal is there. Its own wait should be 0: the price of growth is what paces it.
    value : credits for finding it, at the start.
    cost : of one look, in any one unit of computing; for the return on investment.
    price : credits each look costs; 0 for looks at every ask.
    credit : how many credits there must be before a look with a price is bought.
    every : epochs between looks that have a price.
    """

    name: str
    detector: Trigger
    value: float
    cost: float = 1.0
    price: float = 0.0
    credit: float = 0.0
    every: int = 1

    def __post_init__(self) -> None:
        good = self.value > 0 and self.cost > 0 and self.price >= 0 and self.credit >= self.price and self.every >= 1
        require(bool(self.name) and good, self, "a name, value and cost > 0, 0 <= price <= credit and every >= 1")


# The founding document's values and costs. It gives the information peak no price; 10 is ours, as is the 10 epochs
# between bought looks, without which looks would eat up all that cheap signals earn.
FOUNDING_OFFERS = (
    Offer("gradient_spike", GradientShift(wait=0), value=10, cost=1),
    Offer("plateau", Plateau(wait=0), value=5, cost=1),
    Offer("transition", InformationTransition(every=1, wait=0), value=80, cost=100, price=20, credit=50, every=10),
    Offer("information_peak", InformationPeak(every=1, wait=0), value=40, cost=50, price=10, credit=50, every=10),
)


@dataclass(frozen=True)
class Economy(Trigger):
    """Fires when signals have earned the price of growth.

    At every ask free signals are looked at and earn their value when found; dear ones are bought once there are credits
    enough to consider it, and earn theirs only if found. Growth costs `price`; what is left is kept. Whether growth was
    a success is judged when the next one is due: held-out loss below the trend before that growth, carried on. After
    every `outcomes` of them, the value of each signal that took part is multiplied by 0.5 + its rate of success, within
    a factor of `bound` of the start. Memory and notes hold the books.

    Attributes
    ----------
    price : credits that growth costs.
    outcomes : outcomes between revaluations.
    bound : values stay within [start / bound, start * bound].
    trend : held-out losses the trend is fitted to, at most.
    gate : least return (credits earned per cost of looks since the last growth) that growth needs besides; None for
        none.

    Source: the founding document's adaptive growth economy, with the purchase of looks brought forward: as written
    there they became affordable exactly when growth was due, and could never decide anything.
    """

    offers: tuple[Offer, ...] = FOUNDING_OFFERS
    price: float = 100.0
    outcomes: int = 10
    bound: float = 4.0
    trend: int = 10
    gate: float | None = None

    def __post_init__(self) -> None:
        names = [offer.name for offer in self.offers]
        require(bool(names) and len(set(names)) == len(names), self, "one offer or more, each name once")
        good = self.price > 0 and self.outcomes >= 1 and self.bound >= 1 and self.trend >= 3
        require(good and (self.gate is None or self.gate > 0), self, "price and gate > 0, bound >= 1 and trend >= 3")
        series = frozenset({Series.VALIDATION_LOSS}).union(*(offer.detector.needs for offer in self.offers))
        object.__setattr__(self, "needs", series)

    def __call__(self, view: View, memory: Memory) -> Decision:
        """Keeps the books, once a step however often it is asked, and fires when growth can be paid."""
        books = Books.read(inner(memory, "economy"), {offer.name: offer.value for offer in self.offers})
        if books.step == view.step:
            return Decision(False, memory, f"credits {books.credit:g} of {self.price:g}, counted at this step already")
        books.earned_at = view.epoch if books.earned_at is None else books.earned_at
        books.step = view.step
        self._earn(view, books)
        found = ", ".join(f"{name} {held.used}" for name, held in books.accounts.items() if held.used)
        reason = f"credits {books.credit:g} of {self.price:g}: {found or 'nothing found'}"
        fire = books.credit >= self.price
        if fire and self.gate is not None and books.returned() < self.gate:
            fire, reason = False, f"{reason}; return {books.returned():.3g} below {self.gate:g}"
        if fire:
            self._settle(view, books)
            books.pay(self.price)
        return Decision(fire, {"economy": books.memory}, reason)

    def notes(self, memory: Memory) -> Mapping[str, Json]:
        """Credits left, stage and, for each signal, value, looks, finds and return so far."""
        books = Books.read(inner(memory, "economy"), {offer.name: offer.value for offer in self.offers})
        return {"economy": {"stage": Stage.of(books.credit, self.price).value, **books.report()}}

    def _earn(self, view: View, books: Books) -> None:
        """Look at all free signals, then at those dear ones that can be bought and may still decide."""
        for offer in sorted(self.offers, key=lambda each: each.price > 0):
            account = books.accounts[offer.name]
            if offer.price > 0:
                enough = offer.credit <= books.credit < self.price
                if not enough or not due(view, account.looked, offer.every):
                    continue
                books.credit -= offer.price
            self._look(view, books, offer, account)

    def _look(self, view: View, books: Books, offer: Offer, account: Account) -> None:
        decision = offer.detector(view, account.memory)
        account.memory, account.looked = decision.memory, view.epoch
        account.look(offer.cost, decision.fire)
        if decision.fire:
            books.credit += account.value
            books.earned_at = view.epoch

    def _settle(self, view: View, books: Books) -> None:
        """Judge the growth paid for last, and revalue the signals when it is time."""
        success = below_trend(view, books.staked_at, self.trend)
        if success is None:
            return
        books.judge(success)
        if books.outcomes % self.outcomes == 0:
            for offer in self.offers:
                books.accounts[offer.name].revalue(offer.value / self.bound, offer.value * self.bound)


def below_trend(view: View, step: int | None, count: int) -> bool | None:
    """Whether held-out loss now lies below where it would be, had it gone on as before the growth at `step`.

    The trend is a power law of steps (a line in logarithms), the usual shape of a learning curve, fitted to at most
    `count` losses since the growth before. None where nothing grew at that step, fewer than 3 losses came before, none
    since, or one is not positive.
    """
    events = [event.step for event in view.history.events if event.site == view.site and event.accepted]
    if step is None or step not in events:
        return None
    steps, losses = view.history.series(Series.VALIDATION_LOSS)
    since = max((other for other in events if other < step), default=1)
    # The loss of an epoch is recorded after growth at its end, under the same step.
    before = (steps >= max(since, 1)) & (steps < step)
    if before.sum() < 3 or not steps.size or steps[-1] <= step or (losses <= 0).any():
        return None
    expected = _power_law(steps[before][-count:], losses[before][-count:], int(steps[-1]))
    return bool(losses[-1] < expected)


def _power_law(steps: Array, losses: Array, at: int) -> float:
    """The loss at a step by the least-squares line through log loss over log step."""
    time, height = np.log(steps.astype(np.float64)), np.log(losses)
    spread = time - time.mean()
    slope = float((spread * height).sum() / (spread**2).sum())
    return math.exp(float(height.mean()) + slope * (math.log(at) - float(time.mean())))
