"""The base topped up by edges that touch an extremum, drawn by lot instead of the steepest."""

from graphgrow.growth.parts import Move
from graphgrow.growth.routes import Uniform
from graphgrow.growth.structures import Edges
from graphgrow.growth.targets import Extremes
from sims.rules.shared import routes

RULE = routes(top_up=Move(Extremes(), Uniform(), Edges()))
