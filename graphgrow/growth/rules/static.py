"""No growth: the network keeps its start edges (control)."""

from graphgrow.growth.rule import Rule
from graphgrow.growth.triggers import Never

RULE = Rule(trigger=Never(), moves=())
