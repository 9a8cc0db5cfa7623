"""Training as a whole: exact counters, reproducible bits, clear ends."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn, optim
from torch.optim.lr_scheduler import ReduceLROnPlateau

from graphgrow.engine.network import Network
from graphgrow.errors import DivergedError, OptimizerError, SettingsError
from graphgrow.graph.builders import erdos_renyi
from graphgrow.growth import registry
from graphgrow.rng import stream
from graphgrow.settings import Fit, GrowthSettings, OptimizerSettings, Schedule
from graphgrow.train.execute import execute
from graphgrow.train.loop import fit
from graphgrow.train.tasks import from_arrays, make
from tests.train.runs import first, listing, new_run, number, settings, sgd, train, xor


def live_edges(folder_rows: list[dict[str, Any]], events: list[Any], start: int, steps: int) -> int:
    """Edges that every step passed through, added up one by one; an event counts from the next step on."""
    total, edges = 0, start
    after = {event.step: event.edges for event in events}
    for step in range(1, steps + 1):
        total += edges
        edges = after.get(step, edges)
    assert edges == folder_rows[-1]["edges"]
    return total


@pytest.mark.parametrize("rule", ["random", "gradient", "extrema_clone"])
def test_edge_steps_are_the_live_edges_over_all_steps(rule: str, tmp_path: Path) -> None:
    made = settings(rule)
    made = replace(made, growth=replace(made.growth, ask_every=4))
    run = execute(made, tmp_path / "run", xor()).run
    events, rows = run.events(), run.rows()
    assert events
    assert rows[-1]["edge_steps"] == live_edges(rows, events, run.start().edges, 20)
    assert run.summary()["edge_steps"] == rows[-1]["edge_steps"]


def test_the_rows_of_a_run(tmp_path: Path) -> None:
    run = execute(settings(), tmp_path / "run", xor()).run
    rows = run.rows()
    assert [row["epoch"] for row in rows] == [0, 1, 2, 3, 4]
    assert [row["step"] for row in rows] == [0, 5, 10, 15, 20]
    assert rows[0]["train_loss"] is None
    assert rows[0]["edge_steps"] == 0
    assert all(0 <= row["test_accuracy"] <= 1 for row in rows)
    assert all(0 <= row["train_accuracy"] <= 1 for row in rows[1:])
    levels = {level for row in rows for level in row["extrema"]}
    assert levels == {"1", "2"}
    final, summary = run.final(), run.summary()
    assert (rows[-1]["edges"], rows[-1]["neurons"]) == (final.edges, final.neurons)
    assert summary["test"] == rows[-1]["test_accuracy"]
    assert summary["validation"] == rows[-1]["validation_accuracy"]
    assert (summary["metric"], summary["stop"], summary["events"]) == ("accuracy", "all epochs done", 3)


def test_training_learns() -> None:
    row = train(limits=Fit(epochs=20, batch=32), optimizer=lambda p: optim.AdamW(p, 0.03)).row
    assert number(row["train_loss"]) < 0.4
    assert number(row["test_accuracy"]) > 0.8


def test_one_seed_gives_the_same_bits_and_another_seed_others(tmp_path: Path) -> None:
    seeds = {"a": 3, "b": 3, "c": 4}
    runs = {name: execute(settings(seed=seed), tmp_path / name, xor()).run for name, seed in seeds.items()}
    assert runs["a"].fingerprint() == runs["b"].fingerprint()
    assert runs["a"].fingerprint() != runs["c"].fingerprint()
    assert runs["a"].load().same(runs["b"].load())
    assert not runs["a"].start().same(runs["c"].start())


def test_checkpoints_and_threads_and_stores_do_not_touch_the_bits(tmp_path: Path) -> None:
    stored = train(run=new_run(tmp_path / "run", first())).state
    assert stored.same(train().state)
    assert stored.same(train(limits=Fit(epochs=4, batch=64, checkpoint_every=0)).state)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        assert stored.same(train().state)
    finally:
        torch.set_num_threads(threads)


def test_patience_counts_from_the_end_of_growth() -> None:
    def barely(parameters: Any) -> optim.Optimizer:
        return optim.SGD(parameters, lr=1e-30)

    limits = Fit(epochs=12, batch=64, patience=2)
    done = train("static", barely, limits=limits, growth=GrowthSettings(until=0.5))
    # Growth may come until epoch 6; the loss stays the same from then on.
    assert done.stop == "no better validation loss for 2 epochs"
    assert done.row["epoch"] in (7, 8)
    assert train("static", barely, limits=replace(limits, patience=None)).row["epoch"] == 12


def test_patience_lets_a_training_that_improves_go_on() -> None:
    def steady(parameters: Any) -> optim.Optimizer:
        return optim.SGD(parameters, lr=1e-3)

    done = train(
        "static",
        steady,
        limits=Fit(epochs=6, batch=64, patience=1),
        growth=GrowthSettings(until=0.0),
        seed=3,
        model=Network(first(seed=3)),
    )
    assert done.stop == "all epochs done"


@pytest.mark.parametrize("rule", ["static", "random", "extrema_clone"])
def test_a_training_that_diverges_says_so_on_one_line(rule: str, tmp_path: Path) -> None:
    made = OptimizerSettings("SGD", 1e30, momentum=0.9, schedule=Schedule.CONSTANT)
    with pytest.raises(DivergedError, match=r"not finite after step \d+: lower the learning rate") as caught:
        execute(settings(rule, optimizer=made, seed=3), tmp_path / "run", xor())
    assert "\n" not in str(caught.value)


def test_weights_that_break_in_the_last_step_of_an_epoch_are_found() -> None:
    class Last(optim.SGD):
        steps = 0

        def step(self, closure: Any = None) -> Any:
            self.steps += 1
            super().step(closure)
            if self.steps == 5:
                with torch.no_grad():
                    self.param_groups[0]["params"][0][0] = float("nan")

    with pytest.raises(DivergedError, match="weight not finite after step 5"):
        train(optimizer=lambda parameters: Last(parameters, lr=0.1))


def test_float64_is_kept(tmp_path: Path) -> None:
    made = settings()
    made = replace(made, start=replace(made.start, dtype="float64"))
    run = execute(made, tmp_path / "run", xor()).run
    assert run.start().weight.dtype == run.final().weight.dtype == np.float64
    assert run.graph(3).wiring.same(run.final().wiring)
    rough = execute(settings(), tmp_path / "rough", xor()).run
    assert np.abs(rough.final().weight - rough.final().weight.astype(np.float32)).max() == 0


def test_without_validation(tmp_path: Path) -> None:
    task = make("xor", validation=0.0)
    run = execute(settings(), tmp_path / "run", task).run
    assert {row["validation_loss"] for row in run.rows()} == {None}
    assert run.summary()["validation"] is None
    assert len(task.data().train) == 320


def regression() -> Any:
    draws = stream(0, "test", "regression")
    x = draws.normal(size=(200, 3))
    return from_arrays(x, np.stack([x[:, 0] * x[:, 1], x[:, 2]], axis=1), name="products")


def test_a_regression_trains_and_grows() -> None:
    task = regression()
    graph = erdos_renyi((3, 8, 6, 2), stream(0, "start"), density=0.4, every_neuron=True)
    before = train("static", task=task, model=Network(graph), optimizer=lambda p: optim.AdamW(p, 1e-12)).row
    done = train("gradient", task=task, model=Network(graph), optimizer=lambda p: optim.AdamW(p, 1e-2))
    assert done.row["edges"] == 2 * graph.edges
    assert done.shortfall is None
    assert number(done.row["train_error"]) < number(before["train_error"])
    assert done.row["test_error"] == pytest.approx(done.row["test_loss"])


def test_a_host_trains_and_its_network_grows() -> None:
    linear, network = nn.Linear(2, 2), Network(first())
    before = linear.weight.detach().clone()
    done = train(model=nn.Sequential(linear, network))
    assert network.plan.edges == 2 * first().edges == done.row["edges"]
    assert list(done.state.graphs) == ["1"]
    assert not torch.equal(linear.weight, before)
    assert {event["site"] for event in done.state.tree["events"]} == {"1"}  # type: ignore[index,union-attr,call-overload]


def test_two_networks_of_one_host_follow_their_own_rules() -> None:
    second = erdos_renyi((2, 6, 2), stream(5, "start"), density=0.5, every_neuron=True)
    host = nn.Sequential(Network(second), Network(first()))
    rules = {"0": _rule("random"), "1": _rule("static")}
    done = train(rules, model=host)  # type: ignore[arg-type]
    graphs = done.state.graphs
    assert (graphs["0"].edges, graphs["1"].edges) == (min(2 * second.edges, 24), first().edges)
    assert done.shortfall is None
    with pytest.raises(SettingsError, match="rule for 'head', but the model's networks are 0, 1: name one of them"):
        train({"head": _rule("random")}, model=host)  # type: ignore[arg-type]


def _rule(name: str) -> Any:
    return registry.load(name).rule


def test_a_plateau_schedule_is_stepped_by_the_validation_loss(tmp_path: Path) -> None:
    def falling(made: optim.Optimizer) -> Any:
        return ReduceLROnPlateau(made, patience=0, threshold=10.0, factor=0.5)

    done = train("static", schedule=falling, run=new_run(tmp_path / "run", first()))
    # No epoch is better by the threshold; the first one sets the mark.
    assert done.row["learning_rate"] == pytest.approx(0.1 * 0.5**3)


def test_what_does_not_fit_is_refused_before_training() -> None:
    with pytest.raises(SettingsError, match="holds no graphgrow Network"):
        train(model=nn.Linear(2, 2))
    wide = erdos_renyi((3, 4, 2), stream(0, "start"), density=0.5)
    with pytest.raises(SettingsError, match="network of 3 inputs and 2 outputs for task xor with 2 and 2"):
        train(model=Network(wide))
    with pytest.raises(OptimizerError, match="LBFGS cannot carry its state through growth"):
        train(optimizer=optim.LBFGS)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"budget": 5}, r"budget of 5 edges is below the \d+ edges of the start: raise the budget"),
        ({"neurons": 9}, r"at most 9 neurons, but the start has 15: raise growth\.neurons"),
        ({"rule": "none"}, "unknown rule 'none': expected one of"),
    ],
)
def test_growth_that_cannot_be_is_refused_and_nothing_is_written(
    change: dict[str, Any], words: str, tmp_path: Path
) -> None:
    made = settings()
    with pytest.raises(Exception, match=words) as caught:
        execute(replace(made, growth=replace(made.growth, **change)), tmp_path / "run", xor())
    assert type(caught.value).__name__ in ("SettingsError", "RuleError")
    assert list(tmp_path.iterdir()) == []
    assert listing(tmp_path) == {}


def test_the_last_row_and_the_reporter_agree() -> None:
    seen: list[tuple[object, str]] = []

    class Told:
        def epoch(self, row: Any, metric: str) -> None:
            seen.append((row["epoch"], metric))

    done = fit(Network(first()), xor(), _rule("static"), sgd, settings=Fit(2, 64), reporter=Told())
    assert seen == [(0, "accuracy"), (1, "accuracy"), (2, "accuracy")]
    assert done.row["epoch"] == 2
