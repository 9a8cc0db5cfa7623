"""How fast single parameters learn: factors by age, by depth and by time, applied to every update."""

from graphgrow.train.pacing.ageing import Backoff, Boost, HardClamp, SoftClamp
from graphgrow.train.pacing.factor import Factor, Learners, learners
from graphgrow.train.pacing.gates import Gates, Triangles, Wave
from graphgrow.train.pacing.pacing import Pacing, factors_of

__all__ = [
    "Backoff",
    "Boost",
    "Factor",
    "Gates",
    "HardClamp",
    "Learners",
    "Pacing",
    "SoftClamp",
    "Triangles",
    "Wave",
    "factors_of",
    "learners",
]
