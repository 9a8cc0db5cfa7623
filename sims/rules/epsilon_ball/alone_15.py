"""Routes from high to low extrema of a ball of 0.15, and nothing else."""

from sims.rules.balls import alone

RULE = alone(0.15)
