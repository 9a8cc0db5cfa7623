"""Activation highs pass through: a copy takes over their out-edges one level up (founding document)."""

from graphgrow.growth.parts import Move
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import Promote
from graphgrow.growth.targets import Extremes
from graphgrow.growth.triggers import Every

RULE = Rule(Every(1), (Move(Extremes(), None, Promote()),))
