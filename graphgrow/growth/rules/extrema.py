"""Routes from activation highs to activation lows within 3 levels, Xavier start (the founding rule)."""

from graphgrow.growth.parts import Move
from graphgrow.growth.routes import HighToLow
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import Begin, Edges
from graphgrow.growth.targets import Extremes
from graphgrow.growth.triggers import Every

RULE = Rule(trigger=Every(1), moves=(Move(Extremes(), HighToLow(levels=3), Edges(Begin.XAVIER)),))
