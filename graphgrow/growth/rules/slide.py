"""Edges slide to a neighbour where the loss is going to fall, then the steepest absent ones grow (founding)."""

from graphgrow.growth.parts import Move
from graphgrow.growth.routes import Steepest
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import Begin, Edges, Slide
from graphgrow.growth.targets import Everywhere
from graphgrow.growth.triggers import Every

RULE = Rule(Every(1), (Move(Everywhere(), None, Slide()), Move(Everywhere(), Steepest(), Edges(Begin.ZERO))))
