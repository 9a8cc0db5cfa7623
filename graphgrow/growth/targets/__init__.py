"""Where to grow: extrema, ranked neurons, neurons that move or separate the network."""

from graphgrow.growth.targets.extremes import BothOf, Everywhere, Extremes, ExtremesByKatz, MostSevere, OneOf
from graphgrow.growth.targets.lasting import Persistent
from graphgrow.growth.targets.moving import CriticalModes, Uncertainty
from graphgrow.growth.targets.ranked import Correlated, Fisher, Gradient, Katz, katz_of
from graphgrow.growth.targets.spectral import Spectral, cut

__all__ = [
    "BothOf",
    "Correlated",
    "CriticalModes",
    "Everywhere",
    "Extremes",
    "ExtremesByKatz",
    "Fisher",
    "Gradient",
    "Katz",
    "MostSevere",
    "OneOf",
    "Persistent",
    "Spectral",
    "Uncertainty",
    "cut",
    "katz_of",
]
