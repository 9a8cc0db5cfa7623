"""Absent edges that most of extrema, gradient, correlation, Fisher information and spectral cut rank high."""

from graphgrow.growth.parts import Move
from graphgrow.growth.routes import Consensus
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import Begin, Edges
from graphgrow.growth.targets import Everywhere
from graphgrow.growth.triggers import Every

RULE = Rule(Every(1), (Move(Everywhere(), Consensus(), Edges(Begin.ZERO)),))
