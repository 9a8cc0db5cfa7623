"""The rule `gradient`, at critical information transitions between levels (founding document's CIT).

With the founding thresholds none was seen in plain networks on digits: see `triggers.InformationTransition`.
"""

from graphgrow.growth.parts import Move
from graphgrow.growth.routes import Steepest
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import Begin, Edges
from graphgrow.growth.targets import Everywhere
from graphgrow.growth.triggers import InformationTransition

RULE = Rule(InformationTransition(), (Move(Everywhere(), Steepest(), Edges(Begin.ZERO)),))
