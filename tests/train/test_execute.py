"""From settings to a stored run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from graphgrow.errors import DataError, GraphgrowError, SettingsError, StoreError
from graphgrow.graph.wiring import Activation, Role
from graphgrow.growth import registry
from graphgrow.growth.rule import describe
from graphgrow.settings import Fit, GrowthSettings, OptimizerSettings, RunSettings, StartSettings, TaskSettings, to_json
from graphgrow.store.run import Run
from graphgrow.train.execute import execute, resume, settings_of, start_graph
from tests.train.runs import listing, settings, xor

SHORT = Fit(epochs=1, batch=128)


def test_a_run_stores_its_resolved_settings_and_the_parts_of_its_rule(tmp_path: Path) -> None:
    made = settings("extrema")
    run = execute(made, tmp_path / "deep" / "run", xor()).run
    budget = 2 * run.start().edges
    assert settings_of(run) == replace(made, growth=replace(made.growth, budget=budget))
    assert run.settings["parts"] == describe(registry.load("extrema").rule)
    assert Run.open(run.path).finished
    assert run.summary()["budget"] == budget
    # What a stored run says of itself is enough to make it again.
    again = execute(settings_of(run), tmp_path / "again", xor()).run
    assert again.fingerprint() == run.fingerprint()


def test_no_budget_is_stored_as_such(tmp_path: Path) -> None:
    made = settings("static", growth=GrowthSettings("static", budget=0), fit=SHORT)
    run = execute(made, tmp_path / "run", xor()).run
    assert settings_of(run).growth.budget == 0
    assert run.summary()["shortfall"] is None


def test_the_start_is_the_same_for_every_rule_of_a_seed() -> None:
    starts = [start_graph(settings(rule), xor()) for rule in registry.names()]
    assert all(graph.same(starts[0]) for graph in starts)
    assert not start_graph(settings(seed=4), xor()).same(starts[0])


def test_the_start_follows_its_settings() -> None:
    made = settings(start=StartSettings(hidden=(7, 4, 3), edges=33, activation="gelu", dtype="float64"))
    graph = start_graph(made, xor())
    assert graph.edges == 33
    assert np.bincount(graph.wiring.level).tolist() == [2, 7, 4, 3, 2]
    assert set(graph.wiring.activation[graph.wiring.role == Role.HIDDEN]) == {Activation.GELU}
    assert graph.weight.dtype == np.float64
    half = replace(made, start=replace(made.start, edges=None, density=0.5))
    assert start_graph(half, xor()).edges == round(0.5 * (2 * 7 + 7 * 4 + 4 * 3 + 3 * 2))


@pytest.mark.parametrize(
    "made",
    [
        RunSettings(task=TaskSettings("nothing")),
        RunSettings(task=TaskSettings("npz:missing.npz")),
        RunSettings(task=TaskSettings("xor"), start=StartSettings(hidden=(2,), edges=9999)),
        RunSettings(task=TaskSettings("xor"), optimizer=OptimizerSettings("Rprop", weight_decay=0.1)),
        RunSettings(task=TaskSettings("xor"), growth=GrowthSettings(rules_path="no such folder")),
        RunSettings(task=TaskSettings("xor"), growth=GrowthSettings(budget=3)),
    ],
)
def test_what_cannot_be_run_writes_nothing(made: RunSettings, tmp_path: Path) -> None:
    with pytest.raises(GraphgrowError) as caught:
        execute(made, tmp_path / "new" / "run")
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_empty_stays_as_it_is(tmp_path: Path) -> None:
    execute(settings(fit=SHORT), tmp_path / "run", xor())
    before = listing(tmp_path)
    with pytest.raises(StoreError, match="is not empty: choose another folder with --out"):
        execute(settings(fit=SHORT), tmp_path / "run", xor())
    assert listing(tmp_path) == before


def test_rules_of_the_user_that_fail(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("1 / 0")
    (tmp_path / "empty.py").write_text("")
    for name, words in (("broken", "fails on import: ZeroDivisionError"), ("empty", "expected an object RULE")):
        made = settings(growth=GrowthSettings(name, rules_path=str(tmp_path)))
        with pytest.raises(GraphgrowError, match=words):
            execute(made, tmp_path / "run", xor())
    assert not (tmp_path / "run").exists()


def test_changed_data_are_noticed_on_resume(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    table = {"x": rng.normal(size=(60, 2)), "y": np.arange(60) % 2}
    np.savez(tmp_path / "table.npz", **table)
    made = settings(task=TaskSettings(f"npz:{tmp_path / 'table.npz'}"), fit=SHORT)
    run = execute(made, tmp_path / "run").run
    run.rewind(0, 0)  # as if it had been cut off
    table["x"][3, 1] += 1
    np.savez(tmp_path / "table.npz", **table)
    with pytest.raises(SettingsError, match="are not those the run began with"):
        resume(tmp_path / "run")


def test_the_split_follows_the_data_seed(tmp_path: Path) -> None:
    runs = {
        seed: execute(settings(task=TaskSettings("xor", data_seed=seed), fit=SHORT), tmp_path / str(seed)).run
        for seed in (0, 1)
    }
    assert runs[0].start().same(runs[1].start())
    assert runs[0].fingerprint() != runs[1].fingerprint()


def test_the_settings_of_a_run_of_another_version_are_refused(tmp_path: Path) -> None:
    run = execute(settings(fit=SHORT), tmp_path / "run", xor()).run
    strange = Run(run.path, {**run.settings, "warp": 9})
    with pytest.raises(SettingsError, match=r"settings\.warp: unknown setting; expected one of engine, fit, growth"):
        settings_of(strange)
    assert to_json(settings_of(run)) == {
        name: tree for name, tree in run.settings.items() if name not in ("parts", "data")
    }


def test_a_task_without_samples_to_train_on(tmp_path: Path) -> None:
    made = settings(task=TaskSettings("parity:2", validation=0.9))
    with pytest.raises(DataError, match="expected at least 1 sample"):
        execute(made, tmp_path / "run")
    assert list(tmp_path.iterdir()) == []
