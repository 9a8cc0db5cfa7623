"""The base topped up by the steepest edges, whether or not they touch an extremum."""

from graphgrow.growth.parts import Move
from graphgrow.growth.routes import Steepest
from graphgrow.growth.structures import Edges
from graphgrow.growth.targets import Everywhere
from sims.rules.shared import routes

RULE = routes(top_up=Move(Everywhere(), Steepest(), Edges()))
