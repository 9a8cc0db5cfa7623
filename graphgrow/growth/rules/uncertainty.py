"""The steepest absent edges that touch the tenth of each hidden level that is least certain under dropout (Gal 2016).

The founding document's uncertainty: ten passes, each with another half of the hidden neurons silent.
"""

from graphgrow.growth.parts import Move
from graphgrow.growth.routes import Steepest
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import Begin, Edges
from graphgrow.growth.targets import Uncertainty
from graphgrow.growth.triggers import Every

RULE = Rule(Every(1), (Move(Uncertainty(), Steepest(), Edges(Begin.ZERO)),))
