"""The base with edges of the top-up that start at random instead of at 0."""

from graphgrow.growth.parts import Move
from graphgrow.growth.routes import Steepest
from graphgrow.growth.structures import Begin, Edges
from sims.rules.shared import MARKS, routes

RULE = routes(top_up=Move(MARKS, Steepest(), Edges(Begin.XAVIER)))
