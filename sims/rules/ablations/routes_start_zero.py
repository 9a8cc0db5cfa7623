"""The base with routes that start otherwise (Begin.ZERO)."""

from graphgrow.growth.structures import Begin
from sims.rules.shared import routes

RULE = routes(begin=Begin.ZERO)
