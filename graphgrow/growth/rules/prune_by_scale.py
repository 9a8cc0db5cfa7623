"""A dense start, pruned to the budget, the later the hidden level the more, up to 99 % at the last (founding)."""

from graphgrow.growth.parts import Move
from graphgrow.growth.rule import Rule
from graphgrow.growth.starts import Dense
from graphgrow.growth.structures import ByScale, PruneToBudget
from graphgrow.growth.targets import Everywhere
from graphgrow.growth.triggers import Every

RULE = Rule(Every(1), (Move(Everywhere(), None, PruneToBudget(ByScale(top=0.99))),), start=Dense())
