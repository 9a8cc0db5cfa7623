"""Routes from high to low extrema of a ball that follows growth and gradients, and nothing else."""

from sims.rules.balls import Adapting

RULE = Adapting(fills=False)
