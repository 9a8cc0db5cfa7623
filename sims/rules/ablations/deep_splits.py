"""Horizontal clones (splits) of the same extrema."""

from graphgrow.growth.structures import HorizontalClone
from graphgrow.growth.targets import Extremes
from graphgrow.measure.extrema import AGGRESSIVE
from sims.rules.shared import clones

RULE = clones(Extremes(AGGRESSIVE), HorizontalClone())
