"""Base: vertical clones of high extrema that leave the function as it is."""

from sims.rules.shared import clones

RULE = clones()
