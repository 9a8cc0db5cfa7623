"""SET: the weights nearest to 0 go, random edges grow, in every pair of levels (Mocanu 2018).

At every ask 30 % of the positive and 30 % of the negative weights go. The paper rewires after each epoch but the last,
so ask once an epoch. It begins with all the edges of the budget, and new weights are normal with deviation 0.1, as in
the paper's code. A random edge that was just removed survives untouched where that code would draw it a new weight.
"""

from graphgrow.growth.parts import Move
from graphgrow.growth.routes import Drawn
from graphgrow.growth.rule import Rule
from graphgrow.growth.starts import AtBudget
from graphgrow.growth.structures import Begin, Constant, Rewire
from graphgrow.growth.targets import Everywhere
from graphgrow.growth.triggers import Every

REWIRE = Rewire(Constant(0.3), Drawn(), Begin.TENTH, by_sign=True)
RULE = Rule(Every(1), (Move(Everywhere(), None, REWIRE),), start=AtBudget())
