"""Successive halving: rounds, resources, and who is kept."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphgrow.errors import SettingsError
from graphgrow.settings import Fit, GrowthSettings, RunSettings, TaskSettings
from graphgrow.sweep.halving import Halving, best

BASE = RunSettings(task=TaskSettings("mnist:9000"), growth=GrowthSettings(budget=2700), fit=Fit(epochs=27))


def test_the_rounds_of_the_textbook() -> None:
    # Li et al. 2018, table 1, s = 3 of eta 3: 27 candidates with 1/27, ..., 1 with all.
    made = Halving().rungs(27, BASE)
    assert [(rung.candidates, rung.changes["fit.epochs"]) for rung in made] == [(27, 1), (9, 3), (3, 9), (1, 27)]
    assert [rung.number for rung in made] == [1, 2, 3, 4]
    assert made[1].name == "epochs=3"


def test_several_resources_shrink_together() -> None:
    made = Halving(resources=("fit.epochs", "growth.budget", "task.samples")).rungs(9, BASE)
    assert [dict(rung.changes) for rung in made] == [
        {"fit.epochs": 3, "growth.budget": 300, "task.name": "mnist:1000"},
        {"fit.epochs": 9, "growth.budget": 900, "task.name": "mnist:3000"},
        {"fit.epochs": 27, "growth.budget": 2700, "task.name": "mnist:9000"},
    ]


@given(st.integers(1, 500), st.integers(1, 500), st.integers(2, 5), st.integers(1, 20))
def test_laws_of_the_rounds(candidates: int, epochs: int, eta: int, least: int) -> None:
    halving, base = Halving(eta, least=least), replace(BASE, fit=Fit(epochs=epochs))
    if least > epochs:
        with pytest.raises(SettingsError, match=r"least: expected at most the full fit\.epochs"):
            halving.rungs(candidates, base)
        return
    made = halving.rungs(candidates, base)
    counts = [rung.candidates for rung in made]
    given_epochs = [int(str(rung.changes["fit.epochs"])) for rung in made]
    assert counts[0] == candidates
    assert given_epochs[-1] == epochs
    assert all(later == max(1, earlier // eta) for earlier, later in pairwise(counts))
    assert all(earlier < later for earlier, later in pairwise(given_epochs))
    assert min(given_epochs) >= least


def test_least_and_few_candidates_limit_the_rounds() -> None:
    assert len(Halving(least=10).rungs(27, BASE)) == 1
    assert [rung.candidates for rung in Halving(least=3).rungs(27, BASE)] == [27, 9, 3]
    assert [rung.candidates for rung in Halving().rungs(4, BASE)] == [4, 1]
    assert len(Halving().rungs(2, BASE)) == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"eta": 1}, "eta: expected 2 or more, got 1"),
        ({"least": 0}, "least: expected 1 or more, got 0"),
        ({"resources": ()}, "resource: expected different settings, got none"),
        ({"resources": ("fit.epochs", "fit.epochs")}, "resource: expected different settings"),
        ({"resources": ("fit.epoch",)}, r"fit\.epoch: no such setting"),
        ({"resources": ("optimizer.learning_rate",)}, "learning_rate: expected a setting that is an amount"),
        ({"resources": ("seed",)}, "seed: expected a setting that is an amount"),
        ({"resources": ("start.edges",)}, r"start\.edges: expected a full amount of 1 or more, got None: set it"),
        ({"resources": ("fit.batch",)}, r"resource: fit\.batch is in the space too"),
    ],
)
def test_a_halving_that_cannot_be(options: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        Halving(**options).rungs(9, BASE, ["fit.batch"])


@pytest.mark.parametrize("task", ["mnist", "parity:8", "mnist:x"])
def test_samples_need_a_task_that_counts_them(task: str) -> None:
    halving = Halving(resources=("task.samples",))
    with pytest.raises(SettingsError, match=rf"task\.samples: expected a task .* as mnist:10000, got {task}"):
        halving.rungs(9, replace(BASE, task=TaskSettings(task)))
    with pytest.raises(SettingsError, match="is in the space too"):
        halving.rungs(9, BASE, ["task.name"])


def test_the_best_by_score_then_name_and_failures_never() -> None:
    scores = {"c": 0.5, "b": 0.5, "a": None, "d": 0.9, "e": 0.0}
    assert best(scores, 2) == ["d", "b"]
    assert best(scores, 9) == ["d", "b", "c", "e"]
    assert best({"a": None}, 1) == []
