"""What every registered rule must hold, whatever it does: no rule is named here; and that the contract finds faults.

Rules of yours are tried too where `$GRAPHGROW_RULES_PATH` names their folder.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graphgrow.arrays import Memory
from graphgrow.errors import RuleError
from graphgrow.growth import registry
from graphgrow.growth.contract import CHECKS, broken, check
from graphgrow.growth.contract.asking import Ask
from graphgrow.growth.contract.worlds import WORLDS
from graphgrow.growth.parts import Cause, Move, Need, Proposal, Proposer, Room, View
from graphgrow.growth.routes import Steepest, Uniform
from graphgrow.growth.rule import Rule
from graphgrow.growth.starts import AtBudget
from graphgrow.growth.structures import Begin, Edges
from graphgrow.growth.targets import CriticalModes, Everywhere
from graphgrow.growth.triggers import Every

EXTRA = Path(os.environ["GRAPHGROW_RULES_PATH"]) if os.environ.get("GRAPHGROW_RULES_PATH") else None
SOUND = Rule(Every(1), (Move(Everywhere(), Uniform(), Edges(Begin.ZERO)),))
drawn = np.random.default_rng(0)


@pytest.mark.parametrize("name", registry.names(EXTRA))
@pytest.mark.parametrize("promise", CHECKS)
def test_every_rule_holds_the_contract(name: str, promise: str) -> None:
    assert [str(found) for found in broken(promise, registry.load(name, EXTRA).rule)] == []


@dataclass(frozen=True)
class Spoilt:
    """A sound rule whose answer, or the view before it, is spoilt."""

    spoil: Callable[[View, Memory, Room, Proposal], Proposal]
    inside: Rule = SOUND
    wants: frozenset[Need] = frozenset()

    def propose(self, view: View, memory: Memory, room: Room) -> Proposal:
        return self.spoil(view, memory, room, self.inside.propose(view, memory, room))


def with_edit(proposal: Proposal, **columns: Any) -> Proposal:
    return replace(proposal, edit=replace(proposal.edit, **columns))


def greedy(view: View, memory: Memory, room: Room, proposal: Proposal) -> Proposal:
    return SOUND.propose(view, memory, replace(room, edges=room.edges + 1))


def moody(view: View, memory: Memory, room: Room, proposal: Proposal) -> Proposal:
    return with_edit(proposal, weight=drawn.random(proposal.edit.weight.size))


def liar(view: View, memory: Memory, room: Room, proposal: Proposal) -> Proposal:
    return with_edit(proposal, weight=np.ones(proposal.edit.weight.size), preserves_function=True)


def vandal(view: View, memory: Memory, room: Room, proposal: Proposal) -> Proposal:
    view.probe().activation[0, 0] += 1
    return proposal


def forgetful(view: View, memory: Memory, room: Room, proposal: Proposal) -> Proposal:
    return replace(proposal, memory={"seen": (1, 2)})


def overwriting(view: View, memory: Memory, room: Room, proposal: Proposal) -> Proposal:
    assert isinstance(memory, dict)
    memory["mine"] = 1
    return proposal


def lazy(view: View, memory: Memory, room: Room, proposal: Proposal) -> Proposal:
    half = SOUND.propose(view, memory, replace(room, edges=room.edges // 2))
    return replace(half, cause=Cause.NONE)


def failing(view: View, memory: Memory, room: Room, proposal: Proposal) -> Proposal:
    raise ZeroDivisionError("by\nzero")


def infinite(view: View, memory: Memory, room: Room, proposal: Proposal) -> Proposal:
    return with_edit(proposal, weight=np.full(proposal.edit.weight.size, np.inf))


BY_MODES = Rule(Every(1), (Move(CriticalModes(), Steepest(), Edges(Begin.ZERO)),))


@dataclass(frozen=True)
class WideStart(AtBudget):
    """Says nothing of its one edge too many."""

    def __call__(self, outline: Any, sample: Any, rng: Any) -> Any:
        return super().__call__(replace(outline, budget=outline.budget + 1), sample, rng)


SPOILT: Mapping[str, tuple[Proposer, str]] = {
    "takes more than its room": (Spoilt(greedy), "valid network"),
    "takes an edge where there is no room": (Spoilt(greedy), "no room"),
    "draws from a generator of its own": (Spoilt(moody), "same stream same edit"),
    "claims to preserve the function": (Spoilt(liar), "function preservation"),
    "changes the signals": (Spoilt(vandal), "inputs unchanged"),
    "changes its memory in place": (Spoilt(overwriting), "inputs unchanged"),
    "has a memory that JSON changes": (Spoilt(forgetful), "plain memory"),
    "leaves room and tells no cause": (Spoilt(lazy), "room met"),
    "fails": (Spoilt(failing), "repeatable: ZeroDivisionError: by zero"),
    "gives weights that are not finite": (Spoilt(infinite), "valid network"),
    "does not say what it reads": (Spoilt(lambda *held: held[-1], BY_MODES), "needs said"),
    "says that it reads what it does not": (Spoilt(lambda *held: held[-1], wants=frozenset({Need.RING})), "needs said"),
    "starts too large": (replace(SOUND, start=WideStart()), "own start"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_the_contract_finds(name: str) -> None:
    rule, told = SPOILT[name]
    promise = told.partition(":")[0].replace(" ", "_")
    found = [str(violation) for violation in broken(promise, rule)]
    assert found
    assert all(line.startswith(told) for line in found)
    assert all("\n" not in line for line in found)


def test_all_promises_are_looked_at() -> None:
    assert check(SOUND) == []
    assert {violation.promise for violation in check(Spoilt(failing))} >= CHECKS.keys() - {
        "own_start",
        "plain_settings",
        "quiet_before_trigger",
        "needs_said",
    }


def test_a_rule_that_wants_more_than_the_loop_keeps_refuses() -> None:
    with pytest.raises(RuleError, match="which this loop does not keep: choose another rule or target"):
        BY_MODES.propose(replace(Ask(WORLDS["tanh skips"]).view(), ring=View.ring), {}, Room(9, 9))
