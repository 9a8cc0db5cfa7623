"""Hidden neurons that say the same are merged, and the steepest absent edges grow on what that frees (founding)."""

from graphgrow.growth.parts import Move
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import Filled, MergeTwins
from graphgrow.growth.targets import Everywhere
from graphgrow.growth.triggers import Every

RULE = Rule(Every(1), (Move(Everywhere(), None, Filled(MergeTwins())),))
