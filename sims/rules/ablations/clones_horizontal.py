"""Horizontal clones (splits) of high extrema instead of vertical ones."""

from graphgrow.growth.structures import HorizontalClone
from sims.rules.shared import clones

RULE = clones(structure=HorizontalClone())
