"""Absent edges predicted by paths of length three, starting at 0 (the regrowth of CHT, Zhang 2024, without removal)."""

from graphgrow.growth.parts import Move
from graphgrow.growth.routes import LinkPrediction
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import Begin, Edges
from graphgrow.growth.targets import Everywhere
from graphgrow.growth.triggers import Every

RULE = Rule(Every(1), (Move(Everywhere(), LinkPrediction(), Edges(Begin.ZERO)),))
