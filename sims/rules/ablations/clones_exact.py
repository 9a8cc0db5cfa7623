"""Vertical clones whose in-weights copy the original's without factor and noise."""

from graphgrow.growth.clones import VerticalClone
from sims.rules.shared import clones

RULE = clones(structure=VerticalClone(factor=1.0, noise=0.0))
