"""Rules that differ in when and how much they grow, and in nothing else: every trigger with every amount.

Each has one move, the steepest absent edges, starting at 0. All of them take what is left of the budget at the last ask
of the growth window, so that they end with equal edges; what came that way is told from the events. Witnesses beside
the triggers of one amount keep the epochs at which a critical information transition (CIT) is there. Source: the
founding document's triggers and amounts, with its thresholds.
"""

from __future__ import annotations

from collections.abc import Mapping

from graphgrow.growth.amounts import (
    Adaptive,
    ByCriticality,
    ByPhase,
    ByThirds,
    Declining,
    Doubling,
    Evenly,
    Everything,
    Exponential,
    Finishing,
    Linear,
)
from graphgrow.growth.economy import FOUNDING_OFFERS, Economy
from graphgrow.growth.parts import Amount, Move, Trigger
from graphgrow.growth.routes import Steepest
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import Begin, Edges
from graphgrow.growth.targets import Everywhere
from graphgrow.growth.triggers import (
    NATURAL,
    AnyOf,
    AtLeast,
    Critical,
    Every,
    GradientShift,
    InformationPeak,
    InformationTransition,
    LastAsk,
    PerformanceGap,
    Plateau,
    Saturated,
    UpdateShift,
    Watched,
)

SIGNALS: Mapping[str, Trigger] = {
    "plateau": Plateau(),
    "gradient_shift": GradientShift(),
    "update_shift": UpdateShift(),
    "performance_gap": PerformanceGap(),
    "saturation": Saturated(),
    "criticality": Critical(),
    "cit": InformationTransition(),
    "information_peak": InformationPeak(),
    "natural": NATURAL,
    # The signals that the economy knows, without prices.
    "any_of": AnyOf((GradientShift(), Plateau(), InformationTransition(), InformationPeak())),
    "at_least_2": AtLeast(2, (GradientShift(), Plateau(), InformationTransition(), InformationPeak())),
    # Growth is rare in a short training, so that exchange rates adapt after every second outcome, not every tenth.
    "economy": Economy(FOUNDING_OFFERS, outcomes=2),
    "economy_fixed": Economy(FOUNDING_OFFERS, outcomes=10**6),
}
# The second keeps the distance that signals keep from one event to the next.
PERIODIC: Mapping[str, Trigger] = {"every": Every(1), "every_10": Every(10)}
TRIGGERS: Mapping[str, Trigger] = {**PERIODIC, **SIGNALS}
AMOUNTS: Mapping[str, Amount] = {
    "declining": Declining(),
    "evenly": Evenly(),
    "everything": Everything(),
    "linear": Linear(),
    "exponential": Exponential(),
    "doubling": Doubling(),
    "adaptive": Adaptive(),
    "critical": ByCriticality(),
    "thirds": ByThirds(),
    "phase": ByPhase(),
}


# The second asks for less unlike levels: trained neighbours are alike, and the founding 0.5 may never be met.
# Fewer samples than a trigger takes, since they look at every epoch, not at every tenth.
WITNESSES = tuple(
    InformationTransition(similarity=similarity, every=1, samples=128, wait=0) for similarity in (0.5, 0.9)
)
WITNESSED = "declining"
"""The amount whose rules have witnesses: looking at every ask costs more than the training of a small network."""


def rule(trigger: Trigger, amount: Amount, witnessed: bool = False) -> Rule:
    """The one move, at these times and in these amounts."""
    when = AnyOf((trigger, LastAsk()))
    return Rule(
        Watched(when, WITNESSES) if witnessed else when,
        (Move(Everywhere(), Steepest(), Edges(Begin.ZERO)),),
        Finishing(amount),
    )


RULES: Mapping[str, Rule] = {
    f"{when}_{how}": rule(trigger, amount, how == WITNESSED)
    for when, trigger in TRIGGERS.items()
    for how, amount in AMOUNTS.items()
}
