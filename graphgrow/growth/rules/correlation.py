"""Absent edges between the most correlated neurons, starting at 0 (Hebbian; the bridges of NeST, Dai 2019)."""

from graphgrow.growth.parts import Move
from graphgrow.growth.routes import Steepest
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import Begin, Edges
from graphgrow.growth.targets import Everywhere
from graphgrow.growth.triggers import Every
from graphgrow.measure.signals import Score

RULE = Rule(Every(1), (Move(Everywhere(), Steepest(Score.CORRELATION), Edges(Begin.ZERO)),))
