"""Targets that have to last."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import numpy as np
import pytest

from graphgrow.arrays import Array, Memory
from graphgrow.errors import SettingsError
from graphgrow.growth import registry
from graphgrow.growth.parts import Move, Room, Target, View
from graphgrow.growth.routes import Steepest
from graphgrow.growth.rule import Rule, parts_of
from graphgrow.growth.structures import Edges
from graphgrow.growth.targets import BothOf, Everywhere, Extremes, Persistent
from graphgrow.growth.triggers import Every
from tests.growth.worlds import WORLDS, make, view_of

GRAPH = make(WORLDS["relu layered"])
NAMED = {1: {7: 1.0, 8: -0.5}, 2: {7: 0.3, 8: 0.5, 9: 1.0}, 3: {7: 1.0, 8: 0.7}, 4: {9: 1.0, 8: 0.2}}


@dataclass(frozen=True)
class ByStep(Target):
    """Names other neurons at each step."""

    def __call__(self, view: View) -> Array:
        made = np.zeros(GRAPH.neurons, np.float32)
        for row, score in NAMED[view.step].items():
            made[row] = score
        return made


ALWAYS = Every(1)


def asked(target: Target, trigger: Every = ALWAYS) -> list[dict[int, float]]:
    """What a target names at each ask of a rule, its memory stored in between."""
    seen: list[dict[int, float]] = []

    @dataclass(frozen=True)
    class Watched(Edges):
        def __call__(self, view, scores, routes, room):  # type: ignore[no-untyped-def]
            seen.append({int(row): round(float(scores[row]), 6) for row in np.flatnonzero(scores)})
            return super().__call__(view, scores, routes, room)

    rule, memory = Rule(trigger, (Move(target, Steepest(), Watched()),)), dict[str, object]()
    for step in NAMED:
        proposal = rule.propose(view_of(GRAPH, step=step), memory, Room(3))  # type: ignore[arg-type]
        memory = json.loads(json.dumps(dict(proposal.memory)))
    return seen


def test_a_neuron_must_be_named_running_with_one_sign() -> None:
    assert asked(Persistent(ByStep(), 2)) == [{}, {7: 0.3}, {7: 1.0, 8: 0.7}, {8: 0.2}]
    assert asked(Persistent(ByStep(), 3)) == [{}, {}, {7: 1.0}, {8: 0.2}]
    assert asked(Persistent(ByStep(), 1)) == asked(ByStep())


def test_it_lasts_inside_other_targets_too() -> None:
    assert asked(BothOf(Persistent(ByStep(), 2), Everywhere())) == asked(Persistent(ByStep(), 2))


def test_only_asks_that_fire_count() -> None:
    # The second and the fourth fire: 8 and 9 are named at both.
    assert asked(Persistent(ByStep(), 2), Every(2)) == [{}, {8: 0.2, 9: 1.0}]


def test_without_a_rule_nothing_has_lasted() -> None:
    view = view_of(GRAPH)
    assert not Persistent()(view).any()
    held: Memory = Persistent(probes=1).remember(view)
    kept = replace(view, kept={Persistent(probes=1).name: held})
    np.testing.assert_array_equal(Persistent(probes=1)(kept), Extremes()(view))


def test_a_run_below_one_is_refused() -> None:
    with pytest.raises(SettingsError, match="expected 1 or more"):
        Persistent(probes=0)


def test_rules_that_remember_no_targets_keep_none() -> None:
    memory = registry.load("extrema").rule.propose(view_of(GRAPH), {}, Room(3)).memory
    assert "targets" not in memory


def test_parts_inside_parts_are_found() -> None:
    inside = BothOf(Persistent(), Everywhere())
    found = parts_of(Rule(Every(1), (Move(inside, None, Edges()),)), Target)
    assert found == [inside, Persistent(), Extremes(), Everywhere()]


def test_the_rule_waits_for_extrema_to_last() -> None:
    rule, memory = registry.load("extrema_persistent").rule, dict[str, object]()
    added = []
    for step in (1, 2):
        proposal = rule.propose(view_of(GRAPH, step=step, reach=2), memory, Room(5))  # type: ignore[arg-type]
        memory = json.loads(json.dumps(dict(proposal.memory)))
        added.append(proposal.edit.source.size)
    assert added[0] == 0 < added[1]
