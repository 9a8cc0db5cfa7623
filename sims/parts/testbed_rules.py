"""Rules of the sim testbed: vertical clones at the first ask, then a rule of the shelf."""

from __future__ import annotations

from collections.abc import Mapping

from graphgrow.growth.parts import Proposer
from sims.parts.cloning import clones_before

FOLLOWING = ("extrema_topped_up", "gradient", "random", "set", "static")
RULES: Mapping[str, Proposer] = {f"clones_{name}": clones_before(name) for name in FOLLOWING}
