"""CHT: the weights nearest to 0 go, edges predicted by paths of length three grow, by level pair (Zhang 2024).

At every ask 30 % of the positive and 30 % of the negative weights go, and what hangs on hidden neurons that are left
without edges on one side. As many grow at 0 by CH3-L3 scores in their pair of levels, by lot where no path predicts
any. It ends when 90 % of what was removed grows again; the paper decides so for each pair of levels, here it is the
whole network. It begins with all the edges of the budget, between neurons whose inputs are correlated.
"""

from graphgrow.growth.links import Paths
from graphgrow.growth.parts import Move
from graphgrow.growth.routes import Linked
from graphgrow.growth.rule import Rule
from graphgrow.growth.starts import Correlated
from graphgrow.growth.structures import Begin, Constant, Rewire
from graphgrow.growth.targets import Everywhere
from graphgrow.growth.triggers import Every

REWIRE = Rewire(Constant(0.3), Linked(Paths.CH3), Begin.ZERO, by_sign=True, percolate=True, settled=0.9)
RULE = Rule(Every(1), (Move(Everywhere(), None, REWIRE),), start=Correlated())
