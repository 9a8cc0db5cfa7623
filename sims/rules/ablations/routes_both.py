"""The base with routes in both directions."""

from graphgrow.growth.routes import Complementary
from sims.rules.shared import routes

RULE = routes(route=Complementary(levels=3))
