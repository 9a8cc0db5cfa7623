"""Routes from highs to lows within 3 levels, of neurons that were extreme at the ask before as well (founding)."""

from graphgrow.growth.parts import Move
from graphgrow.growth.routes import HighToLow
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import Begin, Edges
from graphgrow.growth.targets import Persistent
from graphgrow.growth.triggers import Every

RULE = Rule(Every(1), (Move(Persistent(probes=2), HighToLow(levels=3), Edges(Begin.XAVIER)),))
