"""Routes from high to low extrema of a ball that follows growth and gradients, topped up to the budget."""

from sims.rules.balls import Adapting

RULE = Adapting(fills=True)
