"""Activation highs are split into two (Net2Wider, Chen 2016), then the steepest edges at extrema fill the room.

A split needs room for all in-edges of the neuron, so that single edges are what meets the budget.
"""

from graphgrow.growth.parts import Move
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import Filled
from graphgrow.growth.targets import Extremes
from graphgrow.growth.triggers import Every

RULE = Rule(Every(1), (Move(Extremes(), None, Filled()),))
