"""High -> low routes first, then the steepest absent edges that touch an extremum, up to the event's room."""

from graphgrow.growth.parts import Move
from graphgrow.growth.routes import HighToLow, Steepest
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import Begin, Edges
from graphgrow.growth.targets import Extremes
from graphgrow.growth.triggers import Every

RULE = Rule(
    trigger=Every(1),
    moves=(
        Move(Extremes(), HighToLow(levels=3), Edges(Begin.XAVIER)),
        Move(Extremes(), Steepest(), Edges(Begin.ZERO)),
    ),
)
