"""A training whose time is over stops at the end of an epoch, and says so."""

from __future__ import annotations

import json
from pathlib import Path

from graphgrow.engine import Network
from graphgrow.growth.registry import load
from graphgrow.settings import Fit
from graphgrow.train.crowd import fit_many
from graphgrow.train.execute import execute, resume, settings_of
from tests.train.runs import first, settings, sgd, train, xor


def test_it_stops_after_the_first_epoch_that_ends_too_late() -> None:
    made = train(limits=Fit(4, 64, time_limit=1e-9))
    assert made.stop == "time: 1e-09 s were over after epoch 1"
    assert made.row["epoch"] == 1


def test_a_training_that_reached_its_end_was_not_stopped() -> None:
    assert train(limits=Fit(4, 64, time_limit=1e4)).stop == "all epochs done"
    assert train(limits=Fit(1, 64, time_limit=1e-9)).stop == "all epochs done"


def test_a_population_stops_too() -> None:
    rules = [load("static").rule, load("random").rule]
    made = fit_many([Network(first()), Network(first())], xor(), rules, sgd, settings=Fit(4, 64, time_limit=1e-9))
    assert [(each.stop[:4], each.row["epoch"]) for each in made] == [("time", 1)] * 2


def test_runs_from_before_there_was_a_limit_or_a_choice_of_learning_go_on(tmp_path: Path) -> None:
    whole = execute(settings("random"), tmp_path / "whole", xor()).run
    run = execute(settings("random"), tmp_path / "run", xor()).run
    file = run.path / "settings.json"
    tree = json.loads(file.read_text())
    del tree["fit"]["learning"], tree["fit"]["time_limit"]
    file.write_text(json.dumps(tree))
    (run.path / "summary.json").unlink()
    (run.path / "checkpoint.previous.safetensors").replace(run.path / "checkpoint.safetensors")
    assert resume(run.path, task=xor()).outcome.state.same(whole.load())
    assert settings_of(run).fit.learning == "backpropagation"
