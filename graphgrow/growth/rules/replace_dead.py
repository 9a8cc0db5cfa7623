"""Vertical clones of activation highs take the places of dead neurons first; steepest edges fill up (founding)."""

from graphgrow.growth.parts import Move
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import Filled, ReplaceDead
from graphgrow.growth.targets import Extremes
from graphgrow.growth.triggers import Every

RULE = Rule(Every(1), (Move(Extremes(), None, Filled(ReplaceDead())),))
