"""Vertical clones of high extrema of the wide ball, for deep networks that saturate late."""

from graphgrow.growth.targets import Extremes
from graphgrow.measure.extrema import AGGRESSIVE
from sims.rules.shared import clones

RULE = clones(Extremes(AGGRESSIVE))
