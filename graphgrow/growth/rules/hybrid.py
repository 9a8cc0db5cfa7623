"""Absent edges by a weighted sum of extrema, gradient, correlation and spectral ranks, by phase (founding document)."""

from graphgrow.growth.parts import Move
from graphgrow.growth.routes import Blend
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import Begin, Edges
from graphgrow.growth.targets import Everywhere
from graphgrow.growth.triggers import Every

RULE = Rule(Every(1), (Move(Everywhere(), Blend(), Edges(Begin.ZERO)),))
