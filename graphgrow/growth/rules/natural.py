"""The rule `gradient`, at the founding document's natural moments: restless gradients in a critical network.

The shift of `triggers.NATURAL` is told from 20 asks, and networks of the ReLU family are critical early: with one ask
an epoch it hardly ever fires, so set `growth.ask_every` to a quarter of an epoch.
"""

from graphgrow.growth.parts import Move
from graphgrow.growth.routes import Steepest
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import Begin, Edges
from graphgrow.growth.targets import Everywhere
from graphgrow.growth.triggers import NATURAL

RULE = Rule(NATURAL, (Move(Everywhere(), Steepest(), Edges(Begin.ZERO)),))
