"""The rule `gradient`, while more than a hundredth of the hidden neurons are extreme (founding document)."""

from graphgrow.growth.parts import Move
from graphgrow.growth.routes import Steepest
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import Begin, Edges
from graphgrow.growth.targets import Everywhere
from graphgrow.growth.triggers import Saturated

RULE = Rule(Saturated(), (Move(Everywhere(), Steepest(), Edges(Begin.ZERO)),))
