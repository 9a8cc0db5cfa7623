"""Copies of activation highs in bottleneck levels, of sensitivity 0.5, 0.75 and 1 (founding document)."""

from graphgrow.growth.parts import Move
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import ParallelVariants
from graphgrow.growth.targets import Extremes
from graphgrow.growth.triggers import Every

RULE = Rule(Every(1), (Move(Extremes(), None, ParallelVariants()),))
