"""Vertical clones at the first ask, then the smallest weights go and random edges grow."""

from sims.cloning import clones_before

RULE = clones_before("set")
