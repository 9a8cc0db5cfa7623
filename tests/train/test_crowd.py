"""Networks trained in lockstep do what each would do alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn, optim

from graphgrow.engine import Network
from graphgrow.errors import SettingsError
from graphgrow.graph.builders import erdos_renyi
from graphgrow.growth.registry import load
from graphgrow.rng import stream
from graphgrow.settings import Fit, GrowthSettings, OptimizerSettings
from graphgrow.train import fit
from graphgrow.train.crowd import fit_many
from graphgrow.train.pacing import Backoff
from graphgrow.train.schedules import optimizer_factory, schedule_factory
from tests.train.runs import xor

RULES = ("static", "random", "gradient", "extrema_topped_up", "rigl")
HIDDEN = ((6, 5), (4,), (8, 6, 5), (5, 5), (7, 4))
FIT = Fit(epochs=6, batch=8)


def networks() -> list[Network]:
    """Of different sizes and depths, in float64, where rounding does not hide a difference."""
    return [
        Network(erdos_renyi((2, *hidden, 2), stream(k, "crowd"), density=0.4, kernel=True, dtype=np.float64))
        for k, hidden in enumerate(HIDDEN)
    ]


def growths(models: list[Network]) -> list[GrowthSettings]:
    return [
        GrowthSettings(rule=name, budget=None if name == "static" else model.plan.edges + 5, probe_samples=16)
        for name, model in zip(RULES, models, strict=True)
    ]


@pytest.mark.parametrize("name", ["AdamW", "Adam", "SGD"])
def test_each_agrees_with_a_fit_alone(name: str) -> None:
    optimizer = optimizer_factory(OptimizerSettings(name=name, learning_rate=0.01, weight_decay=0.01))
    schedule = schedule_factory(OptimizerSettings(), 60)
    rules = [load(rule).rule for rule in RULES]
    asked = growths(networks())
    made = fit_many(networks(), xor(), rules, optimizer, schedule, FIT, asked, seed=3)
    for model, rule, growth, outcome in zip(networks(), rules, asked, made, strict=True):
        alone = fit(model, xor(), rule, optimizer, schedule, FIT, growth, seed=3)
        mine, own = outcome.state.graphs["network"], alone.state.graphs["network"]
        np.testing.assert_array_equal(mine.wiring.source, own.wiring.source)
        np.testing.assert_allclose(mine.weight, own.weight, rtol=1e-7, atol=1e-10)
        for key in ("edges", "neurons", "edge_steps", "step", "epoch", "learning_rate"):
            assert outcome.row[key] == alone.row[key], key
        assert outcome.row["train_loss"] == pytest.approx(alone.row["train_loss"])
        assert (outcome.stop, outcome.shortfall) == (alone.stop, alone.shortfall)


def test_rules_that_read_the_size_of_updates_see_it() -> None:
    optimizer = optimizer_factory(OptimizerSettings(name="SGD", learning_rate=0.1))
    rules = [load(name).rule for name in ("update_shift", "gradient")]
    growth, pace = GrowthSettings(probe_samples=16), [Backoff(0.5)]
    made = fit_many(networks()[:2], xor(), rules, optimizer, None, FIT, growth, pace=pace)
    alone = fit(networks()[0], xor(), rules[0], optimizer, None, FIT, growth, pace=pace)
    for name in ("series/update_norm.steps", "series/update_norm.values"):
        np.testing.assert_allclose(made[0].state.arrays[name], alone.state.arrays[name], rtol=1e-7)
    assert "series/update_norm.values" not in made[1].state.arrays


def test_the_company_changes_no_bit() -> None:
    optimizer = optimizer_factory(OptimizerSettings(name="AdamW"))
    rules, asked = [load(rule).rule for rule in RULES], growths(networks())
    made = fit_many(networks(), xor(), rules, optimizer, None, FIT, asked)
    for k, growth in enumerate(asked):
        (alone,) = fit_many([networks()[k]], xor(), [rules[k]], optimizer, None, FIT, growth)
        assert alone.state.graphs["network"].same(made[k].state.graphs["network"])


def still(parameters: Iterable[nn.Parameter]) -> optim.Optimizer:
    """Learns nothing, so that no epoch is better than the one before."""
    return optim.SGD(parameters, lr=0.0)


def test_one_that_stops_early_lets_the_others_go_on() -> None:
    settings = Fit(epochs=9, batch=8, patience=2)
    models = networks()[:2]
    growth = [GrowthSettings(rule="static", until=0.1), GrowthSettings(rule="gradient", budget=99, until=0.9)]
    rules = [load(each.rule).rule for each in growth]
    first, second = fit_many(models, xor(), rules, still, None, settings, growth)
    assert "validation loss" in first.stop
    assert int(str(second.row["epoch"])) > int(str(first.row["epoch"]))


class Own:
    """A task with a loss that no population knows."""

    name, inputs, outputs, metric, higher_is_better = "own", 2, 2, "error", False


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rules": []}, "pass one for each"),
        ({"models": []}, "pass one for each"),
        ({"task": Own()}, "loss of its own"),
        ({"models": [nn.Linear(2, 2)]}, "made of Networks, got a Linear"),
        ({"optimizer": optim.RMSprop}, "cannot step like RMSprop"),
        ({"schedule": lambda made: optim.lr_scheduler.ExponentialLR(made, 0.9)}, "has no ExponentialLR"),
    ],
)
def test_what_a_population_cannot_do_is_refused(changes: dict[str, Any], message: str) -> None:
    given: dict[str, Any] = {
        "models": networks()[:1],
        "task": xor(),
        "rules": [load("static").rule],
        "optimizer": torch.optim.AdamW,
        "settings": FIT,
        **changes,
    }
    with pytest.raises(SettingsError, match=message):
        fit_many(**given)
