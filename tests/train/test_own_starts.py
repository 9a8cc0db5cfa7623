"""Rules that begin with another network than the settings describe, and rules that prune."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from graphgrow.errors import SettingsError
from graphgrow.growth import registry
from graphgrow.growth.parts import Move, Need, Target, View
from graphgrow.growth.routes import Steepest
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import Edges
from graphgrow.growth.triggers import Every
from graphgrow.settings import GrowthSettings
from graphgrow.train import prepare
from graphgrow.train.execute import execute, start_graph
from tests.train.runs import RULES, first, settings, train, xor

STARTS = [name for name in RULES if getattr(registry.load(name).rule, "start", None) is not None]


@pytest.mark.parametrize("name", STARTS)
@pytest.mark.parametrize("budget", [None, 40])
def test_rules_with_a_start_end_at_their_budget(name: str, budget: int | None, tmp_path: Path) -> None:
    made = settings(name)
    made = replace(made, growth=replace(made.growth, budget=budget))
    rule = registry.load(name).rule
    wanted = budget or 2 * start_graph(made, xor()).edges
    run = execute(made, tmp_path / "run", xor()).run
    start, end, summary = run.start().edges, run.final().edges, run.summary()
    if not getattr(rule, "grows", True) and rule.start.exceeds:  # type: ignore[attr-defined]
        assert start == end == 2 * 6 + 6 * 5 + 5 * 2
        assert summary["shortfall"] is None
        return
    assert end == wanted or (start == end < wanted and summary["shortfall"])
    assert start == (2 * 6 + 6 * 5 + 5 * 2 if getattr(rule, "may_exceed", False) else end)


def test_equal_starts_of_one_seed_are_equal(tmp_path: Path) -> None:
    names = [name for name in STARTS if type(registry.load(name).rule.start).__name__ == "AtBudget"]  # type: ignore[attr-defined]
    assert len(names) >= 3
    starts = [execute(settings(name), tmp_path / name, xor()).run.start() for name in names]
    assert all(graph.same(starts[0]) for graph in starts)


def test_pruning_goes_on_until_the_last_ask(tmp_path: Path) -> None:
    made = settings("dense_then_prune")
    run = execute(replace(made, growth=replace(made.growth, budget=21)), tmp_path / "run", xor()).run
    edges = [run.start().edges, *(event.edges for event in run.events())]
    assert edges[-1] == 21
    assert len(edges) == 4
    assert (np.diff(edges) < 0).all()


def test_rules_that_prune_need_a_budget() -> None:
    with pytest.raises(SettingsError, match="prunes to its budget: give it a"):
        train("dense_then_prune", growth=GrowthSettings("dense_then_prune", budget=0))
    with pytest.raises(SettingsError, match="is below the"):
        train("random", growth=GrowthSettings("random", budget=first().edges - 1))


@dataclass(frozen=True)
class Unsure(Target):
    """Wants dropout passes."""

    wants: ClassVar[frozenset[Need]] = frozenset({Need.DROPOUT})

    def __call__(self, view: View) -> np.ndarray:
        raise AssertionError("asked")


def test_what_the_loop_does_not_keep_is_refused_beforehand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare, "PROVIDED", frozenset({Need.RING}))
    with pytest.raises(SettingsError, match="needs activations under dropout, which fit does not keep"):
        train(Rule(Every(1), (Move(Unsure(), Steepest(), Edges()),)))
