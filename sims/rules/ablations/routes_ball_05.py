"""The base with the founding protocol's ball of 0.05 instead of 0.20."""

from graphgrow.growth.targets import Extremes
from sims.rules.shared import routes

RULE = routes(Extremes())
