"""Base: routes from high to low extrema, topped up by the steepest edges that touch one."""

from sims.rules.shared import routes

RULE = routes()
