"""Uniformly random absent edges with fan-in scaled random weights (control; the regrowth of SET, Mocanu 2018)."""

from graphgrow.growth.parts import Move
from graphgrow.growth.routes import Uniform
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import Begin, Edges
from graphgrow.growth.targets import Everywhere
from graphgrow.growth.triggers import Every

RULE = Rule(trigger=Every(1), moves=(Move(Everywhere(), Uniform(), Edges(Begin.FAN_IN)),))
