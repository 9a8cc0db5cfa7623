"""The base, where growth has to be paid for by what signals earn, instead of at every ask."""

from graphgrow.growth.economy import Economy
from sims.rules.shared import OrAtTheEnd, routes

RULE = routes(trigger=OrAtTheEnd(Economy()))
