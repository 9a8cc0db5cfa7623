"""Vertical clones of activation highs, one level below and one above, function-preserving (the founding structure)."""

from graphgrow.growth.clones import VerticalClone
from graphgrow.growth.parts import Move
from graphgrow.growth.rule import Rule
from graphgrow.growth.targets import Extremes
from graphgrow.growth.triggers import Every

RULE = Rule(trigger=Every(1), moves=(Move(Extremes(), None, VerticalClone()),))
