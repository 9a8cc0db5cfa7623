"""Rules of the shelf with amounts by lot, and a trigger that writes down what every growth signal said at each event.

Rows of the history are made after growth, so that they hold no signal of an event as the rule saw it. This trigger
reads the same probe as the rule, before anything changes, and its notes are stored with the event.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import isfinite

import numpy as np

from graphgrow.arrays import Array, Json, Memory
from graphgrow.errors import SettingsError
from graphgrow.graph.history import Series
from graphgrow.growth.amounts import Evenly
from graphgrow.growth.parts import UNLIMITED, Amount, Decision, Room, Trigger, View
from graphgrow.growth.remembered import inner
from graphgrow.growth.rule import Rule
from graphgrow.growth.rules.extrema_topped_up import RULE as EXTREMA_TOPPED_UP
from graphgrow.growth.rules.gradient import RULE as GRADIENT
from graphgrow.growth.rules.random import RULE as RANDOM
from graphgrow.growth.rules.rigl import RULE as RIGL
from graphgrow.growth.rules.set import RULE as SET
from graphgrow.growth.triggers import Every
from graphgrow.growth.triggers.looks import critical_share
from graphgrow.growth.triggers.timing import Means
from graphgrow.measure.activity import hidden_levels
from graphgrow.measure.extrema import ABSOLUTE, Extrema, Side, find
from graphgrow.measure.information import answers, effective_rank, information, linear_cka

SAMPLES = 256
"""Of the probe, for what is cubic in their number."""
SHIFT = 3
"""Epochs in either window of the gradient shift: founding 10, which would leave out most events of a short run."""


def _extrema(view: View) -> Extrema:
    """Absolute ones: the relative mode marks a constant share of each level of the ReLU family."""
    return find(view.read().wiring, view.probe().activation, ABSOLUTE, view.medians())


def _share(view: View) -> float:
    return view.memo(_extrema).share(view.read().wiring, Side.EITHER)


def _severity(view: View) -> float:
    """Mean severity of the extrema, 0 where there are none."""
    found = view.memo(_extrema)
    extreme = found.severity[found.marked(Side.EITHER)]
    return float(extreme.mean(dtype=np.float64)) if extreme.size else 0.0


def _levels(view: View) -> list[Array]:
    """Activations of each hidden level, float32 (neurons, samples)."""
    activation = view.probe().activation[:, :SAMPLES]
    return [activation[rows] for rows in hidden_levels(view.read().wiring).values()]


def _rank(view: View) -> float:
    """Mean effective rank of the hidden levels."""
    return float(np.mean([effective_rank(rows) for rows in view.memo(_levels)]))


def _likeness(view: View) -> float | None:
    """Mean linear CKA of consecutive hidden levels: the founding information transition asks that it be low."""
    held = view.memo(_levels)
    found = [linear_cka(before, after).value for before, after in pairwise(held)]
    return float(np.mean(found)) if found else None


def _bits(view: View) -> float:
    """Bits that a linear probe of the last hidden level reads out about the answers."""
    wanted = answers(view.read().wiring, view.probe())
    return information(view.memo(_levels)[-1], wanted[..., :SAMPLES]).value


PROBED: Mapping[str, Callable[[View], float | None]] = {
    "extrema share": _share,
    "severity": _severity,
    "criticality": critical_share,
    "effective rank": _rank,
    "likeness": _likeness,
    "information": _bits,
}
SIGNALS = (*PROBED, "gradient norm", "gradient shift", "performance gap")


@dataclass(frozen=True)
class Recorded(Trigger):
    """Fires when `trigger` does; its notes say what each signal was then, None where it could not be told yet."""

    trigger: Trigger = field(default_factory=Every)
    needs = frozenset({Series.LOSS, Series.VALIDATION_LOSS, Series.GRADIENT_NORM})

    def __call__(self, view: View, memory: Memory) -> Decision:
        """The trigger's decision; means of series are kept from ask to ask, the probe is read at events alone."""
        decision = self.trigger(view, inner(memory, "trigger"))
        norms = Means.read(inner(memory, "norms")).extended(view, Series.GRADIENT_NORM, 2 * SHIFT)
        losses = Means.read(inner(memory, "losses")).extended(view, Series.LOSS, 1)
        held: dict[str, Json] = {"trigger": dict(decision.memory), "norms": norms.memory, "losses": losses.memory}
        if decision.fire:
            told: dict[str, Json] = {name: _plain(look(view)) for name, look in PROBED.items()}
            told["gradient norm"] = norms.values[-1] if norms.values else None
            told["gradient shift"] = _plain(_shift(norms.values))
            told["performance gap"] = _plain(_gap(view, losses.values))
            held["signals"] = told
        return Decision(decision.fire, held, decision.reason)

    def notes(self, memory: Memory) -> Mapping[str, Json]:
        """The signals."""
        return {"signals": dict(inner(memory, "signals"))}


def _shift(norms: tuple[float, ...]) -> float | None:
    """By what share of itself the variance of gradient norms changed, from one window to the next."""
    if len(norms) < 2 * SHIFT:
        return None
    before, last = float(np.var(norms[:SHIFT])), float(np.var(norms[SHIFT:]))
    return abs(last - before) / before if before > 0 else None


def _gap(view: View, losses: tuple[float, ...]) -> float | None:
    """Held-out loss minus training loss."""
    held_out = view.history.series(Series.VALIDATION_LOSS)[1]
    return float(held_out[-1]) - losses[-1] if losses and held_out.size else None


def _plain(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None


@dataclass(frozen=True)
class ByLot(Amount):
    """Evenly, times a factor drawn from 1 - `spread` to 1 + `spread`; what is left at the last ask.

    So the number of edges added does not follow from the time of the event, and either can be controlled for.
    """

    spread: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.spread < 1:
            raise SettingsError(f"ByLot(spread={self.spread}): expected 0 or more and less than 1")

    def __call__(self, view: View, room: Room) -> Room:
        """At least one edge while there is room for one."""
        even = Evenly()(view, room).edges
        if room.edges >= UNLIMITED or view.asks_left <= 1 or not even:
            return room
        factor = 1 + self.spread * view.rng.uniform(-1, 1)
        return replace(room, edges=min(room.edges, max(1, round(factor * even))))


def recorded(rule: Rule, amount: Amount | None = None) -> Rule:
    """The same rule, asked at every epoch, with its signals written down."""
    return replace(rule, trigger=Recorded(), amount=amount or rule.amount)


SHELF: Mapping[str, Rule] = {
    "extrema_topped_up": recorded(EXTREMA_TOPPED_UP, ByLot()),
    "gradient": recorded(GRADIENT, ByLot()),
    "random": recorded(RANDOM, ByLot()),
    "rigl": recorded(RIGL),
    "set": recorded(SET),
}
# Names of the shelf are taken.
RULES: Mapping[str, Rule] = {f"recorded_{name}": rule for name, rule in SHELF.items()}
