"""Absent edges with the largest loss gradient, starting at 0 (the regrowth of RigL, Evci 2020; NeST, Dai 2019)."""

from graphgrow.growth.parts import Move
from graphgrow.growth.routes import Steepest
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import Begin, Edges
from graphgrow.growth.targets import Everywhere
from graphgrow.growth.triggers import Every

RULE = Rule(trigger=Every(1), moves=(Move(Everywhere(), Steepest(), Edges(Begin.ZERO)),))
