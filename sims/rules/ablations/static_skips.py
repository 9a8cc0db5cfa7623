"""No growth: all the edges of the budget from the start, drawn evenly over all pairs of levels, skips included."""

from graphgrow.growth.rule import Rule
from graphgrow.growth.triggers import Never
from sims.rules.shared import Skipping

RULE = Rule(Never(), (), start=Skipping())
