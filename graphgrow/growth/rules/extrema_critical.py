"""Steepest edges at extrema that are dynamically critical, and at half that rate at what is only one (founding).

Two thirds of the room go to edges that touch a neuron of both kinds, a third to edges that touch one of one kind; what
either cannot use goes to the other.
"""

from graphgrow.growth.parts import Move
from graphgrow.growth.routes import Portion, Steepest
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import Begin, Edges
from graphgrow.growth.targets import BothOf, CriticalModes, Extremes, OneOf
from graphgrow.growth.triggers import Every

BOTH, EITHER = BothOf(Extremes(), CriticalModes()), OneOf(Extremes(), CriticalModes())
RULE = Rule(
    Every(1),
    (
        Move(BOTH, Portion(Steepest(), 2 / 3), Edges(Begin.ZERO)),
        Move(EITHER, Steepest(), Edges(Begin.ZERO)),
        Move(BOTH, Steepest(), Edges(Begin.ZERO)),
    ),
)
