"""Trial growth: what is tried, what it is judged by, and that a trial leaves no trace but its verdict."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn, optim

from graphgrow.engine.network import Network
from graphgrow.errors import SettingsError
from graphgrow.growth.registry import load
from graphgrow.growth.rule import Rule
from graphgrow.growth.trials import Evidence, FlowAndLoss, Judge, LossAlone, Trial
from graphgrow.settings import Fit, GrowthSettings
from graphgrow.store.state import State
from graphgrow.train.evaluate import Samples, evaluate
from graphgrow.train.loop import Outcome
from graphgrow.train.parallel import Alone
from graphgrow.train.prepare import require_trials
from graphgrow.train.tasks import make
from graphgrow.train.trials import gradient_flow
from tests.train.runs import first, new_run, number, saved, train, xor


@dataclass(frozen=True)
class Always(Judge):
    """Says the same every time, and keeps what it was shown."""

    answer: bool
    seen: list[tuple[Evidence, Evidence]] = field(default_factory=list, compare=False)

    def __call__(self, before: Evidence, after: Evidence) -> bool:
        self.seen.append((before, after))
        return self.answer


def tried(name: str, judge: Judge, steps: int | None = None) -> Rule:
    """A rule of the shelf with a trial."""
    rule = load(name).rule
    assert isinstance(rule, Rule)
    return replace(rule, trial=Trial(steps, judge))


def adam(parameters: Any) -> optim.Optimizer:
    return optim.AdamW(parameters, lr=0.01)


def host() -> nn.Module:
    """A model with buffers and draws around its network."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2), nn.Dropout(0.3), Network(first()))


def differs(one: State, other: State) -> set[str]:
    """Names of the arrays that are not equal bit for bit."""
    assert one.arrays.keys() == other.arrays.keys()
    return {name for name, array in one.arrays.items() if array.tobytes() != other.arrays[name].tobytes()}


@pytest.mark.parametrize("name", ["random", "extrema_clone", "rigl"])
@pytest.mark.parametrize("model", [None, host], ids=["network", "host"])
def test_what_stays_is_as_if_nobody_had_looked(name: str, model: Any) -> None:
    plain, looked = (
        train(rule, adam, model=None if model is None else model())
        for rule in (load(name).rule, tried(name, Always(True), 7))
    )
    assert not differs(plain.state, looked.state)
    for site, graph in plain.state.graphs.items():
        assert graph.same(looked.state.graphs[site])
    assert number(looked.row["edge_steps"]) > number(plain.row["edge_steps"])
    changed = {"edge_steps"}
    assert {key: value for key, value in looked.row.items() if key not in changed} == {
        key: value for key, value in plain.row.items() if key not in changed
    }


@pytest.mark.parametrize("model", [None, host], ids=["network", "host"])
def test_what_is_rolled_back_leaves_only_its_ids_and_its_cost(model: Any) -> None:
    def done(rule: Any) -> Outcome:
        return train(rule, adam, model=None if model is None else model(), growth=GrowthSettings(budget=40))

    plain, back = done("static"), done(tried("extrema_clone", Always(False), 7))
    assert not differs(plain.state, back.state)
    (one,), (other,) = plain.state.graphs.values(), back.state.graphs.values()
    assert other.wiring.next_id > one.wiring.next_id
    assert other.wiring.same(replace(one.wiring, next_id=other.wiring.next_id))
    np.testing.assert_array_equal(one.weight, other.weight)
    assert back.shortfall == f"budget 40 edges, reached {one.edges}: a trial was rolled back"


def test_a_run_tells_of_its_trials(tmp_path: Path) -> None:
    judge = Always(False)
    run = new_run(tmp_path / "run", first())
    done = train(tried("extrema_clone", judge, 6), adam, run=run)
    events, summary = run.events(), run.summary()
    # Three asks, and the last one is made twice, since the budget was not met.
    assert len(events) == len(judge.seen) == 4
    assert (summary["events"], summary["trials"], summary["rolled_back"]) == (4, 4, 4)
    assert [event.number for event in events] == [1, 2, 3, 4]
    edges = first().edges
    tried_edges = 0
    for at, (event, (before, after)) in enumerate(zip(events, judge.seen, strict=True), start=1):
        assert (event.accepted, event.added, event.removed, event.edges) == (False, 0, 0, edges)
        assert event.notes["trial"] == {"steps": 6, "before": before.to_json(), "after": after.to_json()}
        graph = run.graph(at)
        assert graph.edges == edges
        tried_edges += 6
    ids = [run.graph(at).wiring.next_id for at in range(5)]
    assert ids == sorted(set(ids))
    assert run.final().wiring.same(run.graph(4).wiring)
    assert number(done.row["edge_steps"]) >= 20 * edges + tried_edges * edges
    assert sum(row.get("growth", 0.0) for row in run.timings()) > 0


