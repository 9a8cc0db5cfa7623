"""Routes between opposite extrema within 3 levels, in both directions, Xavier start (founding document)."""

from graphgrow.growth.parts import Move
from graphgrow.growth.routes import Complementary
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import Begin, Edges
from graphgrow.growth.targets import Extremes
from graphgrow.growth.triggers import Every

RULE = Rule(Every(1), (Move(Extremes(), Complementary(levels=3), Edges(Begin.XAVIER)),))
