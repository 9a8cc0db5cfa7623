"""Vertical clones at the first ask, then the steepest absent edges."""

from sims.cloning import clones_before

RULE = clones_before("gradient")
