"""The rule `gradient`, when signals have earned the price of growth (founding document's adaptive growth economy)."""

from graphgrow.growth.economy import Economy
from graphgrow.growth.parts import Move
from graphgrow.growth.routes import Steepest
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import Begin, Edges
from graphgrow.growth.targets import Everywhere

RULE = Rule(Economy(), (Move(Everywhere(), Steepest(), Edges(Begin.ZERO)),))
