"""Routes from activation lows to activation highs within 3 levels, Xavier start (the founding rule, turned round)."""

from graphgrow.growth.parts import Move
from graphgrow.growth.routes import LowToHigh
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import Begin, Edges
from graphgrow.growth.targets import Extremes
from graphgrow.growth.triggers import Every

RULE = Rule(Every(1), (Move(Extremes(), LowToHigh(levels=3), Edges(Begin.XAVIER)),))
