"""Routes between the same extrema, topped up; with skips they reach past levels."""

from graphgrow.growth.targets import Extremes
from graphgrow.measure.extrema import AGGRESSIVE
from sims.rules.shared import routes

RULE = routes(Extremes(AGGRESSIVE))
