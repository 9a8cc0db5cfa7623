"""Vertical clones at the first ask, then nothing else."""

from sims.cloning import clones_before

RULE = clones_before("static")
