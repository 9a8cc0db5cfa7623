"""Activation highs forward to the steepest partner in the later level where gradients shrink most (founding)."""

from graphgrow.growth.parts import Move
from graphgrow.growth.routes import ToLevel, WeakestGradient
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import Begin, Edges
from graphgrow.growth.targets import Extremes
from graphgrow.growth.triggers import Every

RULE = Rule(Every(1), (Move(Extremes(), ToLevel(WeakestGradient()), Edges(Begin.ZERO)),))
