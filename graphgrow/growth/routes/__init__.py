"""From where to where new edges go: between extrema, to a chosen level, by scores of pairs, by several scores."""

from graphgrow.growth.routes.blend import Blend, Consensus
from graphgrow.growth.routes.candidates import bounded, level_pairs, marked_pairs, shortlist, touching_parts
from graphgrow.growth.routes.extrema import Complementary, HighToLow, LowToHigh
from graphgrow.growth.routes.levels import (
    BySeverity,
    LeastDense,
    LevelChoice,
    NextStable,
    ToLevel,
    WeakestGradient,
    saturated,
)
from graphgrow.growth.routes.picks import Best, Drawn, Linked, Pick
from graphgrow.growth.routes.scored import EqualPerPair, LinkPrediction, Portion, Steepest, Uniform
from graphgrow.growth.routes.separable import ByCut, ByExtrema, ByScore, PairScore

__all__ = [
    "Best",
    "Blend",
    "ByCut",
    "ByExtrema",
    "ByScore",
    "BySeverity",
    "Complementary",
    "Consensus",
    "Drawn",
    "EqualPerPair",
    "HighToLow",
    "LeastDense",
    "LevelChoice",
    "LinkPrediction",
    "Linked",
    "LowToHigh",
    "NextStable",
    "PairScore",
    "Pick",
    "Portion",
    "Steepest",
    "ToLevel",
    "Uniform",
    "WeakestGradient",
    "bounded",
    "level_pairs",
    "marked_pairs",
    "saturated",
    "shortlist",
    "touching_parts",
]
