"""Uniformly random absent edges starting at 0 (control: what `random` owes to its random weights)."""

from graphgrow.growth.parts import Move
from graphgrow.growth.routes import Uniform
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import Begin, Edges
from graphgrow.growth.targets import Everywhere
from graphgrow.growth.triggers import Every

RULE = Rule(Every(1), (Move(Everywhere(), Uniform(), Edges(Begin.ZERO)),))
