"""When to grow: one file per family of triggers, all of them named here."""

from graphgrow.growth.triggers.combined import NATURAL, AllOf, AnyOf, AtLeast
from graphgrow.growth.triggers.looks import Critical, InformationPeak, InformationTransition, Saturated
from graphgrow.growth.triggers.periodic import Every, Never
from graphgrow.growth.triggers.shifts import GradientShift, PerformanceGap, Plateau, UpdateShift
from graphgrow.growth.triggers.timing import Costly, Means, notes_of

__all__ = [
    "NATURAL",
    "AllOf",
    "AnyOf",
    "AtLeast",
    "Costly",
    "Critical",
    "Every",
    "GradientShift",
    "InformationPeak",
    "InformationTransition",
    "Means",
    "Never",
    "PerformanceGap",
    "Plateau",
    "Saturated",
    "UpdateShift",
    "notes_of",
]
