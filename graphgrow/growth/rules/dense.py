"""No growth: consecutive levels joined completely (control; has more edges than the budget)."""

from graphgrow.growth.rule import Rule
from graphgrow.growth.starts import Dense
from graphgrow.growth.triggers import Never

RULE = Rule(Never(), (), start=Dense())
