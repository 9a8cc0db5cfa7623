"""Jobs trained as populations: as runs alone up to rounding, whatever the company, and never mixed with them."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from graphgrow.errors import SettingsError, StoreError
from graphgrow.settings import GrowthSettings, OptimizerSettings, StartSettings
from graphgrow.store.run import Run
from graphgrow.sweep.company import PORTION, attempt_together, portions
from graphgrow.sweep.jobs import Result, attempt_jobs, require_all
from graphgrow.sweep.work import How, Job
from graphgrow.train.execute import resume, settings_of
from graphgrow.train.execute_many import execute_many
from tests.sweep.tiny import cut_off, job_settings, jobs, prints
from tests.train.runs import listing, xor


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    return require_all(attempt_together(mixed(), tmp_path_factory.mktemp("together")))


def mixed() -> list[Job]:
    """Four rules of one seed, and two sizes of another."""
    start = StartSettings(hidden=(4,), density=0.5)
    return [*jobs(), Job("small", job_settings(start=start, seed=6)), Job("tiny", job_settings(seed=6, label="mine"))]


def hows(results: list[Result]) -> list[How | None]:
    return [result.how for result in results]


def test_only_what_can_be_trained_together_is() -> None:
    assert [[job.name for job in group] for group in portions(mixed())] == [
        ["random-5", "gradient-5", "extrema_topped_up-5", "rigl-5"],
        ["small", "tiny"],
    ]
    many = [Job(str(number), job_settings(label=str(number))) for number in range(PORTION + 1)]
    assert [len(group) for group in portions(many)] == [PORTION, 1]


def test_each_is_what_it_would_be_alone_up_to_rounding(made: list[Run], tmp_path: Path) -> None:
    alone = require_all(attempt_jobs(mixed(), tmp_path))
    for mine, own in zip(made, alone, strict=True):
        assert settings_of(mine) == settings_of(own)
        assert mine.final().wiring.same(own.final().wiring)
        np.testing.assert_allclose(mine.final().weight, own.final().weight, rtol=1e-3, atol=1e-5)
        assert {name: mine.summary()[name] for name in ("edges", "edge_steps", "budget")} == {
            name: own.summary()[name] for name in ("edges", "edge_steps", "budget")
        }


def test_a_second_start_keeps_and_what_was_cut_off_is_run_anew(made: list[Run], tmp_path: Path) -> None:
    folder = Path(shutil.copytree(made[0].path.parent, tmp_path / "copy"))
    before = listing(folder)
    assert hows(attempt_together(mixed(), folder)) == [How.KEPT] * 6
    assert listing(folder) == before
    cut_off(Run.open(folder / "rigl-5"))
    with pytest.raises(StoreError, match="was trained in a population, which cannot be resumed"):
        resume(folder / "rigl-5")
    again = attempt_together(mixed(), folder)
    assert hows(again) == [How.KEPT, How.KEPT, How.KEPT, How.RUN, How.KEPT, How.KEPT]
    assert prints(require_all(again)) == prints(made)


def test_runs_alone_and_together_are_not_mixed(made: list[Run]) -> None:
    folder = made[0].path.parent
    (alone,) = attempt_jobs(jobs(["random"]), folder)
    assert "population is True there, none here" in str(alone.error)


def test_one_that_fails_costs_no_other_its_result(made: list[Run], tmp_path: Path) -> None:
    wild = replace(job_settings(), start=StartSettings(hidden=(6, 5), density=0.4), growth=GrowthSettings("nope"))
    low = job_settings(growth=GrowthSettings("random", budget=1))
    given = [Job("wild", wild), Job("low", low), *jobs()]
    results = attempt_together(given, tmp_path)
    assert [type(result.error).__name__ for result in results[:2]] == ["RuleError", "SettingsError"]
    assert prints(require_all(results[2:])) == prints(made[:4])
    assert not (tmp_path / "low").exists()


def test_a_loss_that_is_not_finite_is_the_fault_of_its_run_alone(tmp_path: Path) -> None:
    steep = OptimizerSettings(name="SGD", learning_rate=1e30)
    given = [Job(rule, job_settings(rule, optimizer=steep)) for rule in ("static", "random")]
    results = attempt_together(given, tmp_path)
    assert [type(result.error).__name__ for result in results] == ["NoneType", "DivergedError"]
    again = attempt_together(given, tmp_path)
    assert [str(result.error) for result in again] == [str(result.error) for result in results]
    assert hows(again) == [How.KEPT, None]


def test_other_workers_make_the_same_population(made: list[Run], tmp_path: Path) -> None:
    told: list[Result] = []
    with ThreadPoolExecutor(2) as workers:
        results = attempt_together(mixed(), tmp_path, workers, told=told.append)
    assert prints(require_all(results)) == prints(made)
    assert len(told) == 6


def test_settings_that_cannot_share_a_population(tmp_path: Path) -> None:
    given = [job_settings(), job_settings(seed=6)]
    with pytest.raises(SettingsError, match="a population shares task, dtype, optimizer, fit, engine and seed"):
        execute_many(given, [tmp_path / "a", tmp_path / "b"], xor())
    other = [job_settings(optimizer=OptimizerSettings(name="Rprop"))]
    with pytest.raises(SettingsError, match="a population cannot step like Rprop"):
        execute_many(other, [tmp_path / "a"], xor())
    assert list(tmp_path.iterdir()) == []
