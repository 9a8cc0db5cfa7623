"""When a rule is asked, what it may do, and what is said when a budget is not reached."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphgrow.arrays import Memory
from graphgrow.errors import GraphgrowError, RuleError, SettingsError
from graphgrow.graph.edit import Edit
from graphgrow.graph.history import Series
from graphgrow.growth import registry
from graphgrow.growth.parts import Decision, Proposal, Room, Trigger, View
from graphgrow.growth.rule import Rule
from graphgrow.settings import Fit, GrowthSettings
from graphgrow.train.execute import execute
from graphgrow.train.growing import Window
from graphgrow.train.tasks import make
from tests.train.runs import RULES, first, new_run, number, settings, train, xor


@given(st.floats(0, 1), st.integers(1, 40), st.integers(1, 20), st.none() | st.integers(1, 60))
def test_a_window_counts_its_asks(until: float, steps: int, epochs: int, every: int | None) -> None:
    window = Window.of(GrowthSettings(until=until, ask_every=every), steps, epochs)
    due = [step for step in range(1, steps * epochs + 1) if window.due(step)]
    assert all(step <= until * steps * epochs for step in due)
    assert [window.left(step) for step in due] == list(range(len(due), 0, -1))
    assert all(step % (every or steps) == 0 for step in due)


@dataclass
class Spy:
    """A rule that keeps what it was shown."""

    edit: Callable[[View, Room], Edit]
    views: list[View] = field(default_factory=list)
    rooms: list[Room] = field(default_factory=list)
    memories: list[Memory] = field(default_factory=list)

    def propose(self, view: View, memory: Memory, room: Room) -> Proposal:
        self.views.append(view)
        self.rooms.append(room)
        self.memories.append(memory)
        return Proposal(self.edit(view, room), {"asked": len(self.views)}, "spied")


def nothing(view: View, room: Room) -> Edit:
    return Edit(view.read().neurons, 0)


def one(view: View, room: Room) -> Edit:
    """The first absent edge from an input to the next level."""
    wiring = view.read().wiring
    sources, targets = np.flatnonzero(wiring.level == 0), np.flatnonzero(wiring.level == 1)
    for source in sources.tolist():
        for target in targets.tolist():
            if wiring.edge_rows(np.array([source]), np.array([target]))[0] < 0:
                return Edit(wiring.neurons, 1, source=[source], target=[target], weight=[0.5])  # type: ignore[arg-type]
    return nothing(view, room)


def clone_too_many(view: View, room: Room) -> Edit:
    wiring = view.read().wiring
    zeros = np.zeros(room.neurons + 1)
    return Edit(wiring.neurons, 1, new_level=zeros + 1, new_parent=zeros, new_activation=zeros, new_bias=zeros)


def test_a_rule_is_asked_at_the_steps_of_its_window_and_once_more_for_the_room_left() -> None:
    spy = Spy(nothing)
    train(spy, growth=GrowthSettings(ask_every=4))
    # 20 steps, three quarters of them: the last ask is offered what is left once more.
    assert [view.step for view in spy.views] == [4, 8, 12, 12]
    assert [view.asks_left for view in spy.views] == [3, 2, 1, 1]
    assert [view.epoch for view in spy.views] == [0, 1, 2, 2]
    assert {view.total_steps for view in spy.views} == {20}
    assert {room.edges for room in spy.rooms} == {first().edges}
    assert list(spy.memories) == [{}, {"asked": 1}, {"asked": 2}, {"asked": 3}]
    draws = [view.rng.random() for view in spy.views]
    assert len(set(draws)) == 4


def test_a_rule_without_a_budget_is_not_asked_twice() -> None:
    spy = Spy(nothing)
    done = train(spy, growth=GrowthSettings(budget=0))
    assert [view.step for view in spy.views] == [5, 10, 15]
    assert done.shortfall is None
    assert {room.edges for room in spy.rooms} == {2**62}


def test_a_rule_is_not_asked_outside_its_window() -> None:
    spy = Spy(nothing)
    done = train(spy, growth=GrowthSettings(until=0.0))
    assert spy.views == []
    assert done.shortfall == f"budget {2 * first().edges} edges, reached {first().edges}: the rule was never asked"


@pytest.mark.parametrize("rule", RULES)
def test_the_last_quarter_of_training_is_without_growth(rule: str, tmp_path: Path) -> None:
    made = settings(rule)
    made = replace(made, growth=replace(made.growth, ask_every=1, until=0.6))
    run = execute(made, tmp_path / "run", xor()).run
    assert max([event.step for event in run.events()], default=0) <= 12
    rows = run.rows()
    assert rows[3]["edges"] == rows[4]["edges"] == run.final().edges


@pytest.mark.parametrize("rule", ["random", "gradient"])
@pytest.mark.parametrize("ask_every", [None, 3, 7])
@pytest.mark.parametrize("extra", [1, 2, 13])
def test_a_budget_is_met_exactly(rule: str, ask_every: int | None, extra: int) -> None:
    budget = first().edges + extra
    done = train(rule, growth=GrowthSettings(rule=rule, budget=budget, ask_every=ask_every))
    assert (done.row["edges"], done.shortfall) == (budget, None)


@pytest.mark.parametrize("rule", RULES)
def test_no_rule_exceeds_its_budget_of_edges_or_neurons(rule: str) -> None:
    start = first()
    growth = GrowthSettings(rule=rule, budget=start.edges + 9, neurons=start.neurons + 1, ask_every=2)
    row = train(rule, growth=growth).row
    assert start.edges <= number(row["edges"]) <= start.edges + 9
    assert number(row["neurons"]) <= start.neurons + 1
    if getattr(registry.load(rule).rule, "only_adds", True):
        assert number(row["neurons"]) >= start.neurons


@pytest.mark.parametrize("rule", RULES)
def test_events_tell_what_happened(rule: str, tmp_path: Path) -> None:
    run = execute(settings(rule), tmp_path / "run", xor()).run
    graph = run.start()
    for at, event in enumerate(run.events(), start=1):
        after = run.graph(at)
        assert (event.number, event.site, event.rule) == (at, "network", rule)
        assert (event.edges, event.neurons) == (after.edges, after.neurons)
        assert event.added - event.removed == after.edges - graph.edges
        assert (after.wiring.edge_born == at).sum() == event.added
        graph = after
    assert graph.wiring.same(run.final().wiring)


@pytest.mark.parametrize(("skips", "reach"), [(False, {1}), (True, {1, 2, 3})])
def test_skips(skips: bool, reach: set[int]) -> None:
    room = 20 if skips else 6
    graph = train("random", growth=GrowthSettings(skips=skips, budget=first().edges + room)).state.graphs["network"]
    wiring = graph.wiring
    assert set((wiring.level[wiring.target] - wiring.level[wiring.source]).tolist()) == reach


def test_a_rule_that_exceeds_its_room_is_refused() -> None:
    budget = first().edges + 1

    def two(view: View, room: Room) -> Edit:
        wiring = view.read().wiring
        pairs = [(s, t) for s in range(2) for t in range(2, 8) if wiring.edge_rows(np.array([s]), np.array([t]))[0] < 0]
        ends = np.array(pairs[: room.edges + 1])
        return Edit(wiring.neurons, 1, source=ends[:, 0], target=ends[:, 1], weight=np.zeros(len(ends)))

    with pytest.raises(
        RuleError, match="proposed 1 edges and 0 neurons more than it was given room for: trim its edit"
    ):
        train(Spy(two), growth=GrowthSettings(budget=budget))
    with pytest.raises(RuleError, match="0 edges and 1 neurons more"):
        train(Spy(clone_too_many), growth=GrowthSettings(neurons=first().neurons + 1))


def test_an_edit_of_another_graph_is_refused_on_one_line() -> None:
    with pytest.raises(GraphgrowError) as caught:
        train(Spy(lambda view, room: Edit(3, 1, source=[0], target=[2], weight=[1.0])))  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


def test_a_new_edge_starts_with_the_weight_it_was_given(tmp_path: Path) -> None:
    run = new_run(tmp_path / "run", first())
    train(Spy(one), run=run, limits=Fit(epochs=2, batch=64), growth=GrowthSettings(until=0.5))
    born = run.graph(1)
    assert born.weight[born.wiring.edge_born == 1].tolist() == [0.5]


def test_why_a_budget_was_not_reached(tmp_path: Path) -> None:
    start = first().edges
    assert train("static").shortfall is None  # no budget unless one is asked for
    done = train("static", growth=GrowthSettings(budget=30))
    assert done.shortfall == f"budget 30 edges, reached {start}: trigger never fired"
    tight = train("random", growth=GrowthSettings(budget=1000, neurons=first().neurons))
    assert str(tight.shortfall).endswith("no candidate left")  # a rule of edges is not stopped by a cap on neurons
    capped = train("extrema_clone", growth=GrowthSettings(budget=50, neurons=first().neurons))
    assert capped.shortfall == f"budget 50 edges, reached {start}: no neuron left under the cap"
    run = execute(settings("extrema"), tmp_path / "run", xor())
    reached = run.run.final().edges
    assert reached < 2 * start
    assert run.outcome.shortfall == f"budget {2 * start} edges, reached {reached}: no candidate left"
    assert run.run.summary()["shortfall"] == run.outcome.shortfall
    # Between consecutive levels there are 2 * 6 + 6 * 5 + 5 * 2 pairs.
    full = train("random", growth=GrowthSettings(budget=1000))
    assert full.shortfall == "budget 1000 edges, reached 52: no candidate left"


def test_a_rule_that_needs_a_budget_says_so() -> None:
    with pytest.raises(SettingsError, match=r"rule gradient .* give it a growth.budget"):
        train("gradient", growth=GrowthSettings(budget=0))


def test_events_name_the_rule_that_was_given_and_not_the_default() -> None:
    done = train("random", growth=GrowthSettings())
    events = done.state.tree["events"]
    assert isinstance(events, list)
    assert {event["rule"] for event in events if isinstance(event, dict)} == {"random"}


@dataclass(frozen=True)
class Curious(Trigger):
    """A trigger that reads the series of every step."""

    needs = frozenset({Series.LOSS, Series.GRADIENT_NORM, Series.EXTREMA_SHARE})

    def __call__(self, view: View, memory: Memory) -> Decision:
        lengths = [len(view.history.series(which)[0]) for which in sorted(self.needs)]
        assert lengths == [view.step, view.step, view.epoch], (lengths, view.step)
        norms = view.history.series(Series.GRADIENT_NORM)[1]
        assert (norms > 0).all()
        assert 0 < view.history.series(Series.LOSS)[1][0] < 3
        return Decision(False, {"seen": lengths[0]}, "looking")


def test_series_that_a_trigger_needs_are_recorded_and_others_are_not() -> None:
    done = train(Rule(Curious(), ()))
    assert done.state.tree["memories"] == {"network": {"trigger": {"seen": 15}}}
    assert done.state.arrays["series/loss.values"].size == 20
    assert "series/loss.values" not in train("random").state.arrays


def test_patience_without_validation_is_refused() -> None:
    with pytest.raises(SettingsError, match="needs validation samples"):
        train("static", task=make("xor", validation=0.0), limits=Fit(2, 64, patience=1))


def test_a_rule_is_shown_the_history(tmp_path: Path) -> None:
    spy = Spy(one)
    train(spy, growth=GrowthSettings(ask_every=5))
    events = [len(view.history.events) for view in spy.views]
    assert events == [0, 1, 2, 3]
    probes: list[Any] = [view.probe() for view in spy.views[:1]]
    assert probes[0].activation.shape[0] == first().neurons
    assert registry.load("random").name == "random"
