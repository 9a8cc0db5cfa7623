"""Vertical clones of hidden neurons drawn by lot, as many as there are high extrema."""

from sims.rules.shared import ByLot, clones

RULE = clones(ByLot())
