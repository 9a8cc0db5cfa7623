"""The base topped up by edges that touch an extremum, drawn by lot instead of the steepest."""

from graphgrow.growth.parts import Move
from graphgrow.growth.routes import Uniform
from graphgrow.growth.structures import Edges
from sims.rules.shared import MARKS, routes

RULE = routes(top_up=Move(MARKS, Uniform(), Edges()))
