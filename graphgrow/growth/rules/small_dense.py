"""No growth: a dense network as deep as the others, with as many edges as the budget allows (control)."""

from graphgrow.growth.rule import Rule
from graphgrow.growth.starts import SmallDense
from graphgrow.growth.triggers import Never

RULE = Rule(Never(), (), start=SmallDense())
