"""Until when to grow: one file per family of stops, all of them named here."""

from graphgrow.growth.stops.limits import BudgetReached, MemoryFull, TimeUp
from graphgrow.growth.stops.scores import LossPlateau, ScoreReached, ValidationDecline
from graphgrow.growth.stops.seen import DuplicatesOnly, NoExtrema, NoPartner
from graphgrow.growth.stops.starved import Starved
from graphgrow.growth.stops.verdicts import Stop, StopCause, Verdict, judge, stopped

__all__ = [
    "BudgetReached",
    "DuplicatesOnly",
    "LossPlateau",
    "MemoryFull",
    "NoExtrema",
    "NoPartner",
    "ScoreReached",
    "Starved",
    "Stop",
    "StopCause",
    "TimeUp",
    "ValidationDecline",
    "Verdict",
    "judge",
    "stopped",
]
