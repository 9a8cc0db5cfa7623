"""SET: the weights nearest to 0 go, random edges grow, in every pair of levels (Mocanu 2018).

At every ask 30 % of the positive and 30 % of the negative weights go. The paper rewires after each epoch but the last,
so ask once an epoch. It begins with all the edges of the budget. A random edge that was just removed survives untouched
where the paper's code would draw it a new weight; new weights are scaled to the fan-in, in the paper's code normal with
deviation 0.1.
"""

from graphgrow.growth.parts import Move
from graphgrow.growth.routes import Drawn
from graphgrow.growth.rule import Rule
from graphgrow.growth.starts import AtBudget
from graphgrow.growth.structures import Begin, Constant, Rewire
from graphgrow.growth.targets import Everywhere
from graphgrow.growth.triggers import Every

REWIRE = Rewire(Constant(0.3), Drawn(), Begin.FAN_IN, by_sign=True)
RULE = Rule(Every(1), (Move(Everywhere(), None, REWIRE),), start=AtBudget())
