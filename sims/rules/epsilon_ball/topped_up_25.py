"""Routes from high to low extrema of a ball of 0.25, topped up to the budget."""

from sims.rules.balls import topped_up

RULE = topped_up(0.25)
