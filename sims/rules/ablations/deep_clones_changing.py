"""The same clones with out-edges that copy weights: a path for gradients from the first step."""

from graphgrow.growth.clones import VerticalClone
from graphgrow.growth.targets import Extremes
from graphgrow.measure.extrema import AGGRESSIVE
from sims.rules.shared import clones

RULE = clones(Extremes(AGGRESSIVE), VerticalClone(preserving=False))
