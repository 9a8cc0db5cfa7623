"""The base with routes that start otherwise (Begin.FAN_IN)."""

from graphgrow.growth.structures import Begin
from sims.rules.shared import routes

RULE = routes(begin=Begin.FAN_IN)
