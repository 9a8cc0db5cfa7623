"""Sweeps: rounds are judged by validation alone, the same on any executor, and go on after a kill."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from graphgrow.errors import SettingsError, SweepError
from graphgrow.settings import Fit, RunSettings, TaskSettings
from graphgrow.store.files import read_json, write_json
from graphgrow.store.run import SUMMARY, Run
from graphgrow.sweep.halving import Halving
from graphgrow.sweep.jobs import Job, Result, attempt_jobs
from graphgrow.sweep.search import Outcome, search
from graphgrow.sweep.space import Space
from graphgrow.sweep.table import table
from graphgrow.train.execute import settings_of
from tests.sweep.tiny import cut_off, job_settings, prints
from tests.train.runs import listing

BASE = job_settings("static", fit=Fit(epochs=4, batch=64))
SPACE = Space.parse(["growth.rule=static,random", "optimizer.learning_rate=0.001,0.05", "seed=0,1"])
HALVING = Halving(eta=2)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return search(SPACE.grid(), BASE, tmp_path_factory.mktemp("search"), attempt_jobs, HALVING)


def runs_of(outcome: Outcome) -> list[Run]:
    return [trial.result.run for trial in outcome.trials if trial.result.run is not None]


def test_every_round_keeps_its_best_by_validation(made: Outcome) -> None:
    counts = {1: (4, 2), 2: (2, 1), 3: (1, 1)}
    for rung, (candidates, kept) in counts.items():
        mine = [trial for trial in made.trials if trial.rung == rung]
        scores: dict[str, list[float]] = {}
        for trial in mine:
            assert trial.result.run is not None
            scores.setdefault(trial.candidate.name, []).append(float(str(trial.result.run.summary()["validation"])))
        assert len(scores) == candidates
        ranked = sorted(scores, key=lambda name: (-sum(scores[name]), name))
        assert {trial.candidate.name for trial in mine if trial.kept} == set(ranked[:kept])
    assert made.best.name == next(trial.candidate.name for trial in made.trials if trial.rung == 3)
    assert made.settings(BASE).optimizer.learning_rate == made.best.values["optimizer.learning_rate"]


def test_every_round_trains_anew_with_its_own_settings(made: Outcome) -> None:
    for trial in made.trials:
        assert trial.result.run is not None
        settings = settings_of(trial.result.run)
        assert settings.fit.epochs == trial.changes["fit.epochs"] == 2 ** (trial.rung - 1)
        first, *_, last = trial.result.run.rows()
        assert (first["epoch"], last["epoch"]) == (0, settings.fit.epochs)
        # The schedule ends with the round.
        assert last["learning_rate"] == pytest.approx(settings.optimizer.learning_rate * 0.05)


def test_the_test_part_decides_nothing(made: Outcome, tmp_path: Path) -> None:
    def misleading(jobs: Sequence[Job], folder: Path) -> list[Result]:
        results = attempt_jobs(jobs, folder)
        for number, result in enumerate(results):
            assert result.run is not None
            file = result.run.path / SUMMARY
            write_json(file, {**read_json(file), "test": number / len(results)})
        return results

    other = search(SPACE.grid(), BASE, tmp_path, misleading, HALVING)
    assert [trial.kept for trial in other.trials] == [trial.kept for trial in made.trials]


def test_other_workers_find_the_same(made: Outcome, tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as executor:
        other = search(SPACE.grid(), BASE, tmp_path, partial(attempt_jobs, executor=executor), HALVING)
    assert prints(runs_of(other)) == prints(runs_of(made))
    assert (other.best, other.score) == (made.best, made.score)


def test_after_a_kill_of_half_the_jobs_the_same_comes_out(made: Outcome, tmp_path: Path) -> None:
    def killed(jobs: Sequence[Job], folder: Path) -> list[Result]:
        results = attempt_jobs(jobs[: len(jobs) // 2], folder)
        run = results[-1].run
        assert run is not None
        cut_off(run)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        search(SPACE.grid(), BASE, tmp_path, killed, HALVING)
    again = search(SPACE.grid(), BASE, tmp_path, attempt_jobs, HALVING)
    assert prints(runs_of(again)) == prints(runs_of(made))
    before = listing(tmp_path)
    third = search(SPACE.grid(), BASE, tmp_path, attempt_jobs, HALVING)
    assert listing(tmp_path) == before
    assert third.score == again.score == made.score


def test_a_trial_that_diverges_is_the_worst_and_has_its_row(tmp_path: Path) -> None:
    base = replace(BASE, optimizer=replace(BASE.optimizer, name="SGD"), fit=Fit(epochs=2, batch=64))
    candidates = Space.parse(["optimizer.learning_rate=1e30,0.1"]).grid()
    outcome = search(candidates, base, tmp_path, attempt_jobs)
    assert outcome.best.values == {"optimizer.learning_rate": 0.1}
    frame = table(outcome.trials)
    assert frame["kept"].tolist() == [False, True]
    assert "lower the learning rate" in frame["failure"][0]
    assert frame["failure"][1] == ""
    assert frame["validation"].isna().tolist() == [True, False]
    with pytest.raises(SweepError, match="no trial has a finite loss: lower"):
        search(candidates[:1], base, tmp_path, attempt_jobs)


def test_other_failures_are_named_after_the_round(tmp_path: Path) -> None:
    candidates = Space.parse(["growth.budget=1,40", "growth.rule=random"]).grid()
    with pytest.raises(SweepError, match=r"job budget=1,rule=random,seed=0: budget of 1 edges is below"):
        search(candidates, BASE, tmp_path, attempt_jobs)
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["budget=40,rule=random,seed=0"]


def test_less_error_is_better(tmp_path: Path) -> None:
    import numpy as np

    x = np.linspace(-1, 1, 60, dtype=np.float32)[:, None]
    np.savez(tmp_path / "line.npz", x=x, y=3 * x)
    base = replace(BASE, task=TaskSettings(f"npz:{tmp_path / 'line.npz'}"), fit=Fit(epochs=3, batch=8))
    outcome = search(Space.parse(["optimizer.learning_rate=1e-6,0.05"]).grid(), base, tmp_path / "out", attempt_jobs)
    frame = table(outcome.trials)
    assert set(frame["metric"]) == {outcome.metric} == {"error"}
    assert outcome.score == frame["validation"].min() < frame["validation"].max()
    assert outcome.best.values == {"optimizer.learning_rate": 0.05}


def test_the_table_has_a_row_per_trial(made: Outcome) -> None:
    frame = table(made.trials)
    assert len(frame) == len(made.trials) == 14
    assert list(frame.columns) == [
        "rung", "trial", "fit.epochs", "growth.rule", "optimizer.learning_rate", "seed", "metric", "validation",
        "test", "edges", "neurons", "edge_steps", "seconds", "kept", "failure",
    ]  # fmt: skip
    for (_, row), run in zip(frame.iterrows(), runs_of(made), strict=True):
        summary = run.summary()
        assert {name: row[name] for name in ("validation", "test", "edges", "edge_steps")} == {
            name: summary[name] for name in ("validation", "test", "edges", "edge_steps")
        }
        assert row["seconds"] > 0


@pytest.mark.parametrize(
    ("words", "base", "message"),
    [
        (["fit.batch=0,1"], BASE, r"fit\.batch: expected 1 or more, got 0"),
        (["fit.batch=1"], replace(BASE, task=TaskSettings("xor", validation=0)), r"task\.validation: expected more"),
        (["fit.epochs=1,2"], BASE, r"resource: fit\.epochs is in the space too"),
    ],
)
def test_nothing_is_run_where_something_cannot_be(
    words: list[str], base: RunSettings, message: str, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError, match=message):
        search(Space.parse(words).grid(), base, tmp_path / "out", attempt_jobs, HALVING)
    assert list(tmp_path.iterdir()) == []


def test_candidates_are_some_and_differ(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="expected at least one candidate"):
        search([], BASE, tmp_path, attempt_jobs)
    (one,) = Space.parse(["fit.batch=8"]).grid()
    with pytest.raises(SettingsError, match="two candidates have the same settings"):
        search([one, one], BASE, tmp_path, attempt_jobs)
