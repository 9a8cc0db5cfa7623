"""The more severe an activation high, the further ahead its route leads, up to 3 levels (founding document).

Needs `growth.skips`; without them every route leads to the next level.
"""

from graphgrow.growth.parts import Move
from graphgrow.growth.routes import BySeverity, ToLevel
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import Begin, Edges
from graphgrow.growth.targets import Extremes
from graphgrow.growth.triggers import Every

RULE = Rule(Every(1), (Move(Extremes(), ToLevel(BySeverity()), Edges(Begin.ZERO)),))
