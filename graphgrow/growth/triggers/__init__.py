"""When to grow: one file per family of triggers, all of them named here."""

from graphgrow.growth.triggers.combined import NATURAL, AllOf, AnyOf, AtLeast
from graphgrow.growth.triggers.looks import Critical, InformationPeak, InformationTransition, Saturated
from graphgrow.growth.triggers.periodic import Every, LastAsk, Never
from graphgrow.growth.triggers.shifts import GradientShift, PerformanceGap, Plateau, UpdateShift
from graphgrow.growth.triggers.timing import Costly, Means, notes_of
from graphgrow.growth.triggers.watched import Watched

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
    "LastAsk",
    "Means",
    "Never",
    "PerformanceGap",
    "Plateau",
    "Saturated",
    "UpdateShift",
    "Watched",
    "notes_of",
]
