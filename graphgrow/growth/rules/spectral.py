"""The steepest absent edges that touch the two ends of the network's slowest cut (Fiedler 1973; founding document)."""

from graphgrow.growth.parts import Move
from graphgrow.growth.routes import Steepest
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import Begin, Edges
from graphgrow.growth.targets import Spectral
from graphgrow.growth.triggers import Every

RULE = Rule(Every(1), (Move(Spectral(), Steepest(), Edges(Begin.ZERO)),))
