"""What growth may not exceed: caps on the whole, caps on where it goes, and how an edit is cut to fit exactly."""

from graphgrow.growth.limits.fitting import net_neurons, over, trim
from graphgrow.growth.limits.phased import STRUCTURES, PhaseCaps, WhenFull
from graphgrow.growth.limits.places import CoolDown, FanCaps, LevelBudgets, MinFanIn
from graphgrow.growth.limits.totals import Budget, Density, GrowthFactor

__all__ = [
    "STRUCTURES",
    "Budget",
    "CoolDown",
    "Density",
    "FanCaps",
    "GrowthFactor",
    "LevelBudgets",
    "MinFanIn",
    "PhaseCaps",
    "WhenFull",
    "net_neurons",
    "over",
    "trim",
]
