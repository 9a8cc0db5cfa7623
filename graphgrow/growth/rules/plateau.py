"""The rule `gradient`, whenever the training loss has levelled off (founding document; Fahlman 1990)."""

from graphgrow.growth.parts import Move
from graphgrow.growth.routes import Steepest
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import Begin, Edges
from graphgrow.growth.targets import Everywhere
from graphgrow.growth.triggers import Plateau

RULE = Rule(Plateau(), (Move(Everywhere(), Steepest(), Edges(Begin.ZERO)),))
