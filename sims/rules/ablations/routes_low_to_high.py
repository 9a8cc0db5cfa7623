"""The base with routes from low to high extrema: does the direction matter?"""

from graphgrow.growth.routes import LowToHigh
from sims.rules.shared import routes

RULE = routes(route=LowToHigh(levels=3))
