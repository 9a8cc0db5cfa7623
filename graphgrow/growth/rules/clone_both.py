"""Activation highs are split and cloned to the levels beside theirs, half of the room each (founding document)."""

from graphgrow.growth.clones import VerticalClone
from graphgrow.growth.parts import Move
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import HorizontalClone, Together
from graphgrow.growth.targets import Extremes
from graphgrow.growth.triggers import Every

BOTH = Together((HorizontalClone(), VerticalClone()))
RULE = Rule(Every(1), (Move(Extremes(), None, BOTH),))
