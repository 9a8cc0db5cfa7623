"""The rule `gradient`, when a level knows most about inputs and answers together (founding document).

None was seen in plain networks on digits: see `triggers.InformationPeak`.
"""

from graphgrow.growth.parts import Move
from graphgrow.growth.routes import Steepest
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import Begin, Edges
from graphgrow.growth.targets import Everywhere
from graphgrow.growth.triggers import InformationPeak

RULE = Rule(InformationPeak(), (Move(Everywhere(), Steepest(), Edges(Begin.ZERO)),))
