"""Vertical clones at the first ask, then edges from high to low extrema, topped up."""

from sims.cloning import clones_before

RULE = clones_before("extrema_topped_up")
