"""Activation highs forward to the next level with few extrema, or open one (founding document's forwarding)."""

from graphgrow.growth.parts import Move
from graphgrow.growth.routes import NextStable, ToLevel
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import Begin, Edges, NewLevel
from graphgrow.growth.targets import Extremes
from graphgrow.growth.triggers import Every

RULE = Rule(Every(1), (Move(Extremes(), ToLevel(NextStable()), Edges(Begin.ZERO)), Move(Extremes(), None, NewLevel())))
