"""Vertical clones of activation highs, the more copies the higher their Katz centrality (founding document)."""

from graphgrow.growth.clones import VerticalClone
from graphgrow.growth.parts import Move
from graphgrow.growth.rule import Rule
from graphgrow.growth.targets import ExtremesByKatz
from graphgrow.growth.triggers import Every

RULE = Rule(Every(1), (Move(ExtremesByKatz(), None, VerticalClone(base=1.0)),))
