"""The rule `gradient` at every third ask: the periodic control for rules that choose their moments."""

from graphgrow.growth.parts import Move
from graphgrow.growth.routes import Steepest
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import Begin, Edges
from graphgrow.growth.targets import Everywhere
from graphgrow.growth.triggers import Every

RULE = Rule(Every(3), (Move(Everywhere(), Steepest(), Edges(Begin.ZERO)),))
