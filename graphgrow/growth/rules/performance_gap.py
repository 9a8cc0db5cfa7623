"""The rule `gradient`, when held-out loss exceeds training loss by much (founding document)."""

from graphgrow.growth.parts import Move
from graphgrow.growth.routes import Steepest
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import Begin, Edges
from graphgrow.growth.targets import Everywhere
from graphgrow.growth.triggers import PerformanceGap

RULE = Rule(PerformanceGap(), (Move(Everywhere(), Steepest(), Edges(Begin.ZERO)),))
