"""What the loop does for triggers and stops: the size of updates, criticality after growth, and why growth ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch

from graphgrow.arrays import Json
from graphgrow.engine.network import Network
from graphgrow.graph.builders import layered
from graphgrow.graph.history import Series
from graphgrow.graph.wiring import Activation
from graphgrow.growth import registry
from graphgrow.growth.amounts import Finishing, Linear
from graphgrow.growth.economy import Economy, Offer
from graphgrow.growth.parts import Move, Trigger
from graphgrow.growth.routes import Uniform
from graphgrow.growth.rule import Rule
from graphgrow.growth.stops import BudgetReached, TimeUp
from graphgrow.growth.structures import Edges
from graphgrow.growth.targets import Everywhere
from graphgrow.growth.triggers import AllOf, Critical, Every, Never, Plateau, UpdateShift
from graphgrow.settings import Fit, GrowthSettings, RunSettings, StartSettings, TaskSettings
from graphgrow.store.state import State
from graphgrow.train.execute import start_graph, task_of
from graphgrow.train.ledger import summary
from graphgrow.train.loop import Outcome, fit
from graphgrow.train.loop import train as run_to_the_end
from graphgrow.train.prepare import Setup, prepare
from graphgrow.train.schedules import optimizer_factory
from tests.train.runs import first, sgd, train, xor

MOVES = (Move(Everywhere(), Uniform(), Edges()),)


def plain(parameters: Any) -> torch.optim.Optimizer:
    return torch.optim.SGD(parameters, lr=0.1)


def series(outcome: Outcome, which: Series) -> list[float]:
    values = outcome.state.arrays.get(f"series/{which.name.lower()}.values", np.zeros(0))
    found: list[float] = values.tolist()
    return found


def test_updates_are_measured_where_a_rule_reads_them() -> None:
    # Without momentum an update is the gradient times the rate.
    rule = Rule(AllOf((UpdateShift(), Plateau(series=Series.GRADIENT_NORM))), MOVES)
    outcome = train(rule, plain)
    steps = outcome.state.arrays["series/update_norm.steps"].tolist()
    assert steps == list(range(1, 21))
    wanted = [0.1 * norm for norm in series(outcome, Series.GRADIENT_NORM)]
    np.testing.assert_allclose(series(outcome, Series.UPDATE_NORM), wanted, rtol=1e-4)
    assert series(train("random"), Series.UPDATE_NORM) == []


def test_measuring_changes_nothing() -> None:
    measured = train(Rule(UpdateShift(window=9), MOVES)).state
    bare = train(Rule(Never(), MOVES)).state
    for name, graph in measured.graphs.items():
        assert graph.same(bare.graphs[name])


def rule_of_signals() -> Rule:
    spikes = Offer("spike", Plateau(2, 0.5, wait=0), value=30)
    moves = Offer("moves", UpdateShift(1, 0.01, wait=0), value=30)
    return Rule(Economy((spikes, moves), price=50), MOVES, Finishing(Linear(0.3)), stops=(BudgetReached(),))


@dataclass
class Interrupt:
    """A reporter that keeps the state after an epoch and ends the training there."""

    setup: Setup
    epoch_of_end: int
    state: State | None = None

    def epoch(self, row: Mapping[str, Json], metric: str) -> None:
        if row["epoch"] == self.epoch_of_end:
            self.state = self.setup.session.capture()
            raise InterruptedError


@pytest.mark.parametrize("epoch", [1, 3, 5])
def test_signals_resume_exactly(epoch: int) -> None:
    limits, growth = Fit(epochs=8, batch=64), GrowthSettings(budget=2 * first().edges)
    whole = train(rule_of_signals(), limits=limits, growth=growth).state
    assert whole.tree["events"]
    setup = prepare(Network(first()), xor(), rule_of_signals(), sgd, None, limits, growth, 5)
    interrupt = Interrupt(setup, epoch)
    with pytest.raises(InterruptedError):
        run_to_the_end(setup, None, None, interrupt)
    assert train(rule_of_signals(), limits=limits, growth=growth, state=interrupt.state).state.same(whole)


def test_criticality_is_measured_after_growth() -> None:
    graph = layered([2, 6, 5, 2], 0.5, np.random.default_rng(0), Activation.SIGMOID, every_neuron=True)
    outcome = train(Rule(Critical(above=-1e9, wait=0), MOVES), model=Network(graph))
    events: Any = outcome.state.tree["events"]
    assert events
    for event in events:
        notes = event["notes"]
        assert notes["criticality_step"] == event["step"]
        # New edges start at 0, so that growth alone changes no gradient.
        assert notes["criticality_after"] == pytest.approx(notes["criticality"], rel=1e-4)
    others: Any = train("random").state.tree["events"]
    assert all("criticality_after" not in event["notes"] for event in others)


@pytest.mark.parametrize("trigger", [Every(1), Never()], ids=["fired", "silent"])
def test_why_growth_ended_is_told(trigger: Trigger) -> None:
    rule = Rule(trigger, MOVES, Linear(1e-9, most=1e-9), stops=(TimeUp(0.5),))
    growth = GrowthSettings(budget=10 * first().edges)
    outcome = train(rule, growth=growth)
    assert outcome.shortfall is not None
    assert outcome.shortfall.endswith(f"reached {first().edges}: the rule's stop ended growth: time")
    setup = prepare(Network(first()), xor(), rule, sgd, None, Fit(epochs=4, batch=64), growth, 5)
    setup.session.restore(outcome.state)
    assert summary(setup, "", None)["growth_ended"] == {"network": "time"}
    setup.session.memories["network"] = {}
    assert summary(setup, "", None)["growth_ended"] == {}


def test_natural_moments_are_seen_where_the_rule_is_asked_often() -> None:
    # Networks of the ReLU family are critical in their first epochs, before 20 asks can be made of one an epoch.
    made = RunSettings(task=TaskSettings("digits"), start=StartSettings(hidden=(32,) * 6, density=0.2), seed=1)
    task = task_of(made)
    limits, growth = Fit(epochs=6, batch=128, record_extrema=False), GrowthSettings(ask_every=3, until=1.0)
    network, rule = Network(start_graph(made, task)), registry.load("natural").rule
    done = fit(network, task, rule, optimizer_factory(made.optimizer), None, limits, growth, 1)
    assert [event["epoch"] for event in done.state.tree["events"]] == [5]  # type: ignore[union-attr, index, call-overload]
