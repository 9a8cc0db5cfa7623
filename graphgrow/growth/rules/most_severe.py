"""Routes from activation highs to activation lows, of the most severe tenth alone (founding document)."""

from graphgrow.growth.parts import Move
from graphgrow.growth.routes import HighToLow
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import Begin, Edges
from graphgrow.growth.targets import MostSevere
from graphgrow.growth.triggers import Every

RULE = Rule(Every(1), (Move(MostSevere(), HighToLow(levels=3), Edges(Begin.XAVIER)),))
