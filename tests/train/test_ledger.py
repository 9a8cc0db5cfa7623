from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch

from graphgrow.engine.network import Network
from graphgrow.errors import DivergedError
from graphgrow.graph.history import Series
from graphgrow.growth import registry
from graphgrow.settings import Fit, GrowthSettings
from graphgrow.train.execute import execute
from graphgrow.train.ledger import Clock, close_epoch, require_finite, summary
from graphgrow.train.prepare import Setup, prepare
from tests.train.runs import first, settings, sgd, train, xor


def setup(**limits: Any) -> Setup:
    """A training that has not begun."""
    network, rule = Network(first()), registry.load("random").rule
    return prepare(network, xor(), rule, sgd, None, Fit(**{"epochs": 4, "batch": 64, **limits}), GrowthSettings(), 3)


def test_an_epoch_closes_its_counters() -> None:
    made = setup()
    progress = made.session.progress
    progress.loss_sum, progress.score_sum, progress.seen, progress.epoch = 30.0, 15.0, 20, 1
    row = close_epoch(made)
    assert (row["train_loss"], row["train_accuracy"], row["epoch"]) == (1.5, 0.75, 1)
    assert (progress.loss_sum, progress.score_sum, progress.seen, progress.rows) == (0.0, 0.0, 0, 1)
    assert made.session.last is row
    steps, values = made.session.recorder.history().series(Series.VALIDATION_LOSS)
    assert (steps.tolist(), values.tolist()) == ([0], [row["validation_loss"]])


def test_the_loss_of_an_epoch_is_the_mean_over_its_samples() -> None:
    # With a rate near zero every batch sees the same weights, so the mean equals that of one pass.
    def barely(parameters: Any) -> torch.optim.Optimizer:
        return torch.optim.SGD(parameters, lr=1e-30)

    row = train("static", barely, limits=Fit(epochs=1, batch=64)).row
    network, data = Network(first()), xor().data().train
    with torch.no_grad():
        losses = xor().losses(network.columns(torch.tensor(data.x).T.contiguous()), torch.tensor(data.y))
    assert row["train_loss"] == pytest.approx(float(losses.double().mean()), rel=1e-6)


def test_extrema_are_recorded_only_when_asked_for() -> None:
    assert close_epoch(setup())["extrema"] is not None
    assert close_epoch(setup(record_extrema=False))["extrema"] is None


@pytest.mark.parametrize("loss", [math.inf, -math.inf, math.nan])
def test_a_training_loss_that_is_not_finite(loss: float) -> None:
    made = setup()
    require_finite(made.session, weights=True)
    made.session.progress.loss_sum = loss
    with pytest.raises(DivergedError, match="training loss not finite after step 0: lower the learning rate"):
        require_finite(made.session, weights=False)


def test_a_weight_that_is_not_finite() -> None:
    made = setup()
    with torch.no_grad():
        made.session.sites["network"].network.bias[-1] = math.inf
    require_finite(made.session, weights=False)
    with pytest.raises(DivergedError, match="weight not finite"):
        require_finite(made.session, weights=True)


def test_a_validation_loss_that_is_not_finite() -> None:
    made = setup(record_extrema=False)
    with torch.no_grad():
        made.session.sites["network"].network.bias.fill_(3e38)
        made.session.sites["network"].network.values.fill_(3e38)
    with pytest.raises(DivergedError, match="validation loss not finite after step 0"):
        close_epoch(made)


def test_the_summary_is_that_of_the_last_row() -> None:
    made = setup()
    row = close_epoch(made)
    told = summary(made, "all epochs done", None)
    assert {name: told[name] for name in ("edges", "neurons", "edge_steps")} == {
        name: row[name] for name in ("edges", "neurons", "edge_steps")
    }
    assert (told["budget"], told["events"], told["shortfall"]) == (2 * first().edges, 0, None)


def test_the_clock_adds_up_and_counts_what_fails() -> None:
    clock = Clock()
    with clock.phase("train"):
        pass
    before = clock.seconds["train"]
    with pytest.raises(ValueError, match="no"), clock.phase("train"):
        raise ValueError("no")
    assert clock.seconds["train"] > before >= 0
    assert clock.seconds["store"] == 0


def test_a_run_keeps_its_seconds_apart_from_its_history(tmp_path: Path) -> None:
    run = execute(settings(fit=replace(settings().fit, epochs=2)), tmp_path / "run", xor()).run
    timings = run.timings()
    assert [row["epoch"] for row in timings[:-1]] == [0, 1, 2]
    total = timings[-1]
    assert total["seconds"] == pytest.approx(sum(total[name] for name in ("train", "growth", "evaluate", "store")))
    assert all(row["train"] <= later["train"] for row, later in pairwise(timings[:-1]))
    assert not {"train", "seconds"} & set(run.rows()[0])
