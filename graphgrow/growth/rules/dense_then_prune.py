"""A dense start, pruned by magnitude down to the budget on a cubic schedule (Zhu 2017; control)."""

from graphgrow.growth.parts import Move
from graphgrow.growth.rule import Rule
from graphgrow.growth.starts import Dense
from graphgrow.growth.structures import PruneToBudget
from graphgrow.growth.targets import Everywhere
from graphgrow.growth.triggers import Every

RULE = Rule(Every(1), (Move(Everywhere(), None, PruneToBudget()),), start=Dense())
