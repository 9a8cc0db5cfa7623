"""The steepest absent edges that touch the tenth of each hidden level with the highest Katz centrality."""

from graphgrow.growth.parts import Move
from graphgrow.growth.routes import Steepest
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import Begin, Edges
from graphgrow.growth.targets import Katz
from graphgrow.growth.triggers import Every

RULE = Rule(Every(1), (Move(Katz(share=0.1), Steepest(), Edges(Begin.ZERO)),))
