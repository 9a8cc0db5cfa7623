"""The steepest absent edges at the neurons that vary most under dropout, starting at 0 (founding document)."""

from graphgrow.growth.parts import Move
from graphgrow.growth.routes import Steepest
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import Begin, Edges
from graphgrow.growth.targets import Uncertainty
from graphgrow.growth.triggers import Every

RULE = Rule(Every(1), (Move(Uncertainty(), Steepest(), Edges(Begin.ZERO)),))
