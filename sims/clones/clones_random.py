"""Vertical clones at the first ask, then random edges."""

from sims.cloning import clones_before

RULE = clones_before("random")
