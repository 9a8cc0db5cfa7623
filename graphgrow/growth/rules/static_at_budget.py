"""No growth: a random sparse network that has all the edges of the budget from the start (control)."""

from graphgrow.growth.rule import Rule
from graphgrow.growth.starts import AtBudget
from graphgrow.growth.triggers import Never

RULE = Rule(Never(), (), start=AtBudget())
