"""The smallest weights of the whole network go, the steepest absent edges of the whole network grow at 0.

Pairs of levels compete for the edges, so that these move to where the loss asks for them, as in Mostafa 2019 and
Dettmers 2019; the share falls by a cosine as in Evci 2020.
"""

from graphgrow.growth.parts import Move
from graphgrow.growth.routes import Best
from graphgrow.growth.rule import Rule
from graphgrow.growth.starts import AtBudget
from graphgrow.growth.structures import Begin, Cosine, Rewire
from graphgrow.growth.targets import Everywhere
from graphgrow.growth.triggers import Every

REWIRE = Rewire(Cosine(0.3, until=0.75), Best(), Begin.ZERO, across=True)
RULE = Rule(Every(1), (Move(Everywhere(), None, REWIRE),), start=AtBudget())
