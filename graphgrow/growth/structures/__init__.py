"""What is built at a target: edges, neurons, levels; and what is taken away, replaced, merged or moved."""

from graphgrow.growth.structures.edges import RELU_FAMILY, Begin, Edges, begin_weights
from graphgrow.growth.structures.joined import Filled, Together
from graphgrow.growth.structures.levels import NewLevel, Promote
from graphgrow.growth.structures.prune import Anywhere, ByScale, Prune, PruneToBudget, Quota, weakest
from graphgrow.growth.structures.replace import MergeTwins, ReplaceDead
from graphgrow.growth.structures.rewire import Constant, Cosine, Rewire, Share
from graphgrow.growth.structures.slide import Slide
from graphgrow.growth.structures.splits import HorizontalClone, ParallelVariants, bottlenecks

__all__ = [
    "RELU_FAMILY",
    "Anywhere",
    "Begin",
    "ByScale",
    "Constant",
    "Cosine",
    "Edges",
    "Filled",
    "HorizontalClone",
    "MergeTwins",
    "NewLevel",
    "ParallelVariants",
    "Promote",
    "Prune",
    "PruneToBudget",
    "Quota",
    "ReplaceDead",
    "Rewire",
    "Share",
    "Slide",
    "Together",
    "begin_weights",
    "bottlenecks",
    "weakest",
]
