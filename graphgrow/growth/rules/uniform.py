"""As many random absent edges from every pair of levels, with fan-in scaled random weights (control)."""

from graphgrow.growth.parts import Move
from graphgrow.growth.routes import EqualPerPair
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import Begin, Edges
from graphgrow.growth.targets import Everywhere
from graphgrow.growth.triggers import Every

RULE = Rule(Every(1), (Move(Everywhere(), EqualPerPair(), Edges(Begin.FAN_IN)),))
