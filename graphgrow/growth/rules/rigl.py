"""RigL: the smallest weights go, the steepest absent edges grow at 0, in every pair of levels (Evci 2020).

The share falls from 30 % by a cosine to 0 at three quarters of training, and counts of the pairs of levels stay as they
are. The paper asks every 100 steps and scores by the gradient of one batch; here by that of the probe's samples. It
begins with all the edges of the budget.
"""

from graphgrow.growth.parts import Move
from graphgrow.growth.routes import Best
from graphgrow.growth.rule import Rule
from graphgrow.growth.starts import AtBudget
from graphgrow.growth.structures import Begin, Cosine, Rewire
from graphgrow.growth.targets import Everywhere
from graphgrow.growth.triggers import Every

REWIRE = Rewire(Cosine(0.3, until=0.75), Best(), Begin.ZERO)
RULE = Rule(Every(1), (Move(Everywhere(), None, REWIRE),), start=AtBudget())
