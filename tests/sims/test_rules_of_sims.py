"""Parts of the rules that sims compare, and the folders they lie in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from graphgrow.graph.builders import layered
from graphgrow.graph.history import History
from graphgrow.graph.wiring import Activation, Role
from graphgrow.growth import registry
from graphgrow.growth.parts import Room, View
from graphgrow.growth.starts import Outline
from graphgrow.growth.targets import Extremes
from graphgrow.measure.extrema import AGGRESSIVE
from graphgrow.measure.signals import from_rows
from graphgrow.rng import stream
from graphgrow.settings import Fit, GrowthSettings, OptimizerSettings, RunSettings, StartSettings, TaskSettings
from graphgrow.train.execute import execute
from sims.parts.ablation_list import ABLATIONS, BASES
from sims.parts.ball_rules import Adapting
from sims.parts.rule_parts import AtTheEnd, ByLot, Skipping

MODULES = ("sims.parts.ablation_rules", "sims.parts.ball_rules")
SMALL = RunSettings(
    TaskSettings("digits:200"),
    StartSettings((12, 8), 0.2, activation="sigmoid"),
    optimizer=OptimizerSettings(learning_rate=0.1),
    fit=Fit(epochs=4, checkpoint_every=3, record_extrema=False),
)


def look() -> View:
    """A view of a small network half of whose hidden neurons are extreme."""
    rng = stream(0, "test")
    graph = layered((4, 8, 8, 3), 0.5, rng, Activation.SIGMOID)
    activation = 1 / (1 + np.exp(-3 * rng.standard_normal((graph.neurons, 1)) + np.zeros((1, 16))))
    signals = from_rows(activation, rng.standard_normal((graph.neurons, 16)), np.ones(16))
    return View("network", 0, 0, 10, 1, 1, History(), rng, lambda: graph, lambda: signals)


@pytest.mark.parametrize("name", MODULES)
def test_rules_of_a_sim_load_and_are_not_on_the_shelf(name: str) -> None:
    place = registry.place(name)
    mine = set(registry.names(place)) - set(registry.names())
    assert len(mine) > 10
    assert {registry.name_of(registry.load(rule, place).rule) for rule in mine} == mine


def test_every_ablation_has_its_rule_and_its_base() -> None:
    known = registry.names(registry.place(MODULES[0]))
    assert {each.rule for each in ABLATIONS} <= set(known)
    assert {each.base for each in ABLATIONS} == set(BASES) <= set(known)
    assert len({each.label for each in ABLATIONS}) == len(ABLATIONS)
    made = [each.change(SMALL) for each in ABLATIONS]
    assert all((settings != SMALL) == (each.rule in BASES) for each, settings in zip(ABLATIONS, made, strict=True))


@pytest.mark.parametrize(
    "rule", ["routes", "clones_horizontal", "clones", "routes_by_economy", "top_up_by_lot", "static_skips"]
)
def test_rules_of_ablations_meet_their_budget(rule: str, tmp_path: Path) -> None:
    growth = GrowthSettings(rule, 400, rules_path=MODULES[0])
    ended = execute(replace(SMALL, growth=growth), tmp_path / "run").outcome
    assert ended.row["edges"] == 400
    assert ended.shortfall is None


def test_an_adapting_ball_remembers_its_size(tmp_path: Path) -> None:
    settings = replace(SMALL, growth=GrowthSettings("topped_up_adaptive", 400, rules_path=MODULES[1]))
    run = execute(settings, tmp_path / "run").run
    sizes = [float(str(event.notes["epsilon"])) for event in run.events()]
    assert all(0.05 <= size <= 0.25 for size in sizes)
    assert len(set(sizes)) > 1


def test_marks_by_lot_stay_on_their_level() -> None:
    view = look()
    wiring, wanted = view.read().wiring, Extremes(AGGRESSIVE)(view)
    drawn = ByLot(Extremes(AGGRESSIVE))(view)
    for rank in range(wiring.levels.size):
        rows = (wiring.rank == rank) & (wiring.role == Role.HIDDEN)
        assert sorted(drawn[rows].tolist()) == sorted(wanted[rows].tolist())
    assert (drawn[wiring.role != Role.HIDDEN] == wanted[wiring.role != Role.HIDDEN]).all()


def test_the_last_ask_alone_fills_up() -> None:
    view = look()
    early, last = replace(view, asks_left=2), replace(view, asks_left=1)
    none = np.zeros(view.read().neurons, np.float32)
    room = Room(edges=3)
    assert AtTheEnd()(early, none, room).source.size == 0
    assert AtTheEnd()(last, none, room).source.size == 3


def test_only_the_ball_that_fills_needs_a_budget() -> None:
    assert Adapting(fills=True).needs_budget
    assert not Adapting(fills=False).needs_budget


def test_a_start_with_skips_keeps_a_dense_head() -> None:
    outline = Outline((8, 6, 4, 3), 40, 60, dense_head=True)
    graph = Skipping()(outline, lambda: np.zeros((1, 8), np.float32), np.random.default_rng(0))
    wiring = graph.wiring
    last = (wiring.level[wiring.source] == 2) & (wiring.level[wiring.target] == 3)
    assert (graph.edges, int(last.sum())) == (60, 12)
