"""Vertical clones whose out-edges copy weights, so that the function changes."""

from graphgrow.growth.clones import VerticalClone
from sims.rules.shared import clones

RULE = clones(structure=VerticalClone(preserving=False))
