"""Rules that stop: nothing is proposed any more, and the cause stays in the memory."""

from __future__ import annotations

import json
from dataclasses import replace

from graphgrow.arrays import Memory
from graphgrow.graph.history import Series
from graphgrow.growth.parts import Cause, Move, Room
from graphgrow.growth.routes import Uniform
from graphgrow.growth.rule import Rule, describe
from graphgrow.growth.stops import BudgetReached, ScoreReached, StopCause, TimeUp, stopped
from graphgrow.growth.structures import Edges
from graphgrow.growth.targets import Everywhere
from graphgrow.growth.triggers import Every, GradientShift
from tests.growth.timelines import seen, unprobed

RULE = Rule(Every(1), (Move(Everywhere(), Uniform(), Edges()),), stops=(TimeUp(0.1), BudgetReached()))


def test_a_rule_that_stopped_proposes_nothing() -> None:
    memory: Memory = {}
    causes = []
    for epoch, room in ((1, 4), (2, 4), (6, 4), (7, 4), (1, 4)):
        proposal = RULE.propose(seen(epoch, None, unprobed), memory, Room(room))
        memory = json.loads(json.dumps(dict(proposal.memory)))
        causes.append(proposal.cause)
        assert proposal.edit.empty is (proposal.cause is Cause.STOPPED)
    assert causes == [Cause.NONE, Cause.NONE, *[Cause.STOPPED] * 3]
    assert proposal.reason == "growth stopped: time"
    held = memory["stops"]
    assert isinstance(held, dict)
    assert stopped(held) is StopCause.TIME
    # The trigger is not asked any more.
    assert memory["trigger"] == {"asked": 2}


def test_the_first_stop_that_holds_is_named() -> None:
    proposal = RULE.propose(seen(1, None, unprobed), {}, Room(0))
    assert (proposal.cause, proposal.reason) == (Cause.STOPPED, "growth stopped: room for 0 edges")


def test_stops_belong_to_the_settings_and_to_the_needs() -> None:
    rule = replace(RULE, trigger=GradientShift(), stops=(ScoreReached(0.9),))
    assert rule.needs == {Series.GRADIENT_NORM, Series.ACCURACY}
    plain = describe(rule)
    assert isinstance(plain, dict)
    assert plain["stops"] == [{"kind": "ScoreReached", "target": 0.9}]


def test_rules_without_stops_remember_none() -> None:
    rule = replace(RULE, stops=())
    assert set(rule.propose(seen(1, None, unprobed), {}, Room(2)).memory) == {"trigger"}