@pytest.mark.parametrize("answer", [True, False])
def test_a_resume_repeats_a_trial_with_the_same_bits(answer: bool, tmp_path: Path) -> None:
    whole, run = (new_run(tmp_path / name, first()) for name in ("whole", "run"))
    fitting, judged = Fit(epochs=4, batch=64, checkpoint_every=7), tried("extrema_clone", Always(answer))
    for each in (whole, run):
        train(judged, adam, run=each, limits=fitting)
    state = saved(run)
    assert state.step == 14  # before the third growth
    again = train(judged, adam, run=run, limits=fitting, state=state)
    assert again.state.same(whole.load())
    assert run.fingerprint() == whole.fingerprint()


def test_evidence_is_of_the_growth_split_and_training_moves_it() -> None:
    judge = Always(True)
    train(tried("gradient", judge, 40), adam)
    for before, after in judge.seen:
        assert before.loss != after.loss
        assert 0 <= before.saturated <= 1
    # At the first event training has come as far as it does in one epoch without growth.
    network = Network(train("static", adam, limits=Fit(epochs=1, batch=64)).state.graphs["network"])
    samples = Samples.of(xor().data().growth, torch.float32)
    assert len(samples) == 32
    assert judge.seen[0][0].loss == evaluate(network, xor(), samples)["loss"]


def test_a_trial_of_no_length_takes_an_epoch() -> None:
    done = train(tried("random", Always(True)))
    notes = [event["notes"]["trial"]["steps"] for event in done.state.tree["events"]]  # type: ignore[index,call-overload,union-attr]
    assert notes == [5, 5, 5]


def exploding(parameters: Any) -> optim.Optimizer:
    """Fine for five steps, and then a rate that no weight survives."""
    return optim.SGD(parameters, lr=1e-3)


def test_a_trial_that_diverges_does_not_stay() -> None:
    judge = Always(True)
    rule = tried("random", judge, 3)

    def explode(held: Any) -> Any:
        return optim.lr_scheduler.LambdaLR(held, lambda step: 1e38 if step == 5 else 0.0)

    done = train(rule, exploding, explode, limits=Fit(epochs=1, batch=64), growth=GrowthSettings(until=1.0))
    events: Any = done.state.tree["events"]
    assert not judge.seen
    assert [event["accepted"] for event in events] == [False, False]
    assert events[0]["notes"]["trial"]["after"] is None
    assert done.state.graphs["network"].wiring.edges == first().edges


@pytest.mark.parametrize(
    ("flow", "loss", "stays"), [(0.9, 1.1, False), (1.1, 1.1, True), (0.9, 0.9, True), (1.0, 1.1, True)]
)
def test_the_founding_judge_wants_both_to_get_worse(flow: float, loss: float, stays: bool) -> None:
    assert FlowAndLoss()(Evidence(1.0, 1.0, 0.1), Evidence(loss, flow, 0.1)) is stays
    assert FlowAndLoss()(Evidence(1.0, None, 0.1), Evidence(loss, flow, 0.1)) is True


def test_the_judge_of_losses_has_a_tolerance() -> None:
    before = Evidence(2.0, 1.0, 0.0)
    judged = [LossAlone(0.1)(before, Evidence(loss, 1.0, 0.0)) for loss in (1.0, 2.1, 2.3)]
    assert judged == [True, True, False]


def test_gradient_flow_is_what_arrives_of_what_leaves() -> None:
    wiring = first().wiring
    delta = np.zeros((wiring.neurons, 4), np.float32)
    assert gradient_flow(wiring, delta) is None
    delta[-1], delta[wiring.rows(1)[0]] = 3.0, 1.5
    assert gradient_flow(wiring, delta) == pytest.approx(0.5)


def test_trials_need_growth_samples_and_one_process() -> None:
    with pytest.raises(SettingsError, match=r"but task xor has none: set task\.growth"):
        train("extrema_observed", task=make("xor"), limits=Fit(epochs=1, batch=64))
    both = type("Both", (), {"several": True})()
    with pytest.raises(SettingsError, match="makes trials, which several processes cannot: train in one process"):
        require_trials("mine", "xor", 32, both)
    require_trials("mine", "xor", 32, Alone())


@pytest.mark.parametrize("make_it", [lambda: Trial(0), lambda: LossAlone(-0.1)])
def test_senseless_trials_are_refused(make_it: Any) -> None:
    with pytest.raises(SettingsError, match="expected"):
        make_it()
