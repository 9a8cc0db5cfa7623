"""The rule `gradient`, when the size of updates has changed by half (founding document)."""

from graphgrow.growth.parts import Move
from graphgrow.growth.routes import Steepest
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import Begin, Edges
from graphgrow.growth.targets import Everywhere
from graphgrow.growth.triggers import UpdateShift

RULE = Rule(UpdateShift(), (Move(Everywhere(), Steepest(), Edges(Begin.ZERO)),))
