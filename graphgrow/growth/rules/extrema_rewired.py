"""The smallest weights go, the steepest absent edges that touch an extremum grow at 0, in every pair of levels.

RigL's schedule (Evci 2020) with the founding document's choice of place: where the two agree on everything but where
new edges may go, their difference is what extrema are worth as a guide.
"""

from graphgrow.growth.parts import Move
from graphgrow.growth.routes import Best
from graphgrow.growth.rule import Rule
from graphgrow.growth.starts import AtBudget
from graphgrow.growth.structures import Begin, Cosine, Rewire
from graphgrow.growth.targets import Extremes
from graphgrow.growth.triggers import Every

REWIRE = Rewire(Cosine(0.3, until=0.75), Best(), Begin.ZERO, touching=True)
RULE = Rule(Every(1), (Move(Extremes(), None, REWIRE),), start=AtBudget())
