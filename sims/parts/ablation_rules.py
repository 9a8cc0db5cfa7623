"""Rules of the sim ablations: two bases, and rules that differ from one of them in one part."""

from __future__ import annotations

from collections.abc import Mapping

from graphgrow.growth.clones import VerticalClone
from graphgrow.growth.economy import Economy
from graphgrow.growth.parts import Move, Proposer
from graphgrow.growth.routes import Complementary, LowToHigh, Steepest, Uniform
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import Begin, Edges, HorizontalClone
from graphgrow.growth.targets import Everywhere, Extremes
from graphgrow.growth.triggers import AnyOf, LastAsk, Never
from sims.parts.rule_parts import MARKS, ByLot, Skipping, clones, routes

RULES: Mapping[str, Proposer] = {
    "routes": routes(),
    "routes_by_lot": routes(ByLot(MARKS)),
    "routes_ball_05": routes(Extremes()),
    "routes_low_to_high": routes(route=LowToHigh(levels=3)),
    "routes_both": routes(route=Complementary(levels=3)),
    "routes_start_zero": routes(begin=Begin.ZERO),
    "routes_start_small": routes(begin=Begin.SMALL),
    "routes_start_fan_in": routes(begin=Begin.FAN_IN),
    "top_up_xavier": routes(top_up=Move(MARKS, Steepest(), Edges(Begin.XAVIER))),
    "top_up_by_lot": routes(top_up=Move(MARKS, Uniform(), Edges())),
    "top_up_anywhere": routes(top_up=Move(Everywhere(), Steepest(), Edges())),
    "routes_by_economy": routes(trigger=AnyOf((Economy(), LastAsk()))),
    "clones": clones(),
    "clones_by_lot": clones(ByLot(MARKS)),
    "clones_horizontal": clones(structure=HorizontalClone()),
    "clones_changing": clones(structure=VerticalClone(preserving=False)),
    "clones_exact": clones(structure=VerticalClone(factor=1.0, noise=0.0)),
    "static_skips": Rule(Never(), (), start=Skipping()),
}
